"""Leaving a server alone for a while that did not answer, a little longer each time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError
from osdu_auth.log import trace

if TYPE_CHECKING:
    from osdu_auth.clocks import Clocks, Moment

_GROWTH = 2.0


class Backoff:
    """A pause after a failure; each failure in a row doubles it.

    Its length is random within its upper part, so that many who failed together do not come back
    together. A server that said how long to wait is not asked before.

    Args:
        clocks: this machine's.
        first: seconds, of the first pause at most.
        longest: seconds, of any pause at most.
        spread: the share of a pause that is random.
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
        self.error: Exception | None = None  # of the last failure, if nothing has worked since

    @property
    def has_begun(self) -> bool:
        """Whether there is a pause that nothing has ended, over or not."""
        return self._begin is not None

    @property
    def left(self) -> float:
        """How many seconds are left of it; 0 where there is none."""
        begin = self._begin  # another thread may end it meanwhile
        if begin is None:
            return 0.0
        elapsed = self._clocks.now().since(begin)
        # Less than nothing: the only clock was set back, and says nothing about the pause.
        return max(0.0, self._length - elapsed) if elapsed >= 0 else 0.0

    def begin(self, error: Exception | None = None) -> None:
        """Begin a pause after a failure; None to begin one although it worked."""
        share = 1 - self._spread * int.from_bytes(os.urandom(2), "big") / 0xFFFF
        asked_for = error.retry_after if isinstance(error, OsduAuthError) else None
        self._length = max(self._next * share, asked_for or 0.0)
        self._next = min(self._next * _GROWTH, self._longest)
        self._begin, self.error = self._clocks.now(), error
        code = error.code if isinstance(error, OsduAuthError) else type(error).__name__
        trace("backoff of %.1f s after %s", self._length, code)

    def end(self) -> None:
        """Forget all failures, as something worked."""
        self._begin, self.error, self._next = None, None, self._first

    def require_over(self) -> None:
        """Raise the error that the pause began with, if it is not over yet.

        Raises:
            OsduAuthError: a copy, with how long is left in `retry_after`.
        """
        left = self.left
        if left > 0 and isinstance(self.error, OsduAuthError):
            trace("backoff, %.1f s left, after %s", left, self.error.code)
            error = self.error.copied()
            error.retry_after = left
            again = f"That was a moment ago; the next attempt is in {left:.0f} s at the earliest."
            error.why = f"{error.why} {again}".strip()
            raise error from None
