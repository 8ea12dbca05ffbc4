"""How each service says no before its own work begins.

Read in the sources of the services for AWS and of `core-lib-common` (2025-08 to 2026-03): their
filters, authorization filters and exception mappers. A 401 of a service means "no group" more
often than "bad token", it is JSON and has no challenge; the gateway alone sends one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.sandbox.platform.refusal_shapes import (
    app_error,
    entitlements_error_page,
    error_page,
    problem,
    schema_error,
)

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request, Response

_NOT_AUTHORIZED = "The user is not authorized to perform this action"
_UNREADABLE_SEARCH = "Invalid parameters were given on search request"

# A refusal of one request, at a moment in seconds since the epoch.
Shape = Callable[["Request", float], "Response"]


@dataclass(frozen=True)
class ServiceRefusals:
    """What a service answers to a request that it does not work on.

    Attributes:
        no_group: The caller lacks a group.
        no_partition: No data partition is named.
        other_partition: The one that is named is not there.
        no_route: There is nothing under this path.
        wrong_method: There is something, for other methods.
        wrong_media_type: The body is not declared as JSON.
        unreadable: The body is not JSON.
        partition_first: Whether the partition is looked at before the route.
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
    return lambda request, now: app_error(code, reason, message)  # noqa: ARG005 - one for all


def _schema(code: int, message: str) -> Shape:
    return lambda request, now: schema_error(code, message)  # noqa: ARG005 - one for all


def _entitlements_page(status: int) -> Shape:
    return lambda request, now: entitlements_error_page(status)  # noqa: ARG005 - one for all


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


# Its authorization filter swallows the cause of every refusal, a wrong partition's too, and even
# an outage of the entitlements service.
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
    no_group=_app(401, "Unauthorized", "User does nto have access to the API"),  # their spelling
    no_partition=_OTHER_TENANT,
    other_partition=_OTHER_TENANT,
    no_route=_no_route,
    wrong_method=_app(405, "Method not found.", "Method not found."),
    wrong_media_type=_wrong_media_type,
    unreadable=_unreadable,
)

_SCHEMA_DENIED = _schema(401, "User is not unauthorized to perform this action")  # their words
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
