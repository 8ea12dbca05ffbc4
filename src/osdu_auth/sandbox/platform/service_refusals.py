"""The refusals of each service before its own work begins, and named refusals for fault injection.

The answers are those of the sources of the services for AWS and of `core-lib-common` (2025-08 to
2026-03): their filters, authorization filters and exception mappers. A 401 of a service means "no
group" more often than "bad token"; it is JSON and has no challenge. Only the gateway sends a
challenge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.sandbox.http_messages import Response, text_response
from osdu_auth.sandbox.platform.refusal_shapes import (
    app_error,
    entitlements_error_page,
    error_page,
    problem,
    schema_error,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.http_messages import Request

_NOT_AUTHORIZED = "The user is not authorized to perform this action"
_UNREADABLE_SEARCH = "Invalid parameters were given on search request"

# Returns the refusal of one request, at a time in seconds since the epoch.
Shape = Callable[["Request", float], "Response"]


@dataclass(frozen=True)
class ServiceRefusals:
    """The answers of a service to requests that it refuses before its own work.

    Attributes:
        no_group: the caller lacks a group.
        no_partition: the request names no data partition.
        other_partition: the data partition that it names does not exist.
        no_route: the path has no route.
        wrong_method: the path has a route, but for other methods.
        wrong_media_type: the body is not declared as JSON.
        unreadable: the body is not JSON.
        partition_first: whether the partition is checked before the route.
    """

    no_group: Shape
    no_partition: Shape
    other_partition: Shape
    no_route: Shape
    wrong_method: Shape
    wrong_media_type: Shape
    unreadable: Shape
    partition_first: bool = False


def _app(code: int, reason: str, message: str) -> Shape:
    return lambda request, now: app_error(code, reason, message)  # noqa: ARG005 - the same for all requests


def _schema(code: int, message: str) -> Shape:
    return lambda request, now: schema_error(code, message)  # noqa: ARG005 - the same for all requests


def _entitlements_page(status: int) -> Shape:
    return lambda request, now: entitlements_error_page(status)  # noqa: ARG005 - the same for all requests


def _no_route(request: Request, now: float) -> Response:
    return error_page(404, request, now)


def _wrong_method(request: Request, now: float) -> Response:
    del now
    return problem(405, request, f"Method '{request.method}' is not supported.")


def _wrong_media_type(request: Request, now: float) -> Response:
    del now
    sent = request.media_type or "null"
    return problem(415, request, f"Content-Type '{sent[:100]}' is not supported.")


def _unreadable(request: Request, now: float) -> Response:
    del now
    return problem(400, request, "Failed to read request")


def _partition_info(request: Request, now: float) -> Response:
    del now
    named = request.headers.get("data-partition-id", "")
    message = f"Error getting partition info for data-partition: {named[:100]}"
    return app_error(403, "Service unavailable", message)


def _schema_media_type(request: Request, now: float) -> Response:
    del now
    return schema_error(415, f"{(request.media_type or 'null')[:100]} media type is not supported.")


# The service's authorization filter gives this answer for every cause: a missing group, a wrong
# partition, an outage of the entitlements service.
_SEARCH_DENIED = _app(401, "Access denied", _NOT_AUTHORIZED)
SEARCH = ServiceRefusals(
    no_group=_SEARCH_DENIED,
    no_partition=_SEARCH_DENIED,
    other_partition=_SEARCH_DENIED,
    no_route=_no_route,
    wrong_method=_wrong_method,
    wrong_media_type=_wrong_media_type,
    unreadable=_app(400, "Bad Request", _UNREADABLE_SEARCH),
)

_INVALID_PARTITION = _app(401, "Unauthorized", "Invalid data partition header provided")
ENTITLEMENTS = ServiceRefusals(
    no_group=_app(401, "Unauthorized", _NOT_AUTHORIZED),
    no_partition=_INVALID_PARTITION,
    other_partition=_INVALID_PARTITION,
    no_route=_entitlements_page(404),
    wrong_method=_wrong_method,
    wrong_media_type=_wrong_media_type,
    unreadable=_unreadable,
)

_OTHER_TENANT = _app(
    403, "Access denied", "You do not have access to the data-partition-id value given"
)
LEGAL = ServiceRefusals(
    no_group=_app(
        401, "Unauthorized", "User does nto have access to the API"
    ),  # The service writes "nto".
    no_partition=_OTHER_TENANT,
    other_partition=_OTHER_TENANT,
    no_route=_no_route,
    wrong_method=_app(405, "Method not found.", "Method not found."),
    wrong_media_type=_wrong_media_type,
    unreadable=_unreadable,
)

_SCHEMA_DENIED = _schema(
    401, "User is not unauthorized to perform this action"
)  # The service writes "not unauthorized".
SCHEMA = ServiceRefusals(
    no_group=_SCHEMA_DENIED,
    no_partition=_schema(401, "data-partition-id header is mandatory"),
    other_partition=_SCHEMA_DENIED,
    no_route=_schema(404, "Resource not found"),
    wrong_method=_wrong_method,
    wrong_media_type=_schema_media_type,
    unreadable=_schema(400, "Bad Request. Invalid Input."),
)

STORAGE = ServiceRefusals(
    no_group=_app(403, "Access denied", _NOT_AUTHORIZED),
    no_partition=_app(400, "Bad Request", "data-partition-id header is missing"),
    other_partition=_partition_info,
    no_route=_no_route,
    wrong_method=_app(405, "Method not found.", "Method not found."),
    wrong_media_type=_wrong_media_type,
    unreadable=_unreadable,
    partition_first=True,
)


_PAGE = (
    "<html>\r\n<head><title>{title}</title></head>\r\n"
    "<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
)
_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>{message}</Message>"
    "<RequestId>SANDBOX0000000</RequestId><HostId>sandbox</HostId></Error>"
)
_RESET = (
    "upstream connect error or disconnect/reset before headers. "
    "reset reason: connection termination"
)


def _page(status: int, title: str) -> Response:
    return Response(status, _PAGE.format(title=title).encode(), "text/html")


def _object_store(message: str) -> Response:
    return Response(403, _XML.format(message=message).encode(), "application/xml")


NAMED_REFUSALS: Mapping[str, Response] = {
    # Istio, with the words of Envoy.
    "gateway: audience": text_response(403, "Audiences in Jwt are not allowed"),
    "gateway: policy": text_response(403, "RBAC: access denied"),
    "gateway: too many requests": text_response(429, "local_rate_limited"),
    "gateway: no upstream": text_response(503, "no healthy upstream"),
    "gateway: upstream reset": text_response(503, _RESET),
    "gateway: timeout": text_response(504, "upstream request timeout"),
    # A load balancer of AWS with a firewall: their own pages.
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
    # A signed URL of S3: a token was sent to it, or it has expired.
    "store: token sent": Response(
        400,
        _XML.replace("AccessDenied", "InvalidArgument")
        .format(message="Only one auth mechanism allowed")
        .encode(),
        "application/xml",
    ),
    "store: expired": _object_store("Request has expired"),
}
"""Refusals that no state of the sandbox causes, by name; a test injects them with `Sandbox.faults`.

Refusals that a user, a group, a partition or a token can cause are not here: a test creates that
cause instead.
"""
