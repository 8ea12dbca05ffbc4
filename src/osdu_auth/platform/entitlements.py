"""The name that OSDU has for the user, and the user's groups (Entitlements service, v2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.errors import UnusableReply
from osdu_auth.fixes import Blank, Run
from osdu_auth.platform.call import call_or_raise

if TYPE_CHECKING:
    from osdu_auth.token_source import TokenSource

GROUPS_PATH = "/api/entitlements/v2/groups"


@dataclass(frozen=True)
class Group:
    """One entitlement group.

    Args:
        name: such as `service.search.user`.
        email: its full name, such as `service.search.user@opendes.example.com`.
        description: what it is for.
    """

    name: str
    email: str
    description: str


@dataclass(frozen=True)
class Membership:
    """The name that OSDU has for the user, and the user's groups.

    Args:
        member: the name that OSDU has for the user.
        groups: the groups, in OSDU's order.
    """

    member: str
    groups: tuple[Group, ...]


def membership(source: TokenSource) -> Membership:
    """Ask Entitlements for the user's groups.

    Raises:
        RefusedByOsdu: the token is not accepted, or the user is not allowed to ask.
        UnusableReply: OA-N650: the answer is not from Entitlements.
        OsduAuthError: as `call_or_raise()` does.
    """
    from osdu_auth.wire import strict_json

    body = strict_json(call_or_raise(source, "GET", GROUPS_PATH).body)
    groups = body.get("groups") if isinstance(body, dict) else None
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise UnusableReply(
            "The answer is not from OSDU's Entitlements service.",
            code="OA-N650",
            why="It has no list of groups.",
            fix="Check the platform's URL: " + Run("init", "--platform-url", Blank("URL")),
        )
    member = body.get("memberEmail") or body.get("desId") or ""
    return Membership(str(member), tuple(_group(group) for group in groups))


def _group(group: dict[str, object]) -> Group:
    name, email, description = (str(group.get(key, "")) for key in ("name", "email", "description"))
    return Group(name, email, description)
