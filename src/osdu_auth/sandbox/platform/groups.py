"""Entitlement groups: who is in which, in the one data partition."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DESCRIPTIONS = {
    "users": "Everybody who may use the data partition",
    "data": "Access to records by their access control list",
    "service": "A role at a service",
}


class Groups:
    """The members of every group; a user who was never added is in none.

    Args:
        data_partition_id: The data partition.
    """

    def __init__(self, data_partition_id: str) -> None:
        self.domain = f"{data_partition_id}.example.com"
        self._lock = threading.Lock()
        self._members: dict[str, set[str]] = {}

    def add(self, username: str, names: Iterable[str]) -> None:
        """Add a user, by canonical name, to groups such as `service.search.user`."""
        with self._lock:
            self._members.setdefault(username, set()).update(names)

    def remove(self, username: str, names: Iterable[str]) -> None:
        """Take a user out of groups."""
        with self._lock:
            self._members.setdefault(username, set()).difference_update(names)

    def names_of(self, username: str) -> frozenset[str]:
        """Return the names of a user's groups."""
        with self._lock:
            return frozenset(self._members.get(username, ()))

    def emails_of(self, username: str) -> frozenset[str]:
        """Return the e-mail forms of a user's groups, as access control lists hold them."""
        return frozenset(self.email(name) for name in self.names_of(username))

    def email(self, name: str) -> str:
        """Return the e-mail form of a group's name."""
        return f"{name}@{self.domain}"

    def described(self, username: str) -> list[dict[str, str]]:
        """Return a user's groups as the entitlements service lists them."""
        return [
            {
                "name": name,
                "email": self.email(name),
                "description": _DESCRIPTIONS.get(name.partition(".")[0], ""),
            }
            for name in sorted(self.names_of(username))
        ]
