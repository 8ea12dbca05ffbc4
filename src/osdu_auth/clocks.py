"""How long ago something was, by two clocks of which each has its weakness.

The wall clock can be set; the other one only goes forward, but stands still while a laptop sleeps.
The longer of what they say is never too short.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Moment(NamedTuple):
    """A point in time by both clocks, in seconds.

    Args:
        wall: seconds since 1970.
        monotonic: seconds since some moment before the process began.
    """

    wall: float
    monotonic: float

    def since(self, earlier: Moment) -> float:
        """Return how many seconds after `earlier` this is: the longer of what both clocks say."""
        return max(self.wall - earlier.wall, self.monotonic - earlier.monotonic)


class Clocks(NamedTuple):
    """This machine's two clocks.

    Args:
        wall: seconds since 1970; it can be set, back as well as forward.
        monotonic: only goes forward; on most systems it stops while the machine sleeps.
    """

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic

    def now(self) -> Moment:
        """Return this moment."""
        return Moment(self.wall(), self.monotonic())
