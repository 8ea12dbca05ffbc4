"""The three shapes in which OSDU refuses, and which of them comes when.

1. The service's own, `{"code", "reason", "message"}`: the request reached the service's code
   and that said no. A missing or foreign data partition (400, 403), missing groups (403), an
   unknown record, tag or schema (404), an invalid record or query (400), a tag that exists (409).
2. Spring's, `{"timestamp", "status", "error", "path"}`: the request reached the service's web
   framework and no code took it. An unknown route (404), a wrong method (405), a body that is not
   declared as JSON (415), a body that is not JSON (400). Storage wants a Content-Type of every
   call, and says so for one without a body too (415).
3. The gateway's (Istio), a line of plain text: the request reached no service. A missing, expired
   or bad token (401, with WWW-Authenticate), a good token that the policy refuses, such as an id
   token or another pool's (403), a service that does not exist (404, empty).
"""

from __future__ import annotations

from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING

from osdu_auth.sandbox.messages import Response, json_response, text_response

if TYPE_CHECKING:
    from osdu_auth.sandbox.messages import Headers, Request


class RefusedError(Exception):
    """A request is answered before its work is done.

    Attributes:
        response: The answer.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status}")
        self.response = response


def service_refusal(code: int, reason: str, message: str) -> RefusedError:
    """Return a refusal in the services' own shape."""
    body = {"code": code, "reason": reason, "message": message}
    return RefusedError(json_response(code, body))


def spring_refusal(
    status: int, request: Request, now: float, headers: Headers = (), message: str = ""
) -> RefusedError:
    """Return a refusal in Spring's shape.

    Args:
        status: The HTTP status.
        request: The request, for its path.
        now: The time, in seconds since the epoch.
        headers: Further headers.
        message: What the service adds, where it adds anything.
    """
    moment = datetime.fromtimestamp(now, tz=timezone.utc)
    body = {
        "timestamp": moment.isoformat(timespec="milliseconds"),
        "status": status,
        "error": HTTPStatus(status).phrase,
        **({"message": message} if message else {}),
        "path": request.path,
    }
    return RefusedError(json_response(status, body, headers=headers))


def gateway_refusal(status: int, text: str, headers: Headers = ()) -> RefusedError:
    """Return a refusal in the gateway's shape; an empty text has no body."""
    return RefusedError(text_response(status, text, headers=headers))


def access_denied() -> RefusedError:
    """Return the refusal of a user who lacks the groups."""
    return service_refusal(
        403, "Access denied", "The user is not authorized to perform this action"
    )
