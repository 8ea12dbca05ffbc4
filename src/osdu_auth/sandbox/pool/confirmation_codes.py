"""Codes that confirm something outside a sign-in: an address, or a new password.

The law of this module: one code of a purpose is good for a user, the newest, until it is used or
its time is over.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from osdu_auth.sandbox.pool.errors import PoolError

SIGN_UP, FORGOTTEN_PASSWORD = "SIGN_UP", "FORGOTTEN_PASSWORD"
VERIFY_EMAIL, VERIFY_PHONE_NUMBER = "VERIFY_EMAIL", "VERIFY_PHONE_NUMBER"
_HOUR = 3600.0
_DAY = 24 * _HOUR
_LIVES = {
    SIGN_UP: _DAY,
    FORGOTTEN_PASSWORD: _HOUR,
    VERIFY_EMAIL: _DAY,
    VERIFY_PHONE_NUMBER: _DAY,
}


@dataclass(frozen=True)
class _Awaited:
    code: str = field(repr=False)
    expires: float


class ConfirmationCodes:
    """The codes that are awaited; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._awaited: dict[tuple[str, str], _Awaited] = {}

    def keep(self, username: str, purpose: str, code: str, now: float) -> None:
        """Await a code from `now` on, in seconds since the epoch, in place of any earlier one."""
        self._awaited[username, purpose] = _Awaited(code, now + _LIVES[purpose])

    def check(self, username: str, purpose: str, code: str, now: float) -> None:
        """Refuse a code that is not the awaited one.

        Raises:
            PoolError: `ExpiredCodeException` if none is awaited or its time is over,
                `CodeMismatchException` if it is another one.
        """
        awaited = self._awaited.get((username, purpose))
        if awaited is None or now >= awaited.expires:
            raise PoolError(
                "ExpiredCodeException", "Invalid code provided, please request a code again."
            )
        if not hmac.compare_digest(awaited.code.encode(), code.encode()):
            raise PoolError(
                "CodeMismatchException", "Invalid verification code provided, please try again."
            )

    def use_up(self, username: str, purpose: str) -> None:
        """Await no code of this purpose any longer."""
        self._awaited.pop((username, purpose), None)
