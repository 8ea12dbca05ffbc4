"""The errors of OAuth, and the numbers and texts that Entra has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from osdu_auth.sandbox.http_messages import Response, json_response

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Headers
    from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings

NOT_CACHED: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
"""The headers of an answer that contains secrets (RFC 6749, section 5.1)."""


class OAuthRefusal(Exception):
    """An error of OAuth (RFC 6749, sections 4.1.2.1 and 5.2).

    Args:
        error: the error's name, such as `invalid_grant`.
        description: a sentence for developers.
        number: Entra's number for it; `None` for no number.
        status: the HTTP status, where the answer is no redirect.
        challenge: the `WWW-Authenticate` header; empty for none.
    """

    def __init__(
        self,
        error: str,
        description: str,
        number: int | None = None,
        *,
        status: int = 400,
        challenge: str = "",
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.number = number
        self.status = status
        self.challenge = challenge

    def members(self, settings: OpenIdSettings) -> dict[str, Any]:
        """Return the members of the answer."""
        if not settings.entra_errors or self.number is None:
            return {"error": self.error, "error_description": self.description}
        trace = str(uuid4())
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self.description} Trace ID: {trace}\r\n"
            "Timestamp: 2026-01-01 00:00:00Z",
            "error_codes": [self.number],
            "trace_id": trace,
        }

    def reply(self, settings: OpenIdSettings) -> Response:
        """Return the answer of an endpoint that app clients call directly."""
        challenge = (("WWW-Authenticate", self.challenge),) if self.challenge else ()
        return json_response(self.status, self.members(settings), headers=(*NOT_CACHED, *challenge))

    def redirect_parameters(self, settings: OpenIdSettings) -> dict[str, str]:
        """Return the parameters of a redirect."""
        members = self.members(settings)
        return {name: members[name] for name in ("error", "error_description")}


class PageRefusal(Exception):
    """A refusal that is shown to the user and never redirected (RFC 6749, section 4.1.2.1).

    Args:
        reason: the reason, in one word or two.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def invalid_request(description: str) -> OAuthRefusal:
    """Return an `invalid_request`."""
    return OAuthRefusal("invalid_request", description)


def invalid_grant(description: str, number: int) -> OAuthRefusal:
    """Return an `invalid_grant`; see `OAuthRefusal`."""
    return OAuthRefusal("invalid_grant", description, number)


def invalid_scope(scope: str) -> OAuthRefusal:
    """Return an `invalid_scope` for a scope that is not allowed."""
    return OAuthRefusal("invalid_scope", f"The scope {scope[:80]!r} is not allowed.", 70011)
