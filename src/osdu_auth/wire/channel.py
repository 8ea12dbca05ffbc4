"""Channel: a connection with one deadline for all reads and writes, and one limit of size.

A socket's own timeout starts again with every byte, so a very slow reply could take for ever. Here
each read and write gets the time that is left for the whole call.
"""

from __future__ import annotations

import time

from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

HEAD_LIMIT = 64 * 1024
_PIECE = 16 * 1024  # one TLS record


class Deadline:
    """The time, by the monotonic clock, at which a whole call has to end.

    Args:
        seconds: the time from now on.
    """

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def remaining(self, at_most: float | None = None) -> float:
        """Return the seconds that are left, but not more than `at_most`.

        Raises:
            TimeoutError: no time is left.
        """
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left if at_most is None else min(left, at_most)


class TooLarge(ValueError):
    """More was received than is allowed."""


class Channel:
    """Writes to and reads from a connection.

    Args:
        connection: a connected socket, with TLS or without.
        deadline: when the call has to end.
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
        """Return some bytes; no bytes if the server has closed its half of the connection.

        Raises:
            TooLarge: the allowance is used up.
            TimeoutError: the deadline passed.
            OSError: the connection broke.
        """
        self._connection.settimeout(self._deadline.remaining())
        content = self._connection.recv(_PIECE)
        self._allowance -= len(content)
        if self._allowance < 0:
            raise TooLarge("more was received than is allowed")
        return content
