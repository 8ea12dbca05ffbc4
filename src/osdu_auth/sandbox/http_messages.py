"""HTTP messages: a request, a response, the end of a connection without one, and strict JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """One HTTP request, read whole.

    Attributes:
        method: the method, upper case.
        path: the path, still percent-encoded, without its query.
        query: the query parameters, decoded; the last one of a name wins.
        headers: the headers by lower-case name.
        body: the body, in bytes; empty if there was none.
        query_string: the query, still percent-encoded.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query_string: str = ""

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Response:
    """One HTTP response.

    Attributes:
        status: the status code.
        body: the body, in bytes.
        content_type: its media type; empty for none.
        headers: further headers, in order.
        sent_bytes: how many bytes of the body are sent; `None` for all. With a smaller number,
            Content-Length still has the whole length, and then the connection is closed.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Headers = ()
    sent_bytes: int | None = None


@dataclass(frozen=True)
class NoReply:
    """The connection ends without an answer.

    Attributes:
        reset: whether it ends with a TCP reset rather than an orderly close.
    """

    reset: bool = False


Outcome = Response | NoReply


def json_response(
    status: int,
    value: Any,
    *,
    content_type: str = "application/json",
    headers: Headers = (),
) -> Response:
    """Return `value` as a JSON response."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Response(status=status, body=body, content_type=content_type, headers=headers)


def text_response(status: int, text: str, *, headers: Headers = ()) -> Response:
    """Return `text` as a plain text response."""
    return Response(status=status, body=text.encode(), content_type="text/plain", headers=headers)


class NotStrictJson(ValueError):
    """A body is not JSON as RFC 8259 defines it."""


def strict_json(body: bytes) -> Any:
    """Return the value of a JSON body.

    Args:
        body: UTF-8 JSON text, in bytes.

    Raises:
        NotStrictJson: RFC 8259 does not allow it (`NaN`, for example), or it is nested too deeply.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        if b"\\u" in body:
            # An escape can name half of a surrogate pair, which is not a character of UTF-8.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise NotStrictJson("the body is not JSON") from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
