"""The shapes of a platform's refusals; `service_refusals` says which service has which shape.

1. OSDU's own, `{"code", "reason", "message"}`, from `core-lib-common`; Search adds `errors`.
2. The schema service's own, `{"error": {"code", "message", "errors": [...]}}`.
3. Spring's error page, `{"timestamp", "status", "error", "path"}`, for an unknown route.
4. Spring's problem details (RFC 9457), for a request that the framework could not read.
5. The entitlements service's error page, which looks like JSON but is not.
6. The gateway's (Istio), a line of plain text, for a request that reached no service.
"""

from __future__ import annotations

from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import Response, json_response, text_response

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Headers, Request

_SCHEMA_REASONS = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "notFound",
    415: "unsupportedMediaType",
}
_LONGEST_PATH = 200


class PlatformRefusal(Exception):
    """A request is refused before its work is done.

    Attributes:
        response: the answer.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status}")
        self.response = response


def app_error(code: int, reason: str, message: str, errors: list[str] | None = None) -> Response:
    """Return a refusal in the services' own shape."""
    body: dict[str, Any] = {"code": code, "reason": reason, "message": message}
    return json_response(code, body if errors is None else {**body, "errors": errors})


def service_refusal(code: int, reason: str, message: str) -> PlatformRefusal:
    """Return a refusal in the services' own shape, to be raised."""
    return PlatformRefusal(app_error(code, reason, message))


def schema_error(code: int, message: str) -> Response:
    """Return a refusal in the schema service's shape."""
    detail = {"domain": "global", "reason": _SCHEMA_REASONS[code], "message": message}
    return json_response(code, {"error": {"code": code, "message": message, "errors": [detail]}})


def error_page(status: int, request: Request, now: float) -> Response:
    """Return a refusal in the shape of Spring's error page.

    Args:
        status: the HTTP status.
        request: the request, for its path.
        now: the time, in seconds since the epoch.
    """
    moment = datetime.fromtimestamp(now, tz=timezone.utc)
    return json_response(
        status,
        {
            "timestamp": moment.isoformat(timespec="milliseconds"),
            "status": status,
            "error": HTTPStatus(status).phrase,
            "path": request.path,
        },
    )


def problem(status: int, request: Request, detail: str) -> Response:
    """Return a refusal in the shape of Spring's problem details (RFC 9457, section 3)."""
    return json_response(
        status,
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "instance": request.path,
        },
        content_type="application/problem+json",
    )


def entitlements_error_page(status: int) -> Response:
    """Return the entitlements service's error page, with a colon in the wrong place.

    The service writes it by hand (`GlobalErrorController`), so no JSON reader can read it.
    """
    phrase = HTTPStatus(status).phrase
    text = f'{{"code": {status}, "reason:": "{phrase}" "message":"An unknown error has occurred" }}'
    return Response(status, text.encode(), "text/html;charset=UTF-8")


def gateway_refusal(status: int, text: str, headers: Headers = ()) -> PlatformRefusal:
    """Return a refusal in the gateway's shape; an empty text has no body."""
    return PlatformRefusal(text_response(status, text, headers=headers))


def not_supported(what: str) -> PlatformRefusal:
    """Return the sandbox's own refusal of what a platform has and the sandbox does not.

    No service answers so: the cause is a limit of the sandbox, not a mistake of the client.

    Args:
        what: the name of what the sandbox does not have.
    """
    message = f"The sandbox does not serve {what[:_LONGEST_PATH]}."
    return service_refusal(501, "Not implemented", message)
