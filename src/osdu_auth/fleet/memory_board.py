"""MemoryBoard: a board for the threads of one process, for tests and notebooks."""

from __future__ import annotations

import time
from threading import Condition
from typing import TYPE_CHECKING, NoReturn

from osdu_auth.fleet.board import Posted, Reading, is_ahead, may_replace
from osdu_auth.fleet.board_errors import ahead_of_clock
from osdu_auth.fleet.boards_in_process import call_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable


class MemoryBoard:
    """A board in this process's memory; it implements `Board`.

    Args:
        clock: seconds since 1970.
    """

    address = "memory:"

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._text: str | None = None
        self._lease = ("", 0.0)
        self._refused: int | None = None
        self._reset_after_fork()
        call_after_fork(self, MemoryBoard._reset_after_fork)

    def __repr__(self) -> str:
        return "MemoryBoard()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a MemoryBoard cannot be pickled; share on a folder, Redis or Dask instead")

    def read(self) -> Reading | None:
        """Return the text on the board; None if the board is empty."""
        text = self._text
        return None if text is None else Reading(text)

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Put a token on the board, unless an equally new token is there; as for `Board.put`."""
        now = self._clock()
        if is_ahead(posted.generation, now):
            raise ahead_of_clock(self.address)
        with self._changed:
            if not may_replace(self._text, posted, instead_of, now):
                return False
            self._text = posted.text
            self._changed.notify_all()
        return True

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait for another text than the known text."""
        with self._changed:
            self._changed.wait_for(lambda: self._text != known, seconds)
        return self.read()

    def lease(self, holder: str, seconds: float) -> bool:
        """Take or keep the lease; return whether it is held."""
        now = time.monotonic()
        with self._changed:
            present, until = self._lease
            if present != holder and now < until:
                return False
            self._lease = (holder, now + seconds)
        return True

    def ask_for_newer(self, generation: int) -> None:
        """Ask the publisher for a newer token than one that OSDU refused."""
        self._refused = generation

    def refused_generation(self) -> int | None:
        """Return the generation that a worker asked to replace; None if there is none."""
        return self._refused

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _reset_after_fork(self) -> None:
        """Make a new lock: another thread may have held the old lock at the fork."""
        self._changed = Condition()
