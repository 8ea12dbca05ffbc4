"""BoardFollower: the thread of a process that follows a board, for all sources that read it.

The invariants of this module:

- A board has one follower in a process, for any number of threads and sources: one connection for
  hints, and one reading at a time. All threads that ask during a reading share the next reading: a
  thousand threads whose token has ended ask Redis no more often than one thread.
- A reader that is added gets the last reading, so it misses nothing that was published before.
- The follower has only weak references to its readers. It ends after the last reader is deleted.
- The followers of a parent process do not run in a forked child: the child's sources start a new
  follower.
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

# Seconds after a failure of the board; each pause is up to twice as long as the pause before,
# at random, so that the processes of a fleet do not all ask at the same moment. With the longest
# pause, a token still reaches a worker within a second after a board was replaced.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


class FollowingReader(Protocol):
    """The methods of a reader that a follower calls."""

    def receive(self, reading: Reading) -> OsduAuthError | None:
        """Accept the token of a reading if it is newer and trusted, or return the error."""

    def record_error(self, trouble: OsduAuthError) -> None:
        """Keep the error of the board."""

    def record_time(self, now: float, asked_at: Moment) -> None:
        """Keep the time by the board's clock.

        Args:
            now: seconds since 1970, by the board.
            asked_at: when the board was asked, by this reader's clocks.
        """

    def moment(self) -> Moment:
        """Return this moment by this reader's clocks."""

    def seconds_to_next_reading(self) -> float:
        """Return after how many seconds the timer reads the board."""


class BoardFollower(threading.Thread):
    """Follows a board, and gives each reading to each reader.

    Args:
        board: it is followed until the last reader is removed or deleted.
    """

    def __init__(self, board: Board) -> None:
        super().__init__(name="osdu-auth worker", daemon=True)
        self.board = board
        self._readers: WeakSet[FollowingReader] = WeakSet()
        self._readers_lock = threading.Lock()
        self._latest: Reading | None = None
        self._reading_lock = threading.Lock()
        self._reading_count = 0  # readings that have begun
        self._has_no_reader = threading.Event()

    def add(self, reader: FollowingReader) -> Reading | None:
        """Give each reading to a reader from now on; return the last reading."""
        with self._readers_lock:
            self._readers.add(reader)
            self._has_no_reader.clear()
            return self._latest

    def remove(self, reader: FollowingReader) -> bool:
        """Give no more readings to a reader; return whether there are other readers."""
        with self._readers_lock:
            self._readers.discard(reader)
            if not self._readers:
                self._has_no_reader.set()
            return bool(self._readers)

    @property
    def current_readers(self) -> list[FollowingReader]:
        """The readers at this moment."""
        with self._readers_lock:
            return list(self._readers)

    def read_board(self) -> None:
        """Read the board, and give the reading, or its error, to each reader.

        Threads that call this during a reading wait for its end, and then share one reading, which
        begins after all these calls.
        """
        before = self._reading_count
        with self._reading_lock:
            if self._reading_count == before:
                self._read_and_give()

    def run(self) -> None:
        """Follow the board until no reader is left."""
        seconds, pause, logged = 0.0, _FIRST_PAUSE, ""  # the first reading does not wait for a hint
        while not _was_removed(self):
            trouble = self._wait_and_give(seconds)
            pauses = [reader.seconds_to_next_reading() for reader in self.current_readers]
            seconds = min(pauses, default=0.0)
            if trouble is None:
                pause, logged = _FIRST_PAUSE, ""
                continue
            if trouble.code != logged:
                logged = trouble.code
                logger().warning("%s", trouble)
            # After another error there is no pause: the next hint may bring a good token.
            if board_errors.is_unreachable(trouble):
                self._has_no_reader.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _wait_and_give(self, seconds: float) -> OsduAuthError | None:
        """Wait for a hint, for so many seconds at most, and give the reading; return its error."""
        known = self._latest
        try:
            reading = self.board.wait(seconds, None if known is None else known.text)
            if reading is None:
                with self._reading_lock:
                    return self._read_and_give()
        except OsduAuthError as error:
            return self._give_trouble(error)
        except Exception:  # noqa: BLE001 - a user's own board may raise any error
            if not self._has_no_reader.is_set():
                logger().exception("A worker continues to follow its board after a failure.")
                self._has_no_reader.wait(_LONGEST_PAUSE)
            return None
        return self._give(reading)

    def _read_and_give(self) -> OsduAuthError | None:
        """Read the board, give the reading, and return its error; `_reading_lock` is held."""
        self._reading_count += 1
        asked_at = [(reader, reader.moment()) for reader in self.current_readers]
        try:
            reading = self.board.read()
        except OsduAuthError as error:
            return self._give_trouble(error)
        if reading is None:
            self._give_trouble(board_errors.empty(self.board.address))
            return None
        if reading.now is not None:
            for reader, moment in asked_at:
                reader.record_time(reading.now, moment)
        return self._give(reading)

    def _give(self, reading: Reading) -> OsduAuthError | None:
        with self._readers_lock:
            self._latest = reading
        troubles = [reader.receive(reading) for reader in self.current_readers]
        return next(filter(None, troubles), None)

    def _give_trouble(self, trouble: OsduAuthError) -> OsduAuthError:
        trouble = board_errors.without_traceback(trouble)
        for reader in self.current_readers:
            reader.record_error(trouble)
        return trouble


_lock = threading.Lock()
_followers: dict[int, BoardFollower] = {}  # by the identities of their boards


def follow(board: Board, reader: FollowingReader) -> BoardFollower:
    """Give each reading of a board to a reader from now on.

    Returns:
        The follower of the board. Its thread does not run if no thread can be started, as at the
        end of the interpreter.
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
        reader.receive(latest)
    return follower


def _was_removed(follower: BoardFollower) -> bool:
    """Remove a follower without readers, and say whether it had none."""
    with _lock:
        if follower.current_readers:
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
