"""Requests from web pages: which pages may call the sandbox (Fetch, "CORS protocol").

Invariant: only a page from a loopback address may call it. AWS allows every page. The sandbox
runs on a developer's own computer, and a page of another site must not call it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.sandbox.http_messages import Response

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Headers, Request

_LOOPBACK_ORIGIN = re.compile(
    r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?\Z", re.IGNORECASE
)
_METHODS = "GET, HEAD, POST, PUT, DELETE, PATCH"
_HEADERS = (
    "authorization", "cache-control", "content-type", "correlation-id", "data-partition-id",
    "x-amz-target", "x-amz-user-agent", "amz-sdk-invocation-id", "amz-sdk-request",
)  # fmt: skip
_HEADER_PREFIXES = ("amz-sdk-", "x-amz-")
_EXPOSED_HEADERS = "correlation-id, date, www-authenticate, x-amzn-errortype, x-amzn-requestid"
_PREFLIGHT_SECONDS = 600
_NAME = re.compile(r"[a-z0-9-]{1,64}\Z")


def preflight_answer(request: Request) -> Response | None:
    """Return the answer to a CORS preflight; `None` if the request is not one.

    Args:
        request: the request.
    """
    wanted = request.headers.get("access-control-request-method")
    if request.method != "OPTIONS" or wanted is None or "origin" not in request.headers:
        return None
    if not _is_loopback(request):
        return Response(403, content_type="")
    asked = request.headers.get("access-control-request-headers", "").lower().split(",")
    prefixed = {
        name
        for name in map(str.strip, asked)
        if _NAME.match(name) and name.startswith(_HEADER_PREFIXES)
    }
    headers: Headers = (
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", ", ".join(sorted(prefixed.union(_HEADERS)))),
        ("Access-Control-Max-Age", str(_PREFLIGHT_SECONDS)),
    )
    if "access-control-request-private-network" in request.headers:
        headers += (("Access-Control-Allow-Private-Network", "true"),)
    return with_cors_headers(request, Response(200, content_type="", headers=headers))


def with_cors_headers(request: Request, response: Response) -> Response:
    """Return a response with the CORS headers that let a page on loopback read it.

    Args:
        request: the request.
        response: its answer.
    """
    if "origin" not in request.headers or not _is_loopback(request):
        return response
    headers: Headers = (
        ("Access-Control-Allow-Origin", request.headers["origin"]),
        ("Access-Control-Expose-Headers", _EXPOSED_HEADERS),
        ("Vary", "Origin"),
    )
    return replace(response, headers=(*response.headers, *headers))


def _is_loopback(request: Request) -> bool:
    return _LOOPBACK_ORIGIN.match(request.headers["origin"]) is not None
