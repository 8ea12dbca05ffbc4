"""How often in an hour one user's account may be worked at (developer guide, "Quotas")."""

from __future__ import annotations

from collections import defaultdict, deque

from osdu_auth.sandbox.pool.errors import PoolError

_HOUR = 3600.0
# Where the guide gives a range by risk, this is its strict end.
_MOST_IN_AN_HOUR = {
    "ForgotPassword": 5,
    "ConfirmForgotPassword": 5,
    "ResendConfirmationCode": 5,
    "ConfirmSignUp": 15,
    "ChangePassword": 5,
    "GetUserAttributeVerificationCode": 5,
    "VerifyUserAttribute": 15,
}


class AttemptLimits:
    """The attempts of the last hour; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._times: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def count(self, username: str, operation: str, now: float) -> None:
        """Count one attempt at `now`, in seconds since the epoch; a refused one is not counted.

        Raises:
            PoolError: `LimitExceededException` if the last hour has had all it may.
        """
        times = self._times[username, operation]
        while times and times[0] <= now - _HOUR:
            times.popleft()
        if len(times) >= _MOST_IN_AN_HOUR[operation]:
            raise PoolError(
                "LimitExceededException", "Attempt limit exceeded, please try after some time."
            )
        times.append(now)
