"""A proxy that records every byte: it forwards, tunnels (CONNECT) and serves SOCKS 5."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wire.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

FORWARDED = reply(b"from the proxy")


class RecordingProxy:
    """A proxy on a loopback port.

    Args:
        port: where it listens.
    """

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def saw(self, text: str) -> bool:
        """Whether a text came here, in a header or anywhere."""
        return text.encode() in b"".join(self.received)

    def serve(self, connection: socket.socket, first: bytes) -> None:
        if first.startswith(b"\x05"):
            self._socks(connection)
            return
        while b"\r\n\r\n" not in first:
            first += connection.recv(65536)
        self.received.append(first)
        method, target, _ = first.split(b" ", 2)
        if method == b"CONNECT":
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            host, _, port = target.decode().rpartition(":")
            self._hand_on(connection, host, int(port))
        else:
            connection.sendall(FORWARDED)

    def _socks(self, connection: socket.socket) -> None:
        """Open a tunnel (RFC 1928), for a name or an IPv4 address."""
        connection.sendall(b"\x05\x00")
        asked = connection.recv(65536)
        self.received.append(asked)
        address = asked[5:-2].decode() if asked[3] == 3 else socket.inet_ntoa(asked[4:8])
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        self._hand_on(connection, address, int.from_bytes(asked[-2:], "big"))

    def _hand_on(self, connection: socket.socket, host: str, port: int) -> None:
        with socket.create_connection((host.strip("[]"), port)) as onward:
            threading.Thread(target=self._pump, args=(onward, connection), daemon=True).start()
            self._pump(connection, onward, self.received)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket, noted: list[bytes] | None = None) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if noted is not None:
                    noted.append(piece)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def recording_proxy() -> Iterator[RecordingProxy]:
    """Run a proxy."""
    proxy = RecordingProxy()
    with ScriptedServer(proxy.serve, reads_a_request=False) as listening:
        proxy.port = listening.port
        yield proxy
