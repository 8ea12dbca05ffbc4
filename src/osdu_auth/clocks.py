"""How long ago something was, by two clocks.

The wall clock can be set back; the monotonic clock stops while a laptop sleeps. So each may show
less time than has passed. The longer of the two times counts.
"""

from __future__ import annotations

import time

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Moment(NamedTuple):
    """A point in time by both clocks, in seconds.

    Args:
        wall: seconds since 1970.
        monotonic: seconds since a fixed moment, such as the start of the machine.
    """

    wall: float
    monotonic: float

    def since(self, earlier: Moment) -> float:
        """Return how many seconds after `earlier` this is, by the clock that shows more."""
        return max(self.wall - earlier.wall, self.monotonic - earlier.monotonic)


class Clocks(NamedTuple):
    """This machine's two clocks.

    Args:
        wall: seconds since 1970; it can be set back or forward.
        monotonic: seconds; it only goes forward. On most systems it stops while the machine sleeps.
    """

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic

    def now(self) -> Moment:
        """Return the present moment."""
        return Moment(self.wall(), self.monotonic())
