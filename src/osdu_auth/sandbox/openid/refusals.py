"""The errors of OAuth, and what Entra would write for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from osdu_auth.sandbox.http_messages import Response, json_response

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Headers
    from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings

NOT_KEPT: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
"""What an answer with secrets in it says to caches (RFC 6749, section 5.1)."""


class OAuthRefusal(Exception):
    """A refusal as RFC 6749 has it, sections 4.1.2.1 and 5.2.

    Args:
        error: Its name, such as `invalid_grant`.
        description: A sentence for developers.
        number: The number that Entra gives it; `None` where it has none of its own here.
        status: The HTTP status where it is no redirect.
        challenge: The `WWW-Authenticate` header; empty for none.
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
        """Return the answer of an endpoint that no browser asks."""
        challenge = (("WWW-Authenticate", self.challenge),) if self.challenge else ()
        return json_response(self.status, self.members(settings), headers=(*NOT_KEPT, *challenge))

    def redirected(self, settings: OpenIdSettings) -> dict[str, str]:
        """Return the parameters of a redirect."""
        members = self.members(settings)
        return {name: members[name] for name in ("error", "error_description")}


class PageRefusal(Exception):
    """A refusal that is shown to the person and never redirected (RFC 6749, section 4.1.2.1).

    Args:
        reason: Why, in one word or two.
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
    """Return an `invalid_scope` for a scope that is not given."""
    return OAuthRefusal("invalid_scope", f"The scope {scope[:80]!r} is not allowed.", 70011)
