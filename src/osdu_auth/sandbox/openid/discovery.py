"""What the issuer publishes of itself (OpenID Connect Discovery 1.0, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from osdu_auth.sandbox.openid.state import OpenIdState

AUTHORIZE, TOKEN, REVOKE = "/oauth2/authorize", "/oauth2/token", "/oauth2/revoke"
USER_INFO, PUSHED, LOGOUT = "/oauth2/userInfo", "/oauth2/par", "/logout"
"""The paths of the endpoints; all but the one for pushed requests are Amazon Cognito's."""


def metadata(state: OpenIdState, issuer: str) -> dict[str, Any]:
    """Return an issuer's metadata.

    Args:
        state: The sign-in domain.
        issuer: One of the pool's two.
    """
    settings = state.settings
    origin = (settings.endpoint_origin or state.origin) if settings.has_domain else issuer
    told: dict[str, Any] = {
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
        told["revocation_endpoint"] = origin + REVOKE
    if settings.requires_pushed_requests:
        told["pushed_authorization_request_endpoint"] = origin + PUSHED
        told["require_pushed_authorization_requests"] = True
    if settings.promises_response_issuer:
        told["authorization_response_iss_parameter_supported"] = True
    if settings.refresh_token_needs_consent:
        told["scopes_supported"].append("offline_access")
    return told
