"""The settings of the sign-in domain, and the metadata that the issuer publishes about it.

By default it behaves as Amazon Cognito's does; a test can make it behave as another issuer's
(OpenID Connect Discovery 1.0, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


AUTHORIZE, TOKEN, REVOKE = "/oauth2/authorize", "/oauth2/token", "/oauth2/revoke"
USER_INFO, PUSHED, LOGOUT = "/oauth2/userInfo", "/oauth2/par", "/logout"
"""The paths of the endpoints; all but the path for pushed requests are Amazon Cognito's."""

Presence = Literal["right", "absent", "wrong"]
"""Whether a value is right, is left out, or is wrong."""


@dataclass(frozen=True)
class OpenIdSettings:
    """How the sign-in domain behaves; the defaults are Amazon Cognito's.

    To make an endpoint fail, inject a fault (`Sandbox.faults`).

    Attributes:
        has_domain: whether the pool has a sign-in domain; without one its metadata names endpoints
            under the issuer, which answer `BadRequest`.
        discovery_issuer: the `issuer` in the metadata; `None` for the right one.
        endpoint_origin: the origin of the endpoints in the metadata, such as
            `https://login.example.net`; `None` for the sandbox's own.
        has_revocation: whether there is a revocation endpoint.
        requires_pushed_requests: whether parameters have to be pushed (RFC 9126).
        promises_response_issuer: whether the metadata promises `iss` in each authorization response
            (RFC 9207).
        response_issuer: the `iss` of authorization responses.
        nonce: the `nonce` of id tokens.
        at_hash: the `at_hash` of id tokens.
        auth_methods: how a confidential app client may authenticate with its secret.
        authorization_error: the parameters with which the authorization endpoint redirects, such as
            `{"error": "server_error"}`; `None` if it shows a page.
        entra_errors: whether errors have Entra's numbers and texts (`AADSTS…`).
        refresh_token_needs_consent: whether a refresh token comes only for the scope
            `offline_access` with `prompt=consent` (OpenID Connect Core 1.0, section 11).
        granted_scopes: the scopes that are granted, if they were asked for; `None` for all.
        expires_in: how an answer states the life of its token: as a number, as a text as Entra v1
            does, as 0, or not at all.
        code_seconds: how long a code is valid, in seconds.
        code_characters: how long a code is, in characters.
        page_session_seconds: how long a browser stays signed in, in seconds.
        assertion_audiences: the audiences that the assertions of app clients may have: `issuer`,
            `token_endpoint`.
        service_audiences: a service account has to name one of these audiences; if this is empty,
            it may name any audience or no audience.
        identity_providers: the values that the parameter `identity_provider` may have: names of
            companies' own sign-in pages. For each of them the sandbox shows its own pages.
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


def metadata(settings: OpenIdSettings, origin: str, issuer: str) -> dict[str, Any]:
    """Return an issuer's metadata.

    Args:
        settings: the settings of the sign-in domain.
        origin: the origin of its endpoints.
        issuer: one of the pool's two issuers.
    """
    origin = (settings.endpoint_origin or origin) if settings.has_domain else issuer
    members: dict[str, Any] = {
        "authorization_endpoint": origin + AUTHORIZE,
        "end_session_endpoint": origin + LOGOUT,
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": settings.discovery_issuer or issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": origin + TOKEN,
        "token_endpoint_auth_methods_supported": list(settings.auth_methods),
        "userinfo_endpoint": origin + USER_INFO,
    }
    if settings.has_revocation:
        members["revocation_endpoint"] = origin + REVOKE
    if settings.requires_pushed_requests:
        members["pushed_authorization_request_endpoint"] = origin + PUSHED
        members["require_pushed_authorization_requests"] = True
    if settings.promises_response_issuer:
        members["authorization_response_iss_parameter_supported"] = True
    if settings.refresh_token_needs_consent:
        members["scopes_supported"].append("offline_access")
    return members
