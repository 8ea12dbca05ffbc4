"""How the sign-in domain behaves: as Amazon Cognito's, or another issuer's that a test asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Presence = Literal["right", "absent", "wrong"]
"""Whether a value is there and right, is left out, or is another one than it has to be."""


@dataclass(frozen=True)
class OpenIdSettings:
    """How the sign-in domain behaves; the defaults are Amazon Cognito's.

    What an endpoint answers instead of working is a fault (`Sandbox.faults`), as of any path.

    Attributes:
        has_domain: Whether the pool has a sign-in domain; without one its metadata names endpoints
            under the issuer, which answer `BadRequest`.
        discovery_issuer: The `issuer` that the metadata names; `None` for the right one.
        endpoint_origin: The origin that the metadata names for the endpoints, such as
            `https://login.example.net`; `None` for the sandbox's own.
        has_revocation: Whether there is a revocation endpoint.
        requires_pushed_requests: Whether parameters have to be pushed (RFC 9126).
        promises_response_issuer: Whether the metadata promises `iss` in each authorization
            response (RFC 9207).
        response_issuer: That `iss`.
        nonce: The `nonce` of id tokens.
        at_hash: The `at_hash` of id tokens.
        auth_methods: How a confidential app client may say who it is.
        authorization_error: What the authorization endpoint redirects with instead of showing a
            page, such as `{"error": "server_error"}`; `None` for the page.
        entra_errors: Whether errors have Entra's numbers and texts (`AADSTS…`).
        refresh_token_needs_consent: Whether a refresh token comes only for the scope
            `offline_access` with `prompt=consent` (OpenID Connect Core 1.0, section 11).
        granted_scopes: The scopes that are given, if they were asked for; `None` for all.
        expires_in: How an answer tells the life of its token: as a number, as a text as Entra v1
            does, as 0, or not at all.
        code_seconds: How long a code is good, in seconds.
        code_characters: How long a code is, in characters.
        page_session_seconds: How long a browser stays signed in, in seconds.
        assertion_audiences: Whom the assertions of app clients may be for: `issuer`, or
            `token_endpoint`.
        service_audiences: The audiences of which a service account has to name one; empty for any,
            or none.
        identity_providers: The names of companies' own sign-ins, which `identity_provider` may
            name; their pages are the sandbox's.
    """

    has_domain: bool = True
    discovery_issuer: str | None = None
    endpoint_origin: str | None = None
    has_revocation: bool = True
    requires_pushed_requests: bool = False
    promises_response_issuer: bool = False
    response_issuer: Presence = "absent"
    nonce: Presence = "right"
    at_hash: Presence = "right"
    auth_methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")
    authorization_error: Mapping[str, str] | None = field(default=None)
    entra_errors: bool = False
    refresh_token_needs_consent: bool = False
    granted_scopes: tuple[str, ...] | None = None
    expires_in: Literal["number", "text", "zero", "absent"] = "number"
    code_seconds: float = 300.0
    code_characters: int = 43
    page_session_seconds: float = 3600.0
    assertion_audiences: tuple[str, ...] = ("issuer", "token_endpoint")
    service_audiences: tuple[str, ...] = ()
    identity_providers: tuple[str, ...] = ()
