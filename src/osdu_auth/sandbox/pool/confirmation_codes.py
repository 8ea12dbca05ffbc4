"""Codes that confirm an address or a new password, and the limits of attempts in an hour.

Invariant: a user has one valid code for each purpose, the newest, until it is used or expires.
"""

from __future__ import annotations

import hmac
from collections import defaultdict, deque
from dataclasses import dataclass, field

from osdu_auth.sandbox.pool.errors import PoolError

SIGN_UP, FORGOTTEN_PASSWORD = "SIGN_UP", "FORGOTTEN_PASSWORD"
VERIFY_EMAIL, VERIFY_PHONE_NUMBER = "VERIFY_EMAIL", "VERIFY_PHONE_NUMBER"
_HOUR = 3600.0
_DAY = 24 * _HOUR
_VALIDITY_SECONDS = {
    SIGN_UP: _DAY,
    FORGOTTEN_PASSWORD: _HOUR,
    VERIFY_EMAIL: _DAY,
    VERIFY_PHONE_NUMBER: _DAY,
}
# Developer guide, "Quotas". Where the guide gives a range, this is its lowest number.
_MOST_IN_AN_HOUR = {
    "ForgotPassword": 5,
    "ConfirmForgotPassword": 5,
    "ResendConfirmationCode": 5,
    "ConfirmSignUp": 15,
    "ChangePassword": 5,
    "GetUserAttributeVerificationCode": 5,
    "VerifyUserAttribute": 15,
}


@dataclass(frozen=True)
class _AwaitedCode:
    code: str = field(repr=False)
    expires: float


class ConfirmationCodes:
    """The codes that the pool waits for; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._awaited: dict[tuple[str, str], _AwaitedCode] = {}

    def expect(self, username: str, purpose: str, code: str, now: float) -> None:
        """Make this code valid from `now` on (seconds since the epoch), and no earlier code."""
        self._awaited[username, purpose] = _AwaitedCode(code, now + _VALIDITY_SECONDS[purpose])

    def check(self, username: str, purpose: str, code: str, now: float) -> None:
        """Refuse a code that is not the expected one.

        Raises:
            PoolError: `ExpiredCodeException`: no code is expected, or it has expired;
                `CodeMismatchException`: it is another code.
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
        """Make the code of this purpose invalid."""
        self._awaited.pop((username, purpose), None)


class AttemptLimits:
    """The attempts of the last hour; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._times: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def count(self, username: str, operation: str, now: float) -> None:
        """Count one attempt at `now`, in seconds since the epoch; do not count a refused one.

        Raises:
            PoolError: `LimitExceededException`: the limit of the last hour is reached.
        """
        times = self._times[username, operation]
        while times and times[0] <= now - _HOUR:
            times.popleft()
        if len(times) >= _MOST_IN_AN_HOUR[operation]:
            raise PoolError(
                "LimitExceededException", "Attempt limit exceeded, please try after some time."
            )
        times.append(now)
