"""Deadline: one point in time that a whole call, from name lookup to last byte, has to meet."""

from __future__ import annotations

import time


class Deadline:
    """A point in time by the monotonic clock.

    Args:
        seconds: how far away it is.
    """

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def remaining(self, at_most: float | None = None) -> float:
        """Return the seconds that are left, capped at `at_most`.

        Raises:
            TimeoutError: none are left.
        """
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left if at_most is None else min(left, at_most)
