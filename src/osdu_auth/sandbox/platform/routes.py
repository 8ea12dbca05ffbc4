"""Routes: what a service answers to, who may ask, and the call as a service sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.platform.refusal_shapes import not_served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.http_messages import Request, Response
    from osdu_auth.sandbox.platform.groups import Groups
    from osdu_auth.sandbox.platform.service_refusals import ServiceRefusals


@dataclass(frozen=True)
class Call:
    """A request that got past the gateway, the partition, the routes and the groups.

    Attributes:
        request: The request.
        username: The caller's canonical user name.
        email: The caller's e-mail address.
        groups: Who is in which group.
        group_names: The caller's groups, as the service knows them.
        now: The time, in seconds since the epoch.
        path_values: What the route's pattern found, decoded.
        body: The JSON body; `None` where the route takes none.
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
        method: The HTTP method.
        pattern: A regular expression for the path below the service's prefix.
        roles: The groups of which the caller needs one.
        answer: Does the work.
        lacking: The query parameters that the service has and the sandbox does not; a parameter
            that neither has is passed over, as a service does.
    """

    method: str
    pattern: str
    roles: tuple[str, ...]
    answer: Callable[[Call], Response]
    lacking: frozenset[str] = frozenset()

    def match(self, path: str) -> dict[str, str] | None:
        """Return what the pattern found in `path`, or `None`; a slash at the end is free."""
        found = re.fullmatch(self.pattern + "/?", path)
        return None if found is None else found.groupdict()

    def check_parameters(self, request: Request) -> None:
        """Refuse a query parameter that the sandbox would have to guess at.

        Raises:
            RefusedError: 501, with the parameter's name.
        """
        for name in sorted(self.lacking.intersection(request.query)):
            raise not_served(f"the parameter {name} of {request.method} {request.path}")


def _any_groups(names: frozenset[str]) -> bool:
    del names
    return True


# What every service answers to: is it alive, and what does it serve.
_LACKING_EVERYWHERE = (
    ("GET", "/(_ah/)?(liveness|readiness)_check"),
    ("GET", "/health/(liveness|readiness)_check"),
    ("GET", "/swagger.*"),
    ("GET", r"/(v3/)?api-docs(\.yaml)?"),
)


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        prefix: Where it is, such as `/api/search/v2`.
        artifact: Its name in `/info`.
        routes: What it answers to.
        refusals: How it says no.
        lacking: What the real service answers to and the sandbox does not: method and pattern.
        lacking_headers: The headers that change what the real service does, and that the sandbox
            does not have.
        also_needs: What a caller's groups must be beside one of a route's roles.
        remembers_groups: For how many seconds it knows the groups of a token, as it first saw
            them.
    """

    prefix: str
    artifact: str
    routes: tuple[Route, ...]
    refusals: ServiceRefusals
    lacking: tuple[tuple[str, str], ...] = ()
    lacking_headers: frozenset[str] = frozenset()
    also_needs: Callable[[frozenset[str]], bool] = _any_groups
    remembers_groups: float = 0.0

    def check_served(self, request: Request) -> None:
        """Refuse by name what the real service has and the sandbox does not.

        Args:
            request: The request.

        Raises:
            RefusedError: 501, with the method and the path, or the header.
        """
        path = request.path[len(self.prefix) :]
        for method, pattern in (*self.lacking, *_LACKING_EVERYWHERE):
            if request.method == method and re.fullmatch(pattern + "/?", path):
                raise not_served(f"{method} {request.path}")
        for header in sorted(self.lacking_headers.intersection(request.headers)):
            raise not_served(f"the header {header} of {self.prefix}")


def one_of(service: str, *roles: str) -> tuple[str, ...]:
    """Return the group names of a service's roles."""
    return tuple(f"service.{service}.{role}" for role in roles)


def is_absent(value: Any) -> bool:
    """Tell whether a member of a body is as if it were not there: null or empty."""
    return value is None or value in ("", [], {})
