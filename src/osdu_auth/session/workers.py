"""WorkerSession: the access token of a session, for other processes and machines.

A worker has an access token and the time of its end. A worker cannot get another token.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from osdu_auth.adapters.auth import LibraryAuth
from osdu_auth.durations import duration_in_words, seconds_of
from osdu_auth.errors import SessionEnded
from osdu_auth.profiles.resolve import given_profile
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.saved_session import SavedSession


class WorkerSession(LibraryAuth):
    """An access token and the time of its end, made to be pickled for workers.

    A program that can read the pickle can use the token until its end: send the pickle to your
    workers only.

    Args:
        profile: the platform that the token may be sent to; it has no secrets.
        access_token: the JWT.
        expires_at: when it stops being good, in seconds since 1970.

    Raises:
        ConfigurationError: OA-C799: `profile` is not a profile.
    """

    def __init__(self, profile: AnyProfile, access_token: Secret, expires_at: float) -> None:
        self._profile = given_profile(profile).profile
        self._access_token = access_token
        self.expires_at = expires_at
        # The wall clock may be set while a worker runs; the monotonic clock counts on.
        self._good_until = time.monotonic() + expires_at - time.time()

    def __repr__(self) -> str:
        return f"WorkerSession({self._profile.name!r}, expires_at={self.expires_at:.0f})"

    def __reduce__(self) -> tuple[Callable[..., WorkerSession], tuple[object, ...]]:
        return _unpickled, (self._profile, self._access_token.reveal(), self.expires_at)

    @property
    def profile(self) -> AnyProfile:
        """The profile whose platform the token is for, without its secrets."""
        return self._profile

    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return the token if it is good for long enough.

        Args:
            min_ttl: for how long it has to be good: seconds, or a text such as `"20m"`.

        Raises:
            SessionEnded: OA-S431: it ends before that, and a worker cannot renew it.
            ValueError: `min_ttl` is not a duration.
        """
        left = min(self.expires_at - time.time(), self._good_until - time.monotonic())
        if left > seconds_of(min_ttl):
            return self._access_token
        ended = f"expired {duration_in_words(-left)} ago" if left <= 0 else "ends too soon"
        raise SessionEnded(
            f'The token that this worker was given for "{self._profile.name}" {ended}.',
            code="OA-S431",
            why="A worker cannot renew its token.",
            fix="Give workers a new token that lasts: session.for_workers(ttl)",
        )

    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Return what `token` returns."""
        return self.token(min_ttl=min_ttl)

    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return the same token: a worker has no other."""
        del refused, reason
        return self.token()

    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return the same token: a worker has no other."""
        return self.token_instead_of(refused, reason)


def worker_session(profile: AnyProfile, saved: SavedSession) -> WorkerSession:
    """Return the part of a session that a worker may have."""
    return WorkerSession(
        profile.without_private(), saved.tokens.access_token, saved.tokens.expires_at
    )


def _unpickled(profile: AnyProfile, access_token: str, expires_at: float) -> WorkerSession:
    return WorkerSession(profile, Secret(access_token), expires_at)
