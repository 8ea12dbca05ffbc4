"""BoardFollower: the one thread of a process that follows a board, for all sources that read it.

The invariants of this module:

- A board has one follower in a process, however many threads and sources there are: one connection
  for hints, and one read at a time, which all that look at that moment share. A thousand threads
  whose token has ended ask Redis no more often than one.
- A reader that joins is given what was heard last: nothing is lost before it has joined.
- Readers are held weakly. A follower ends after the last of them.
- A forked child has none of the parent's followers: its sources start one of its own.
"""

from __future__ import annotations

import os
import random
import threading
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

from osdu_auth.errors import OsduAuthError
from osdu_auth.fleet import board_errors
from osdu_auth.log import logger

if TYPE_CHECKING:
    from osdu_auth.clocks import Moment
    from osdu_auth.fleet.board import Board, Reading

# Seconds after a failure of the board; each pause is up to twice as long as the one before, at
# random, so that the processes of a fleet do not all come back at the same moment. The longest one
# keeps a token on its way below a second when a board is replaced.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


class Follows(Protocol):
    """What a follower needs of a reader."""

    def hear(self, reading: Reading) -> OsduAuthError | None:
        """Take what is on the board, if it is newer and is believed; return why it is not."""

    def note(self, trouble: OsduAuthError) -> None:
        """Keep what is wrong with the board."""

    def note_time(self, now: float, asked_at: Moment) -> None:
        """Keep what time it is by the board's clock.

        Args:
            now: seconds since 1970, by the board.
            asked_at: when the board was asked, by this reader's clocks.
        """

    def moment(self) -> Moment:
        """Return this moment by this reader's clocks."""

    def seconds_to_next_look(self) -> float:
        """Return after how many seconds the timer looks at the board."""


class BoardFollower(threading.Thread):
    """Follows a board, and gives each reader what it hears.

    Args:
        board: it is followed until the last reader is gone.
    """

    def __init__(self, board: Board) -> None:
        super().__init__(name="osdu-auth worker", daemon=True)
        self.board = board
        self._readers: WeakSet[Follows] = WeakSet()
        self._changing = threading.Lock()
        self._latest: Reading | None = None
        self._looking = threading.Lock()
        self._looks = 0  # that have begun
        self._is_over = threading.Event()

    def add(self, reader: Follows) -> Reading | None:
        """Have a reader hear of the board from now on; return what was heard last."""
        with self._changing:
            self._readers.add(reader)
            self._is_over.clear()
            return self._latest

    def leave(self, reader: Follows) -> bool:
        """Have a reader hear no more; return whether others still do."""
        with self._changing:
            self._readers.discard(reader)
            if not self._readers:
                self._is_over.set()
            return bool(self._readers)

    @property
    def present(self) -> list[Follows]:
        """The readers that are there at this moment."""
        with self._changing:
            return list(self._readers)

    def look(self) -> None:
        """Read the board, and give each reader what is there, or what is wrong.

        Threads that call this while the board is being read wait for that, and then share one read:
        it begins after each of them called.
        """
        before = self._looks
        with self._looking:
            if self._looks == before:
                self._read_and_give()

    def run(self) -> None:
        """Follow the board until no reader is left."""
        seconds, pause, logged = 0.0, _FIRST_PAUSE, ""  # what came before is read first
        while not _is_forgotten(self):
            trouble = self._wait_and_give(seconds)
            looks = [reader.seconds_to_next_look() for reader in self.present]
            seconds = min(looks, default=0.0)
            if trouble is None:
                pause, logged = _FIRST_PAUSE, ""
                continue
            if trouble.code != logged:
                logged = trouble.code
                logger().warning("%s", trouble)
            if board_errors.is_away(trouble):  # else a hint of something better may come
                self._is_over.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _wait_and_give(self, seconds: float) -> OsduAuthError | None:
        """Wait for so many seconds at most, and give what is there; return what is wrong."""
        known = self._latest
        try:
            reading = self.board.wait(seconds, None if known is None else known.text)
            if reading is None:
                with self._looking:
                    return self._read_and_give()
        except OsduAuthError as error:
            return self._give_trouble(error)
        except Exception:  # noqa: BLE001 - a user's own board raises what it likes
            if not self._is_over.is_set():
                logger().exception("A worker goes on following its board after a failure.")
                self._is_over.wait(_LONGEST_PAUSE)
            return None
        return self._give(reading)

    def _read_and_give(self) -> OsduAuthError | None:
        """Read the board, and give what is there; return what is wrong. `_looking` is held."""
        self._looks += 1
        asked_at = [(reader, reader.moment()) for reader in self.present]
        try:
            reading = self.board.read()
        except OsduAuthError as error:
            return self._give_trouble(error)
        if reading is None:
            self._give_trouble(board_errors.empty(self.board.address))
            return None
        if reading.now is not None:
            for reader, moment in asked_at:
                reader.note_time(reading.now, moment)
        return self._give(reading)

    def _give(self, reading: Reading) -> OsduAuthError | None:
        with self._changing:
            self._latest = reading
        troubles = [reader.hear(reading) for reader in self.present]
        return next(filter(None, troubles), None)

    def _give_trouble(self, trouble: OsduAuthError) -> OsduAuthError:
        trouble = board_errors.without_frames(trouble)
        for reader in self.present:
            reader.note(trouble)
        return trouble


_lock = threading.Lock()
_followers: dict[int, BoardFollower] = {}  # by the identities of their boards


def follow(board: Board, reader: Follows) -> BoardFollower:
    """Have a reader hear of a board from now on.

    Returns:
        What follows the board. It is no living thread where none can be had, as at the
        interpreter's end.
    """
    with _lock:
        follower = _followers.get(id(board))
        if follower is None or not follower.is_alive():
            follower = BoardFollower(board)
            latest = follower.add(reader)
            try:
                follower.start()
            except RuntimeError:
                return follower
            _followers[id(board)] = follower
        else:
            latest = follower.add(reader)
    if latest is not None:
        reader.hear(latest)
    return follower


def _is_forgotten(follower: BoardFollower) -> bool:
    """Say whether no reader is left; then the next reader of the board gets another follower."""
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
