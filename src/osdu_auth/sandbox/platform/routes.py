"""The routes of a service, the groups whose members may use them, and the call of a route."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.platform.refusal_shapes import not_supported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.http_messages import Request, Response
    from osdu_auth.sandbox.platform.groups import Groups
    from osdu_auth.sandbox.platform.service_refusals import ServiceRefusals


@dataclass(frozen=True)
class Call:
    """A request that passed the checks of gateway, partition, routes and groups.

    Attributes:
        request: the request.
        username: the caller's canonical user name.
        email: the caller's e-mail address.
        groups: the groups of the data partition.
        group_names: the caller's groups, as the service knows them.
        now: the time, in seconds since the epoch.
        path_values: the values that the route's pattern found in the path, decoded.
        body: the JSON body; `None` where the route takes no body.
    """

    request: Request
    username: str
    email: str
    groups: Groups
    group_names: frozenset[str]
    now: float
    path_values: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def group_emails(self) -> frozenset[str]:
        """The e-mail forms of the caller's groups, as access control lists hold them."""
        return frozenset(self.groups.email(name) for name in self.group_names)


@dataclass(frozen=True)
class Route:
    """One route of a service.

    Attributes:
        method: the HTTP method.
        pattern: a regular expression for the path below the service's prefix.
        roles: the groups of which the caller needs one.
        answer: does the work.
        unsupported_parameters: the query parameters that the real service has and the sandbox does
            not; a parameter that the real service does not have either is ignored.
    """

    method: str
    pattern: str
    roles: tuple[str, ...]
    answer: Callable[[Call], Response]
    unsupported_parameters: frozenset[str] = frozenset()

    def match(self, path: str) -> dict[str, str] | None:
        """Return the values that the pattern finds in `path`, which may end with a slash."""
        found = re.fullmatch(self.pattern + "/?", path)
        return None if found is None else found.groupdict()

    def check_parameters(self, request: Request) -> None:
        """Refuse a query parameter that the real service has and the sandbox does not.

        Raises:
            PlatformRefusal: 501, with the parameter's name.
        """
        for name in sorted(self.unsupported_parameters.intersection(request.query)):
            raise not_supported(f"the parameter {name} of {request.method} {request.path}")


def _any_groups(names: frozenset[str]) -> bool:
    del names
    return True


# The routes that every service has: whether it is alive, and its API's description.
_UNSUPPORTED_EVERYWHERE = (
    ("GET", "/(_ah/)?(liveness|readiness)_check"),
    ("GET", "/health/(liveness|readiness)_check"),
    ("GET", "/swagger.*"),
    ("GET", r"/(v3/)?api-docs(\.yaml)?"),
)


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        prefix: where it is, such as `/api/search/v2`.
        artifact: its name in `/info`.
        routes: its routes.
        refusals: how it refuses.
        unsupported_routes: the routes that the real service has and the sandbox does not, as method
            and pattern.
        unsupported_headers: the headers that change what the real service does, and that the
            sandbox does not have.
        further_condition: a condition for a caller's groups, in addition to a route's roles.
        group_cache_seconds: for how many seconds it keeps the groups of a token.
    """

    prefix: str
    artifact: str
    routes: tuple[Route, ...]
    refusals: ServiceRefusals
    unsupported_routes: tuple[tuple[str, str], ...] = ()
    unsupported_headers: frozenset[str] = frozenset()
    further_condition: Callable[[frozenset[str]], bool] = _any_groups
    group_cache_seconds: float = 0.0

    def check_supported(self, request: Request) -> None:
        """Refuse a route or a header that the real service has and the sandbox does not.

        Args:
            request: the request.

        Raises:
            PlatformRefusal: 501, with the method and the path, or the header.
        """
        path = request.path[len(self.prefix) :]
        for method, pattern in (*self.unsupported_routes, *_UNSUPPORTED_EVERYWHERE):
            if request.method == method and re.fullmatch(pattern + "/?", path):
                raise not_supported(f"{method} {request.path}")
        for header in sorted(self.unsupported_headers.intersection(request.headers)):
            raise not_supported(f"the header {header} of {self.prefix}")


def role_groups(service: str, *roles: str) -> tuple[str, ...]:
    """Return the group names of a service's roles."""
    return tuple(f"service.{service}.{role}" for role in roles)


def is_absent(value: Any) -> bool:
    """Say whether a member of a body counts as absent: it is null or empty."""
    return value is None or value in ("", [], {})
