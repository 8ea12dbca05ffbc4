"""One connection from a client: HTTP/1.1 requests, and one answer to each.

Invariant: a client can neither make it hold more than `LARGEST_BODY` bytes of a body nor make it
wait longer than `IDLE_SECONDS`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from osdu_auth.sandbox.http_messages import NoReply, Request, Response, text_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox.http_messages import Outcome

LARGEST_BODY = 1024 * 1024
"""The largest request body, in bytes; the answer to a longer one is 413."""

IDLE_SECONDS = 60.0
"""How long a connection may stay silent before it is closed, in seconds."""

_DRAIN_SECONDS = 2.0
_DRAIN_BYTES = 32 * 1024 * 1024


class Connection(BaseHTTPRequestHandler):
    """Reads the requests of one connection and writes the outcomes of `answer`.

    Args:
        connection: the accepted socket.
        address: the client's address.
        answer: turns a request into its outcome.
    """

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # With Nagle's algorithm, the second packet of a reply waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True

    def __init__(
        self,
        connection: socket.socket,
        address: tuple[str, int],
        answer: Callable[[Request], Outcome],
    ) -> None:
        self._answer = answer
        super().__init__(connection, address, cast("Any", None))

    def answer_request(self) -> None:
        """Read one whole request and write its answer."""
        refusal = self._refusal_of_malformed_request()
        if refusal is not None:
            self._write(refusal, closing=True)
            self._drain()
            return
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        self._write_outcome(self._answer(self._request(body)))

    # http.server calls do_{METHOD}.
    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = answer_request  # noqa: N815

    def _refusal_of_malformed_request(self) -> Response | None:
        if not self.path.startswith("/"):
            return text_response(400, "The request target must be a path.")
        if len(self.headers.get_all("Host", [])) != 1:
            return text_response(400, "One Host header is required.")
        if "Transfer-Encoding" in self.headers:
            return text_response(411, "Send a Content-Length.")
        lengths = self.headers.get_all("Content-Length", ["0"])
        if len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            return text_response(400, "The Content-Length is not a number.")
        # Ten digits first: Python refuses to convert a number of thousands of digits.
        if len(lengths[0].lstrip("0")) > 10 or int(lengths[0]) > LARGEST_BODY:  # noqa: PLR2004
            return text_response(413, "The body is too large.")
        return None

    def _request(self, body: bytes) -> Request:
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return Request(
            method=self.command,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=headers,
            body=body,
            query_string=query,
        )

    def _write_outcome(self, outcome: Outcome) -> None:
        if isinstance(outcome, NoReply):
            self.close_connection = True
            if outcome.reset:
                # With a linger time of zero seconds, the close that follows is a TCP reset. On
                # Windows the two numbers are shorts.
                linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return
        self._write(outcome, closing=outcome.sent_bytes is not None)

    def _write(self, response: Response, *, closing: bool = False) -> None:
        if closing:
            self.close_connection = True
        lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
        lines.append(f"Date: {self.date_time_string()}")
        if response.content_type:
            lines.append(f"Content-Type: {response.content_type}")
        lines.extend(f"{name}: {value}" for name, value in response.headers)
        lines.append(f"Content-Length: {len(response.body)}")
        lines.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        body = b"" if self.command == "HEAD" else response.body[: response.sent_bytes]
        self.wfile.write(head + body)

    def _drain(self) -> None:
        """Read the rest of the request for a moment.

        A close with unread bytes resets the connection, and the client loses the answer.
        """
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_DRAIN_SECONDS)
            drained = 0
            while drained < _DRAIN_BYTES:
                chunk = self.connection.recv(65536)
                if not chunk:
                    return
                drained += len(chunk)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that could not be read."""
        del explain
        self._write(text_response(int(code), message or _phrase(int(code))), closing=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write nothing: the request log has the request, redacted."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
