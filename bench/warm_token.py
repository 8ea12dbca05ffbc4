"""How long a fresh token takes in a running program, against the least that could be done."""

from __future__ import annotations

import statistics
import time
import timeit
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth import Secret, Session

CALLS, ROUNDS = 200_000, 9


class Bare:
    """The floor: a method that compares a clock and returns an attribute."""

    def __init__(self, token: Secret, until: float, clock: Callable[[], float]) -> None:
        self._token, self._until, self._clock = token, until, clock

    def token(self) -> Secret:
        """Return the token while it is fresh."""
        if self._clock() < self._until:
            return self._token
        raise TimeoutError


def warm_token(session: Session) -> tuple[float, float]:
    """Return the median seconds of a call: the session's, and the floor's.

    Args:
        session: one that is signed in.
    """
    bare = Bare(session.token(), time.time() + 3600, time.time)
    ours: list[float] = []
    floor: list[float] = []
    for _ in range(ROUNDS):
        ours.append(timeit.timeit(session.token, number=CALLS) / CALLS)
        floor.append(timeit.timeit(bare.token, number=CALLS) / CALLS)
    return statistics.median(ours), statistics.median(floor)
