"""The entitlement groups of the one data partition, and their members."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DESCRIPTIONS = {
    "users": "All users of the data partition",
    "data": "Access to records by their access control list",
    "service": "A role at a service",
}


class Groups:
    """The groups and their members.

    The name of a member is the canonical user name. A member who is not in the pool, which the
    entitlements service allows, has the e-mail address as name.

    Args:
        data_partition_id: the data partition.
        email_of: returns the e-mail address of a canonical user name, or the name itself.
        username_of: returns the canonical user name of an e-mail address, or the address itself.
    """

    def __init__(
        self,
        data_partition_id: str,
        email_of: Callable[[str], str],
        username_of: Callable[[str], str],
    ) -> None:
        self.domain = f"{data_partition_id}.example.com"
        self._email_of, self._username_of = email_of, username_of
        self._lock = threading.Lock()
        # The role of each member in each group.
        self._members: dict[str, dict[str, str]] = {}

    def add(self, username: str, names: Iterable[str]) -> None:
        """Add a user, by canonical name, to groups such as `service.search.user`."""
        for name in names:
            self._set(name, username, "MEMBER")

    def remove(self, username: str, names: Iterable[str]) -> None:
        """Remove a user from groups; a group without members still exists."""
        with self._lock:
            for name in names:
                self._members.get(name, {}).pop(username, None)

    def has(self, name: str) -> bool:
        """Say whether there is a group with this name."""
        with self._lock:
            return name in self._members

    def members_of(self, name: str) -> list[tuple[str, str]]:
        """Return the e-mail address and the role of every member of a group."""
        with self._lock:
            members = list(self._members.get(name, {}).items())
        return [(self._email_of(username), role) for username, role in members]

    def add_member(self, name: str, email: str, role: str) -> None:
        """Add a member by e-mail address, as `OWNER` or `MEMBER`."""
        self._set(name, self._username_of(email), role)

    def remove_member(self, name: str, email: str) -> None:
        """Remove a member, by e-mail address, from a group."""
        self.remove(self._username_of(email), [name])

    def names_of(self, username: str) -> frozenset[str]:
        """Return the names of a user's groups."""
        with self._lock:
            return frozenset(name for name, members in self._members.items() if username in members)

    def email(self, name: str) -> str:
        """Return the e-mail form of a group's name."""
        return f"{name}@{self.domain}"

    def described(self, username: str, *, with_role: bool = False) -> list[dict[str, str]]:
        """Return a user's groups as the entitlements service lists them.

        Args:
            username: the canonical user name.
            with_role: whether the list has the user's role in each group too.
        """
        with self._lock:
            roles = {
                name: members[username]
                for name, members in self._members.items()
                if username in members
            }
        return [
            {
                "name": name,
                "email": self.email(name),
                "description": _DESCRIPTIONS.get(name.partition(".")[0], ""),
                **({"role": roles[name]} if with_role else {}),
            }
            for name in sorted(roles)
        ]

    def _set(self, name: str, username: str, role: str) -> None:
        with self._lock:
            self._members.setdefault(name, {})[username] = role
