"""The listener to which a browser comes back: only on this machine, for one attempt.

RFC 8252, section 7.3. The rules of this module:

- Two sockets with one port, 127.0.0.1 and ::1, since `localhost` may mean either; never all
  interfaces. No client's address is checked: only programs of this machine reach the sockets.
- Only a navigation to the exact path counts. A prefetch, a preflight, a favicon, a request with
  another state, or one for another host name (DNS rebinding) is answered and changes nothing.
- No connection delays another connection. A connection that sends nothing, or sends too slowly, is
  closed; if there are too many connections, the oldest of these is closed first. An error in one
  connection does not stop the listener.
- The browser is answered after the attempt is decided, so that the page says what happened. A
  browser that requests the same address again gets the same page.
- Pages are static: they contain no text of a request. No path, query or referrer is logged.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Run
from osdu_auth.oidc.pages import ANOTHER_ATTEMPT, NOT_HERE, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

PATH = "/callback"
DEFAULT_PORTS = (8400, 18400, 28400)

_HOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_READ_TIMEOUT = 5.0  # seconds for a connection to send its request
_CLOSE_TIMEOUT = 1.0  # seconds for all threads together to end
_MOST_CONNECTIONS = 64  # at once; a process may have as few as 256 open files
_PAUSE = 0.05  # seconds to wait after a connection could not be accepted
_LONGEST_HEAD = 64 * 1024  # bytes; a code may be thousands of characters
_PREFETCH = ("sec-purpose", "purpose", "x-moz")


class Listener:
    """Listens for the browser of one attempt; a context manager.

    Args:
        ports: the ports to try, in order; 0 for any free port.

    Raises:
        ConfigurationError: OA-B720: all the ports are in use.
    """

    def __init__(self, ports: tuple[int, ...]) -> None:
        self._sockets = _bound_sockets(ports)
        self.port: int = self._sockets[0].getsockname()[1]
        self._decide: Callable[[list[tuple[str, str]]], Page | None] = lambda _: None
        self._stopped = threading.Event()
        self._accepting: list[threading.Thread] = []
        self._lock = threading.Lock()
        # The connections that have not sent their request yet, the oldest first; and the threads
        # that answer a request.
        self._without_request: dict[socket.socket, None] = {}
        self._answering: set[threading.Thread] = set()

    @property
    def redirect_uri(self) -> str:
        """The address that the browser comes back to; it has to be registered at the issuer."""
        return f"http://localhost:{self.port}{PATH}"

    @property
    def _hosts(self) -> tuple[str, ...]:
        """The values that a browser's `Host` header may have (RFC 9112, section 3.2)."""
        return tuple(f"{host}:{self.port}" for host in ("localhost", "127.0.0.1", "[::1]"))

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The addresses and ports on which it listens."""
        return [each.getsockname()[:2] for each in self._sockets]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        with self._lock:
            answering = tuple(self._answering)
            for each in self._without_request:
                _shut_down(each)
        # A thread that is still in `accept` keeps the port in use, and the page may not be sent
        # yet.
        end = time.monotonic() + _CLOSE_TIMEOUT
        for thread in (*self._accepting, *answering):
            thread.join(max(0.0, end - time.monotonic()))

    def start(self, decide: Callable[[list[tuple[str, str]]], Page | None]) -> None:
        """Begin to answer requests.

        Args:
        decide: gets the parameters of the browser's request and returns the page to show; None
            if they belong to another attempt. One thread at a time calls it.
        """
        self._decide = decide
        for each in self._sockets:
            thread = threading.Thread(
                target=self._accept, args=(each,), name="osdu-auth listener", daemon=True
            )
            self._accepting.append(thread)
            thread.start()

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:  # the socket was closed, or too many files are open
                self._close_oldest(len(self._without_request) - len(self._without_request) // 2)
                self._stopped.wait(_PAUSE)
                continue
            with self._lock:
                self._without_request[connection] = None
            self._close_oldest(_MOST_CONNECTIONS)
            thread = threading.Thread(
                target=self._serve, args=(connection,), name="osdu-auth browser", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:  # too many threads
                with self._lock:
                    self._without_request.pop(connection, None)
                connection.close()

    def _close_oldest(self, most: int) -> None:
        """Close the oldest connections that have sent no request, until `most` are left."""
        with self._lock:
            for each in tuple(self._without_request)[: max(0, len(self._without_request) - most)]:
                del self._without_request[each]
                _shut_down(each)

    def _serve(self, connection: socket.socket) -> None:
        thread = threading.current_thread()
        try:
            with connection, suppress(OSError):
                head = _read_head(connection, time.monotonic() + _READ_TIMEOUT)
                with self._lock:
                    if head is None or connection not in self._without_request:
                        return
                    del self._without_request[connection]
                    self._answering.add(thread)
                connection.settimeout(_READ_TIMEOUT)
                connection.sendall(self._answer(*head))
        finally:
            with self._lock:
                self._without_request.pop(connection, None)
                self._answering.discard(thread)

    def _answer(self, method: str, target: str, headers: dict[str, str]) -> bytes:
        """Return the reply to a request, as bytes."""
        path, _, query = target.partition("?")
        if path != PATH:
            return NOT_HERE.reply()
        if headers.get("host", self._hosts[0]).lower() not in self._hosts:
            return _empty_reply(
                "421 Misdirected Request"
            )  # another host name that leads here (DNS rebinding)
        if method != "GET":
            return _empty_reply("405 Method Not Allowed", "Allow: GET\r\n")
        mode = headers.get("sec-fetch-mode", "navigate")
        is_prefetch = any("prefetch" in headers.get(name, "").lower() for name in _PREFETCH)
        if mode != "navigate" or is_prefetch:
            return _empty_reply("204 No Content")
        page = self._decide(parse_qsl(query, keep_blank_values=True))
        return (page or ANOTHER_ATTEMPT).reply()


def _bound_sockets(ports: tuple[int, ...]) -> list[socket.socket]:
    """Return sockets that listen on the first port that is free on both addresses."""
    for port in [attempt for each in ports for attempt in [each] * _attempts(each)]:
        with ExitStack() as opened:
            try:
                sockets = _listening_sockets(port, opened)
            except OSError:
                continue
            if sockets:
                opened.pop_all()
                return sockets
    tried = ", ".join(map(str, ports))
    raise ConfigurationError(
        f"No port is free for the browser to come back to: {tried}.",
        code="OA-B720",
        why="Other programs use these ports, perhaps a sign-in in another terminal.",
        fix="End those programs, or name other ports, which have to be registered at the issuer: "
        + Run("init", "--redirect-ports", Blank("PORTS"), for_browser=True),
    )


def _attempts(port: int) -> int:
    """Return how often to try a port; any free port of one address may be in use on the other."""
    return 10 if port == 0 else 1


def _listening_sockets(port: int, opened: ExitStack) -> list[socket.socket]:
    """Return a socket for each of the two addresses that this machine has.

    Raises:
        OSError: the port is in use on one of them.
    """
    sockets = []
    for family, host in _HOSTS:
        try:
            each = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue  # a machine without IPv6
        opened.callback(each.close)
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if os.name == "posix":
            # A connection of a sign-in a minute ago (TIME_WAIT) does not block the port; a program
            # that listens does. On Windows the same option would let two programs listen.
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            each.bind((host, port))
        except OSError as error:
            if _means_no_such_address(error):
                continue
            raise
        each.listen(128)  # a queue: other programs may connect before the browser does
        port = each.getsockname()[1]
        sockets.append(each)
    return sockets


def _means_no_such_address(error: OSError) -> bool:
    import errno

    return error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def _read_head(connection: socket.socket, end: float) -> tuple[str, str, dict[str, str]] | None:
    """Return method, target and headers of a request; None if it is not an HTTP request.

    A header that occurs twice has both values, joined by a comma, which no check here accepts.

    Args:
        connection: the browser's connection.
        end: the latest time to read, by the monotonic clock.

    Raises:
        OSError: the connection broke, or the request took too long.
    """
    received = b""
    while b"\r\n\r\n" not in received:
        connection.settimeout(max(0.001, end - time.monotonic()))
        more = connection.recv(16 * 1024)
        received += more
        if not more or len(received) > _LONGEST_HEAD or time.monotonic() > end:
            return None
    lines = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 - RFC 9112, 3
        return None
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        before = headers.get(name.lower())
        headers[name.lower()] = value.strip() if before is None else f"{before}, {value.strip()}"
    return parts[0], parts[1], headers


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it, which closes it


def _empty_reply(status: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode("ascii")
