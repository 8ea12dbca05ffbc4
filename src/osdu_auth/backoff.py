"""Leaving somebody alone for a while who did not answer, a little longer each time."""

from __future__ import annotations

import os
from copy import copy
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError

if TYPE_CHECKING:
    from osdu_auth.clocks import Clocks, Moment

_GROWTH = 2.0


class Backoff:
    """A pause after a failure; each failure in a row doubles it.

    Its length is random within its upper half, so that many who failed together do not come back
    together. Whoever said how long to wait is not asked before.

    Args:
        clocks: this machine's.
        first: seconds, of the first pause at most.
        longest: seconds, of any pause at most.
    """

    def __init__(self, clocks: Clocks, first: float, longest: float) -> None:
        self._clocks = clocks
        self._first = self._next = first
        self._longest = longest
        self._begin: Moment | None = None
        self._length = 0.0
        self._error: Exception | None = None

    @property
    def has_begun(self) -> bool:
        """Whether something failed, and nothing has worked since."""
        return self._begin is not None

    @property
    def left(self) -> float:
        """How many seconds are left of it; 0 where there is none."""
        begin = self._begin  # another thread may end it meanwhile
        if begin is None:
            return 0.0
        return max(0.0, self._length - self._clocks.now().since(begin))

    def begin(self, error: Exception) -> None:
        """Begin a pause after a failure."""
        share = 0.5 + int.from_bytes(os.urandom(2), "big") / 0xFFFF / 2
        asked_for = error.retry_after if isinstance(error, OsduAuthError) else None
        self._length = max(self._next * share, asked_for or 0.0)
        self._next = min(self._next * _GROWTH, self._longest)
        self._begin, self._error = self._clocks.now(), error

    def end(self) -> None:
        """Forget all failures, as something worked."""
        self._begin, self._error, self._next = None, None, self._first

    def require_over(self) -> None:
        """Raise the error that the pause began with, if it is not over yet.

        Raises:
            OsduAuthError: a copy, with how long is left in `retry_after`.
        """
        left = self.left
        if left > 0 and isinstance(self._error, OsduAuthError):
            error = copy(self._error)
            error.retry_after = left
            again = f"That was a moment ago; the next attempt is in {left:.0f} s at the earliest."
            error.why = f"{error.why} {again}".strip()
            raise error from None
