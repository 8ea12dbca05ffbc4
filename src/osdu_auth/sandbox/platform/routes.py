"""Routes: what a service answers to, who may ask, and the call as a service sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.messages import Request, Response

    from .groups import Groups


@dataclass(frozen=True)
class Call:
    """A request that got past the gateway, the filter, the routes and the groups.

    Attributes:
        request: The request.
        username: The caller's canonical user name.
        email: The caller's e-mail address.
        groups: Who is in which group.
        now: The time, in seconds since the epoch.
        path_values: What the route's pattern found, decoded.
        body: The JSON body; `None` where the route takes none.
    """

    request: Request
    username: str
    email: str
    groups: Groups
    now: float
    path_values: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Route:
    """One route of a service.

    Attributes:
        method: The HTTP method.
        pattern: A regular expression for the path below the service's prefix.
        roles: The groups of which the caller needs one.
        answer: Does the work.
    """

    method: str
    pattern: str
    roles: tuple[str, ...]
    answer: Callable[[Call], Response]

    def match(self, path: str) -> dict[str, str] | None:
        """Return what the pattern found in `path`, or `None`; a slash at the end is free."""
        found = re.fullmatch(self.pattern + "/?", path)
        return None if found is None else found.groupdict()


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        prefix: Where it is, such as `/api/search/v2`.
        artifact: Its name in `/info`.
        routes: What it answers to.
        wants_content_type: Whether every call needs a Content-Type, one without a body too.
    """

    prefix: str
    artifact: str
    routes: tuple[Route, ...]
    wants_content_type: bool = False


def one_of(service: str, *roles: str) -> tuple[str, ...]:
    """Return the group names of a service's roles."""
    return tuple(f"service.{service}.{role}" for role in roles)
