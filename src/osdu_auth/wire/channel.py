"""Channel: a connection whose every read and write keeps to one deadline and one size.

A socket's own timeout starts anew with every byte, so an answer that drips would take for ever.
Here each read and write is given what is left of the whole call's time.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

HEAD_LIMIT = 64 * 1024
_PIECE = 16 * 1024  # one TLS record


class Deadline:
    """A point in time, by the monotonic clock, that a whole call has to meet.

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


class TooLarge(ValueError):
    """More was received than is taken."""


class Channel:
    """Writes to and reads from a connection.

    Args:
        connection: a connected socket, with TLS or without.
        deadline: when everything must be over.
        allowance: bytes that may be received.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline, allowance: int) -> None:
        self._connection = connection
        self._deadline = deadline
        self._allowance = allowance

    def allow(self, count: int) -> None:
        """Let `count` more bytes be received."""
        self._allowance += count

    def send(self, content: bytes) -> None:
        """Send everything.

        Raises:
            TimeoutError: the deadline passed.
            OSError: the connection broke.
        """
        for start in range(0, len(content), _PIECE):
            self._connection.settimeout(self._deadline.remaining())
            self._connection.sendall(content[start : start + _PIECE])

    def receive(self) -> bytes:
        """Return some bytes, none if the other side has closed its half.

        Raises:
            TooLarge: the allowance is used up.
            TimeoutError: the deadline passed.
            OSError: the connection broke.
        """
        self._connection.settimeout(self._deadline.remaining())
        content = self._connection.recv(_PIECE)
        self._allowance -= len(content)
        if self._allowance < 0:
            raise TooLarge("more was received than is taken")
        return content
