"""BoardFollower: the one thread of a process that follows a board, for all sources that read it.

The laws of this module:

- A board has one follower in a process, however many threads and sources there are: one connection
  for hints, one look of the timer. Sources that name an address share its board.
- A source that joins takes what was heard last: nothing is lost between its look and its joining.
- Sources are held weakly. A follower ends after the last of them.
- A forked child has none of the parent's followers: its sources begin one of its own.
"""

# ruff: noqa: SLF001 - what a source and its follower say to each other is no one else's concern

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from osdu_auth.errors import OsduAuthError
from osdu_auth.fleet.addresses import board_of
from osdu_auth.fleet.boards_in_process import shared_board
from osdu_auth.log import logger

if TYPE_CHECKING:
    from osdu_auth.clocks import Moment
    from osdu_auth.fleet.board import Board, Reading

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 0.75  # seconds after a failure of the board
# Where nothing is to be heard of it for now.
_AWAY = frozenset({"OA-W810", "OA-W811", "OA-W812", "OA-W813"})


class Follows(Protocol):
    """What a follower needs of a source; its users are to see nothing of that."""

    def _hear(self, reading: Reading) -> OsduAuthError | None:
        """Take what was heard, where it is newer and is believed; return why not."""

    def _note(self, trouble: OsduAuthError) -> None:
        """Know what is wrong with the board."""

    def _note_time(self, now: float, asked_at: Moment) -> None:
        """Know what time it is by the board's clock.

        Args:
            now: seconds since 1970, by the board.
            asked_at: when the board was asked, by this source's clocks.
        """

    def _moment(self) -> Moment:
        """Return this moment by this source's clocks."""

    def _seconds_to_next_look(self) -> float:
        """Return after how many seconds the timer is to look at the board."""


class BoardFollower(threading.Thread):
    """Follows a board, and gives each source what it hears.

    Args:
        board: it is followed until the last source is gone.
    """

    def __init__(self, board: Board) -> None:
        super().__init__(name="osdu-auth worker", daemon=True)
        self.board = board
        self._sources: WeakSet[Follows] = WeakSet()
        self._changing = threading.Lock()
        self._latest: Reading | None = None
        self._is_over = threading.Event()

    def add(self, source: Follows) -> Reading | None:
        """Have a source hear of the board from now on; return what was heard last."""
        with self._changing:
            self._sources.add(source)
            self._is_over.clear()
            return self._latest

    def leave(self, source: Follows) -> bool:
        """Have a source hear no more; return whether others still do."""
        with self._changing:
            self._sources.discard(source)
            if not self._sources:
                self._is_over.set()
            return bool(self._sources)

    @property
    def present(self) -> list[Follows]:
        """The sources that are there at this moment."""
        with self._changing:
            return list(self._sources)

    def run(self) -> None:
        """Follow the board until no source is left."""
        seconds, pause, told = 0.0, _FIRST_PAUSE, ""  # what came before is read first
        while not _is_forgotten(self):
            trouble = self._wait_and_give(seconds)
            looks = [source._seconds_to_next_look() for source in self.present]
            seconds = min(looks, default=0.0)
            if trouble is None:
                pause, told = _FIRST_PAUSE, ""
                continue
            if trouble.code != told:
                told = trouble.code
                logger().warning("%s", trouble)
            del trouble  # its traceback holds a source
            if told in _AWAY:  # else a hint of something better may come at any time
                self._is_over.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _wait_and_give(self, seconds: float) -> OsduAuthError | None:
        """Wait for so many seconds at most, and give the sources what is there; say what fails."""
        known = self._latest
        try:
            reading = self.board.wait(seconds, None if known is None else known.text)
            if reading is None:
                reading = self._read()
        except OsduAuthError as error:
            for source in self.present:
                source._note(error)
            return error
        except Exception:  # noqa: BLE001 - a user's own board raises what it likes
            if not self._is_over.is_set():
                logger().exception("A worker goes on following its board after a failure.")
                self._is_over.wait(_LONGEST_PAUSE)
            return None
        with self._changing:
            self._latest = reading
        if reading is None:
            return None
        troubles = [source._hear(reading) for source in self.present]
        return next(filter(None, troubles), None)

    def _read(self) -> Reading | None:
        """Read the board, and have the sources note what time it is there."""
        asked_at = [(source, source._moment()) for source in self.present]
        reading = self.board.read()
        if reading is not None and reading.now is not None:
            for source, moment in asked_at:
                source._note_time(reading.now, moment)
        return reading


_lock = threading.Lock()
_followers: dict[int, BoardFollower] = {}  # by the identities of their boards


def board_here(named: object) -> Board:
    """Return a board, which those who name one address in this process share.

    Args:
        named: as of `board_of`, which says what it raises.
    """
    if not isinstance(named, str):
        return board_of(named)
    return shared_board(board_of, named)


def follow(board: Board, source: Follows) -> BoardFollower | None:
    """Have a source hear of a board from now on.

    Returns:
        What follows the board; None where no thread can be had, as at the interpreter's end.
    """
    with _lock:
        follower = _followers.get(id(board))
        if follower is None or not follower.is_alive():
            follower = BoardFollower(board)
            try:
                follower.start()
            except RuntimeError:
                return None
            _followers[id(board)] = follower
        latest = follower.add(source)
    if latest is not None:
        source._hear(latest)
    return follower


def _is_forgotten(follower: BoardFollower) -> bool:
    """Say whether no source is left; then the next source of the board gets another follower."""
    with _lock:
        if follower.present:
            return False
        if _followers.get(id(follower.board)) is follower:
            del _followers[id(follower.board)]
        return True


def _after_fork() -> None:
    global _lock  # noqa: PLW0603 - another thread of the parent may have held it
    _lock = threading.Lock()
    _followers.clear()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
