"""What travels: a request as it was read, and the three ways in which it can end."""

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
        method: The method, upper case.
        path: The path, still percent-encoded, without its query.
        query: The query parameters, decoded; the last one of a name wins.
        headers: The headers by lower-case name.
        body: The body, in bytes; empty when there was none.
        query_string: The query, still percent-encoded.
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
        status: The status code.
        body: The body, in bytes.
        content_type: Its media type; empty for none.
        headers: Further headers, in order.
        sent_bytes: How much of the body really leaves; `None` is all of it. A smaller
            number promises the whole length and then closes the connection.
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
        reset: Whether it ends with a TCP reset rather than an orderly close.
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


class NotStrictJsonError(ValueError):
    """A body is not JSON as RFC 8259 has it."""


def strict_json(body: bytes) -> Any:
    """Return the value of a JSON body.

    Args:
        body: UTF-8 JSON text, in bytes.

    Raises:
        NotStrictJsonError: For anything RFC 8259 does not allow, `NaN` included, and for
            nesting deeper than the reader can follow.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        if b"\\u" in body:
            # Half a surrogate pair can be escaped but is no text: nothing could encode it again.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise NotStrictJsonError("the body is not JSON") from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
