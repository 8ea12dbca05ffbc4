"""A process of many workers, for the torture of a fleet: a thread and a source for each.

It prints a line when all have a token, and one of figures when its standard input ends.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from osdu_auth import BoardUnavailable, Secret, SessionEnded, SharedTokenSource
from osdu_auth.fleet.board_reader import BoardReader
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from osdu_auth.clocks import Moment
    from osdu_auth.fleet.shared_token import SharedToken


class TimedReader(BoardReader):
    """Notes when each generation was taken."""

    taken: list[tuple[int, float]]

    def _hold(self, shared: SharedToken, token: Secret, now: float, here: Moment) -> None:
        super()._hold(shared, token, now, here)
        self.taken.append((shared.generation, time.time()))


class TimedSource(SharedTokenSource):
    """A worker's token source, as users have it, whose reader notes times."""

    _reader: TimedReader
    _reader_class = TimedReader

    @property
    def taken(self) -> list[tuple[int, float]]:
        """Each generation that was taken, and when."""
        return self._reader.taken


class Figures:
    """What the workers of this process met."""

    def __init__(self) -> None:
        self.reads = self.expired = self.without = self.odd = 0
        self.codes: dict[str, int] = {}
        self.ready = threading.Semaphore(0)
        self.over = threading.Event()
        self.lock = threading.Lock()


def work(source: TimedSource, figures: Figures, pause: float) -> None:
    """Ask for a token again and again, and look at its end by this machine's clock."""
    last, ends, is_ready = None, 0.0, False
    while not figures.over.is_set():
        outcome, asked_at = "", time.time()
        try:
            token = source.token()
        except (BoardUnavailable, SessionEnded) as error:
            outcome = error.code
        except Exception as error:  # noqa: BLE001 - counted
            outcome = type(error).__name__
        else:
            if token is not last:
                last, ends = token, float(unverified_claims(token)["exp"])
            if asked_at >= ends:  # what a busy machine does after that is not the source's doing
                outcome = "expired"
            if not is_ready:
                is_ready = True
                figures.ready.release()
        with figures.lock:
            figures.reads += 1
            if outcome:
                figures.codes[outcome] = figures.codes.get(outcome, 0) + 1
        figures.over.wait(pause)


def main(board: str, key: str, count: int, clock_error: float) -> None:
    figures, sources = Figures(), []
    threading.stack_size(256 * 1024)
    for _ in range(count):
        source = TimedSource(board, key=key, patience=60, clock=lambda: time.time() + clock_error)
        source._reader.taken = []
        sources.append(source)
        threading.Thread(target=work, args=(source, figures, 1.0), daemon=True).start()
    for _ in range(count):
        figures.ready.acquire()
    print("ready", flush=True)
    sys.stdin.read()
    figures.over.set()
    told: dict[str, Any] = {
        "reads": figures.reads,
        "codes": figures.codes,
        "taken": [source.taken for source in sources],
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
