"""Refusals that no state of the sandbox brings about, by name; `Faults.refuse` has them sent.

What a user, a group, a partition or a token can bring about is not here: tests bring that about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.http_messages import Response, text_response
from osdu_auth.sandbox.platform.refusal_shapes import app_error

if TYPE_CHECKING:
    from collections.abc import Mapping

_PAGE = (
    "<html>\r\n<head><title>{said}</title></head>\r\n"
    "<body>\r\n<center><h1>{said}</h1></center>\r\n</body>\r\n</html>\r\n"
)
_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>{said}</Message>"
    "<RequestId>SANDBOX0000000</RequestId><HostId>sandbox</HostId></Error>"
)
_RESET = (
    "upstream connect error or disconnect/reset before headers. "
    "reset reason: connection termination"
)


def _page(status: int, said: str) -> Response:
    return Response(status, _PAGE.format(said=said).encode(), "text/html")


def _store(said: str) -> Response:
    return Response(403, _XML.format(said=said).encode(), "application/xml")


NAMED_REFUSALS: Mapping[str, Response] = {
    # Istio: words of Envoy's.
    "gateway: audience": text_response(403, "Audiences in Jwt are not allowed"),
    "gateway: policy": text_response(403, "RBAC: access denied"),
    "gateway: too many requests": text_response(429, "local_rate_limited"),
    "gateway: no upstream": text_response(503, "no healthy upstream"),
    "gateway: upstream reset": text_response(503, _RESET),
    "gateway: timeout": text_response(504, "upstream request timeout"),
    # A load balancer of AWS's with a firewall: pages of its own.
    "firewall": _page(403, "403 Forbidden"),
    "load balancer: bad gateway": _page(502, "502 Bad Gateway"),
    "load balancer: unavailable": _page(503, "503 Service Temporarily Unavailable"),
    # The gateway found no user in the token's claims.
    "entitlements: no user": app_error(401, "Unauthorized", "No User Id header provided"),
    "entitlements: other partition": app_error(403, "Access denied", "Invalid data partition id"),
    # A proxy between gateway and service dropped the header.
    "storage: no authorization": app_error(401, "Unauthorized", "Authorization header is missing"),
    "legal: no authorization": Response(401, content_type=""),
    "service: failed": app_error(500, "Server error.", "An unknown error has occurred."),
    "service: busy": app_error(
        429, "Too many requests", "Too many cursor requests, please re-try after some time."
    ),
    # A signed URL of S3's: a token was sent to it, or its time is over.
    "store: token sent": Response(
        400,
        _XML.replace("AccessDenied", "InvalidArgument")
        .format(said="Only one auth mechanism allowed")
        .encode(),
        "application/xml",
    ),
    "store: expired": _store("Request has expired"),
}
"""The refusals by their names."""
