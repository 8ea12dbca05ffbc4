"""Backoff: after a failure, a server is not called for some time; each failure doubles the time."""

from __future__ import annotations

import os

from osdu_auth.errors import OsduAuthError
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.log import trace

if TYPE_CHECKING:
    from osdu_auth.clocks import Clocks, Moment

_GROWTH = 2.0


class Backoff:
    """A pause after a failure; each further failure doubles it.

    A part of its length is random, so that many clients that failed together do not come back
    together. If the server said how long to wait (`Retry-After`), the pause is at least that long.

    Args:
        clocks: this machine's clocks.
        first: the longest first pause, in seconds.
        longest: the longest pause of all, in seconds.
        spread: the share of a pause that is random, 0 to 1.
    """

    def __init__(
        self, clocks: Clocks, first: float, longest: float, *, spread: float = 0.5
    ) -> None:
        self._clocks = clocks
        self._spread = spread
        self._first = self._next = first
        self._longest = longest
        self._begin: Moment | None = None
        self._length = 0.0
        self.error: Exception | None = None  # the last failure; None after a success

    @property
    def has_begun(self) -> bool:
        """Whether a pause has begun since the last success, even if that pause is over."""
        return self._begin is not None

    @property
    def left(self) -> float:
        """How many seconds of the pause are left; 0 if there is no pause."""
        begin = self._begin  # another thread may end it at the same time
        if begin is None:
            return 0.0
        elapsed = self._clocks.now().since(begin)
        # A negative time means that the clock was set back: then the pause counts as over.
        return max(0.0, self._length - elapsed) if elapsed >= 0 else 0.0

    def begin(self, error: Exception | None = None) -> None:
        """Begin a pause.

        Args:
            error: the failure; None to begin a pause although the call worked.
        """
        share = 1 - self._spread * int.from_bytes(os.urandom(2), "big") / 0xFFFF
        asked_for = error.retry_after if isinstance(error, OsduAuthError) else None
        self._length = max(self._next * share, asked_for or 0.0)
        self._next = min(self._next * _GROWTH, self._longest)
        self._begin, self.error = self._clocks.now(), error
        code = error.code if isinstance(error, OsduAuthError) else type(error).__name__
        trace("backoff of %.1f s after %s", self._length, code)

    def end(self) -> None:
        """Forget all failures, because a call succeeded."""
        self._begin, self.error, self._next = None, None, self._first

    def require_over(self) -> None:
        """Raise the error that began the pause, if the pause is not over.

        Raises:
            OsduAuthError: a copy, whose `retry_after` is the seconds that are left.
        """
        left = self.left
        if left > 0 and isinstance(self.error, OsduAuthError):
            trace("backoff, %.1f s left, after %s", left, self.error.code)
            error = self.error.copied()
            error.retry_after = left
            again = f"That was a short time ago; the next attempt is possible in {left:.0f} s."
            error.why = f"{error.why} {again}".strip()
            raise error from None
