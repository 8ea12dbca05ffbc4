"""Strangers: users who do not exist, made so that a client cannot tell.

The law of this module: a stranger's canonical name and salt follow from the name that was sent,
so asking twice gives nothing away; nobody knows a stranger's password and no code reaches one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from uuid import UUID

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.pool.users import SALT_OCTETS, User

_MOST_REMEMBERED = 1000


class Strangers:
    """The names that were asked for and belong to nobody; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: dict[str, User] = {}

    def called(self, name: str) -> User:
        """Return the stranger with this name: the same one again, while remembered."""
        key = name.lower()
        if key not in self._known:
            if len(self._known) >= _MOST_REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = self._made(key)
        return self._known[key]

    def _made(self, name: str) -> User:
        digest = hmac.new(self._key, name.encode(), hashlib.sha256).digest()
        return User(
            username=str(UUID(bytes=digest[:16], version=4)),
            email=name,
            password=identities.password(),
            salt=digest[16 : 16 + SALT_OCTETS],
            exists=False,
        )
