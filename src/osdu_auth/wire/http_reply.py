"""A strict reader of one HTTP/1.1 reply (RFC 9112); the connection ends with the reply.

`http.client` is not used, for two reasons. It imports `email`, which takes a quarter of the time of
a whole sign-in. And it accepts a head that was cut off, down to "HTTP/1.1 200", so that a broken
connection would look like a successful sign-out.
"""

from __future__ import annotations

import re

from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.wire.channel import TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.wire.channel import Channel

MOST_HEADERS = 100

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?", re.DOTALL)
_STATUS_LINE_START = b"HTTP/1."
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_LENGTH = re.compile(r"([0-9]{1,15})(?:[ \t]*,[ \t]*\1)*")  # it may be repeated if it is the same
_CHUNK_LINE = rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?"

_SWITCHING_PROTOCOLS, _OK, _NO_CONTENT, _NOT_MODIFIED = 101, 200, 204, 304


class NotHttp(ValueError):
    """What was received is not an HTTP/1.1 reply."""


class EndedEarly(ValueError):
    """The server closed the connection before its reply was complete."""


class ReplyReader:
    """Reads one reply.

    Args:
        channel: the connection.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._received = bytearray()

    def read_head(self) -> tuple[int, dict[str, str]]:
        """Return the status and the headers by lower-case name; skip interim replies.

        Raises:
            NotHttp, EndedEarly, TooLarge: the head is invalid, incomplete or too large.
            OSError: the connection broke, or the deadline passed.
        """
        while True:
            status = self._read_status()
            headers = self._read_headers()
            if status >= _OK:
                return status, headers
            if status == _SWITCHING_PROTOCOLS:
                raise NotHttp("the server changed the protocol without a request")

    def read_body(self, method: str, status: int, headers: Mapping[str, str], limit: int) -> bytes:
        """Return the body, with the transfer coding decoded (RFC 9112, section 6.3).

        Args:
            method: the method of the request.
            status: the status of `read_head()`.
            headers: the headers of `read_head()`.
            limit: the most bytes that are accepted.

        Raises:
            NotHttp, EndedEarly, TooLarge: the body is invalid, incomplete or too large.
            OSError: the connection broke, or the deadline passed.
        """
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if method == "HEAD" or status in {_NO_CONTENT, _NOT_MODIFIED}:
            return b""
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise NotHttp("the body has two lengths, or an unknown transfer coding")
            return self._read_chunks(limit)
        if length is None:
            return self._read_to_the_end(limit)
        match = _LENGTH.fullmatch(length)
        if match is None:
            raise NotHttp("the body's length is not a number")
        return self._read_exactly(int(match[1]), limit)

    def _read_status(self) -> int:
        while len(self._received) < len(_STATUS_LINE_START):
            # Another beginning is refused at once: it may never send the end of a line.
            if not _STATUS_LINE_START.startswith(self._received):
                break
            self._receive()
        if not self._received.startswith(_STATUS_LINE_START):
            raise NotHttp("that is not a status line")
        match = _STATUS_LINE.fullmatch(self._read_line())
        if match is None:
            raise NotHttp("that is not a status line")
        return int(match[1])

    def _read_headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(MOST_HEADERS + 1):
            line = self._read_line()
            if not line:
                return headers
            match = _HEADER_LINE.fullmatch(line)
            if match is None:
                raise NotHttp("that is not a header")
            name, value = match[1].decode("ascii").lower(), match[2].decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        raise NotHttp("there are too many headers")

    def _read_chunks(self, limit: int) -> bytes:
        body = bytearray()
        while True:
            match = re.fullmatch(_CHUNK_LINE, self._read_line(), re.DOTALL)
            if match is None:
                raise NotHttp("that is not the size of a chunk")
            size = int(match[1], 16)
            if not size:
                self._read_headers()  # the trailer section, which is ignored
                return bytes(body)
            body += self._read_exactly(size, limit - len(body))
            if self._read_line():
                raise NotHttp("a chunk is longer than it says")

    def _read_exactly(self, count: int, limit: int) -> bytes:
        if count > limit:
            raise TooLarge("more was announced than is allowed")
        while len(self._received) < count:
            self._receive()
        return self._take(count)

    def _read_to_the_end(self, limit: int) -> bytes:
        try:
            while len(self._received) <= limit:
                self._receive()
        except EndedEarly:
            return self._take(len(self._received))
        raise TooLarge("more was received than is allowed")

    def _read_line(self) -> bytes:
        """Return the bytes before the next line break: CRLF, or LF, which some servers send."""
        seen = 0
        while (end := self._received.find(b"\n", seen)) < 0:
            seen = len(self._received)
            self._receive()
        line = bytes(self._received[:end]).removesuffix(b"\r")
        del self._received[: end + 1]
        return line

    def _receive(self) -> None:
        content = self._channel.receive()
        if not content:
            raise EndedEarly("the reply is not complete")
        self._received += content

    def _take(self, count: int) -> bytes:
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken
