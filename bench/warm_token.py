"""What a call that returns a good token costs, compared with the least work and other libraries."""

from __future__ import annotations

import gc
import statistics
import time
import timeit
from typing import TYPE_CHECKING

from bench.far_ends import far_ends
from bench.table import Row
from bench.token_endpoint import LONG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS, SECONDS = 15, 0.02


class Bare:
    """The floor: a method that compares a clock and returns an attribute."""

    def __init__(self, token: object, until: float, clock: Callable[[], float]) -> None:
        self._token, self._until, self._clock = token, until, clock

    def token(self) -> object:
        """Return the token while it is fresh."""
        if self._clock() < self._until:
            return self._token
        raise TimeoutError


def warm_token_rows() -> Iterator[Row]:
    """Measure all in turn, A B A B."""
    with far_ends() as (endpoint, kinds):
        endpoint.lifetime = LONG
        prepared = [prepare() for prepare in kinds]
        asks = [kind.open() for kind in prepared]
        bare = Bare(asks[0](), time.time() + LONG, time.time)
        floor, ours, *others = _medians_in_turn([bare.token, *asks])
    figures = f"{_nano(ours)}; bare method {_nano(floor)}"
    yield Row("warm `session.token()`", figures, ours / floor, 1.5)
    for kind, other in zip(prepared[1:], others, strict=True):
        figures = f"{_nano(ours)}; {kind.name} {_nano(other)}"
        yield Row(f"{kind.name} over it", figures, other / ours, 1, at_least=True)


def _medians_in_turn(asks: list[Callable[[], object]]) -> list[float]:
    timers = [timeit.Timer(ask) for ask in asks]
    for timer in timers:
        timer.timeit(1)  # the first call renews what has expired
    calls = [max(1, int(SECONDS / max(timer.timeit(5) / 5, 1e-7))) for timer in timers]
    times: list[list[float]] = [[] for _ in timers]
    gc.collect()
    for _ in range(ROUNDS):
        for timer, number, seconds in zip(timers, calls, times, strict=True):
            seconds.append(timer.timeit(number) / number)
    return [statistics.median(seconds) for seconds in times]


def _nano(seconds: float) -> str:
    return f"{seconds * 1e9:,.0f} ns"
