"""Browsers: what a page on this computer may ask of the sandbox (Fetch, "CORS protocol").

The law of this module: only a page that itself came from a loopback address is let in. AWS lets in
every page; here the far end is a developer's own computer, and another page has nothing to ask.
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
_HEADER_FAMILIES = ("amz-sdk-", "x-amz-")
_EXPOSED = "correlation-id, date, www-authenticate, x-amzn-errortype, x-amzn-requestid"
_REMEMBERED_SECONDS = 600
_NAME = re.compile(r"[a-z0-9-]{1,64}\Z")


def preflight_answer(request: Request) -> Response | None:
    """Return the answer to a browser's question before a request; `None` if it is none.

    Args:
        request: The request.
    """
    wanted = request.headers.get("access-control-request-method")
    if request.method != "OPTIONS" or wanted is None or "origin" not in request.headers:
        return None
    if not _is_loopback(request):
        return Response(403, content_type="")
    asked = request.headers.get("access-control-request-headers", "").lower().split(",")
    families = {
        name
        for name in map(str.strip, asked)
        if _NAME.match(name) and name.startswith(_HEADER_FAMILIES)
    }
    headers: Headers = (
        ("Access-Control-Allow-Methods", _METHODS),
        ("Access-Control-Allow-Headers", ", ".join(sorted(families.union(_HEADERS)))),
        ("Access-Control-Max-Age", str(_REMEMBERED_SECONDS)),
    )
    if "access-control-request-private-network" in request.headers:
        headers += (("Access-Control-Allow-Private-Network", "true"),)
    return readable(request, Response(200, content_type="", headers=headers))


def readable(request: Request, response: Response) -> Response:
    """Return a response that the page a request came from may read, if it is a page of ours.

    Args:
        request: The request.
        response: Its answer.
    """
    if "origin" not in request.headers or not _is_loopback(request):
        return response
    headers: Headers = (
        ("Access-Control-Allow-Origin", request.headers["origin"]),
        ("Access-Control-Expose-Headers", _EXPOSED),
        ("Vary", "Origin"),
    )
    return replace(response, headers=(*response.headers, *headers))


def _is_loopback(request: Request) -> bool:
    return _LOOPBACK_ORIGIN.match(request.headers["origin"]) is not None
