"""The sandbox's one listening socket, on loopback, and the threads behind it.

Invariants: the socket listens before any slow import; it is bound to 127.0.0.1 alone; and `stop`
leaves no thread and no socket.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox.http_messages import Outcome, Request

LOOPBACK = "127.0.0.1"
_WAITING_CONNECTIONS = 512
_STOP_SECONDS = 1.0


class Listener:
    """Listens on a loopback port, with a thread for each connection.

    Args:
        port: the port to bind; with 0 the operating system chooses.
        answer: turns a request into its outcome; called from many threads.

    Raises:
        OSError: the port cannot be bound.
    """

    def __init__(self, port: int, answer: Callable[[Request], Outcome]) -> None:
        self._answer = answer
        self._socket = _bound_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._stopping = False
        self._accepting = threading.Thread(
            target=self._accept, name="osdu-auth-sandbox-listener", daemon=True
        )
        self._accepting.start()

    def stop(self) -> None:
        """Close the listening socket and every connection, and wait for their threads."""
        deadline = time.monotonic() + _STOP_SECONDS
        self._stopping = True
        self._wake()
        self._accepting.join(_STOP_SECONDS)
        self._socket.close()
        with self._lock:
            connections = list(self._open.items())
        for connection, _ in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in connections:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _wake(self) -> None:
        # Not every platform ends a blocked accept when its socket is closed; a connection does.
        with contextlib.suppress(OSError):
            socket.create_connection((LOOPBACK, self.port), timeout=_STOP_SECONDS).close()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._socket.accept()
            except OSError:
                # The client closed the connection early, or no file handle is left.
                if self._stopping:
                    return
                time.sleep(0.01)
                continue
            if self._stopping:
                connection.close()
                return
            thread = threading.Thread(
                target=self._serve,
                args=(connection, address),
                name="osdu-auth-sandbox-connection",
                daemon=True,
            )
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        from osdu_auth.sandbox.connection import Connection

        try:
            with contextlib.suppress(OSError):
                Connection(connection, address, self._answer)
        finally:
            with self._lock:
                del self._open[connection]
            connection.close()


def _bound_socket(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # On Windows the same option would let a second process take the port as well.
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(_WAITING_CONNECTIONS)
    except BaseException:
        listening.close()
        raise
    return listening
