"""A line of the trace for each request (`osdu_auth.log`): operation, host, proxy, reply.

    request InitiateAuth host=cognito-idp.us-east-1.amazonaws.com proxy=none ms=182 status=200 id=…

Invariant: of a URL the line shows the host and the part of the path that names a service's
operation. The rest of the path may name a record or a user, and headers and bodies contain tokens.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import OsduAuthError
from osdu_auth.log import trace
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from osdu_auth.url import Url

# The headers in which AWS and OSDU services, and gateways before them, send a request's id.
_IDS = (
    "x-amzn-requestid",
    "x-amz-request-id",
    "correlation-id",
    "x-correlation-id",
    "x-request-id",
)
_TARGET = "X-Amz-Target"
_SHOWN_SEGMENTS = 4  # as in /api/storage/v2/records
_LONGEST = 100  # characters


class TracedReply:
    """The details of a reply that the trace shows."""

    status = "none"
    request_id = "none"

    def note(self, status: object, headers: Mapping[str, Any]) -> None:
        """Note a reply.

        Args:
            status: the HTTP status.
            headers: by lower-case name.
        """
        self.status = printable(str(status), _LONGEST)
        named = next((str(headers[name]) for name in _IDS if headers.get(name)), "none")
        self.request_id = printable(named, _LONGEST)


@contextmanager
def traced_request(operation: str, host: str, proxy: str | None) -> Iterator[TracedReply]:
    """Log one line about the request that the block makes.

    Args:
        operation: see `operation_of`, or a service's own name of the operation.
        host: the host, with the port if it is not the usual one.
        proxy: host and port of the proxy; None where there is none.
    """
    answer, begin = TracedReply(), time.monotonic()
    try:
        yield answer
    except OsduAuthError as error:
        if answer.status == "none":
            answer.status = error.code
        raise
    except Exception as error:
        if answer.status == "none":
            answer.status = type(error).__name__
        raise
    finally:
        trace(
            "request %s host=%s proxy=%s ms=%.0f status=%s id=%s",
            *(operation, printable(host, _LONGEST), proxy or "none"),
            *((time.monotonic() - begin) * 1000, answer.status, answer.request_id),
        )


def operation_of(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return the operation of a request, without the parts that may name a record or a user.

    Args:
        method: the HTTP method.
        path: the path and the query.
        headers: the headers of the request.
    """
    target = headers.get(_TARGET)
    if target is not None:
        return printable(target.rpartition(".")[2], _LONGEST)
    segments = path.partition("?")[0].split("/")[1:]
    shown = [segment for segment in segments[:_SHOWN_SEGMENTS] if _names_no_user(segment)]
    more = ["…"] if len(shown) < len(segments) else []
    return printable(f"{method} /{'/'.join([*shown, *more])}", _LONGEST)


def proxy_of(target: Url) -> str | None:
    """Return host and port of the proxy of a call; None where the call is direct."""
    from osdu_auth.wire.proxies import proxy_for

    try:
        proxy = proxy_for(target, os.environ)
    except OsduAuthError:  # the call itself raises this error too
        return None
    return None if proxy is None else proxy.shown


def _names_no_user(segment: str) -> bool:
    return "@" not in segment and "%" not in segment
