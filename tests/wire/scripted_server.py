"""A server on loopback that sends any bytes, such as HTTP that is not valid."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from typing_extensions import Self


class ScriptedServer:
    """Accepts connections on loopback and gives each to a function, in its own thread.

    Args:
        behave: takes the connection and the request that was read from it.
        context: the TLS settings; None for plain TCP.
        reads_a_request: whether to wait for a complete HTTP request; otherwise for any bytes.
    """

    def __init__(
        self,
        behave: Callable[[socket.socket, bytes], None],
        context: ssl.SSLContext | None = None,
        *,
        reads_a_request: bool = True,
    ) -> None:
        self.requests: list[bytes] = []
        self._behave = behave
        self._context = context
        self._reads_a_request = reads_a_request
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._connections:
            connection.close()

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}/"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._connections.append(connection)
            request = read_request(connection) if self._reads_a_request else connection.recv(65536)
            self.requests.append(request)
            self._behave(connection, request)
            connection.close()


def read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        piece = connection.recv(65536)
        if not piece:
            return request
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def sends(reply: bytes) -> Callable[[socket.socket, bytes], None]:
    """Send these bytes and close."""
    return lambda connection, _request: connection.sendall(reply)


def resets_after(reply: bytes) -> Callable[[socket.socket, bytes], None]:
    """Send these bytes and break the connection with a TCP reset."""

    def behave(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(reply)
        # With a linger time of zero, a close sends RST (socket(7)).
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return behave


def reply(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode("latin-1") + body
