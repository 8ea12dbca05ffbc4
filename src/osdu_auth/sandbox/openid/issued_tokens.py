"""The answers of the token endpoint: tokens for a user, or for an app client itself."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.tokens import access_claims, id_claims, service_claims
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings, Presence
    from osdu_auth.sandbox.openid.state import OpenIdState
    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.sign_ins import SignIn
    from osdu_auth.sandbox.pool.users import User

_ATTRIBUTES_OF_SCOPE = {
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
}
_WRONG = "wrong"


def token_answer(
    state: OpenIdState,
    app_client: AppClient,
    user: User,
    sign_in: SignIn,
    scopes: tuple[str, ...],
    nonce: str | None,
) -> dict[str, Any]:
    """Return the answer of the token endpoint, without a refresh token.

    Args:
        state: the sign-in domain.
        app_client: the app client.
        user: the user who signed in.
        sign_in: the sign-in.
        scopes: the scopes that the app client asks for.
        nonce: the `nonce` that the id token repeats; `None` for none.
    """
    pool, settings = state.pool, state.settings
    granted = _granted_scopes(settings, scopes)
    claims = access_claims(pool, app_client, user, replace(sign_in, scope=" ".join(granted)))
    access_token = pool.keys.for_access_tokens.sign(claims)
    answer: dict[str, Any] = {"access_token": access_token, "token_type": "Bearer"}
    answer |= _lifetime(settings, app_client.access_token_validity)
    if "openid" in scopes:
        id_token_claims = permitted_claims(id_claims(pool, app_client, user, sign_in), user, scopes)
        id_token_claims |= _claim(settings.nonce, "nonce", nonce)
        id_token_claims |= _claim(settings.at_hash, "at_hash", _at_hash(access_token))
        answer["id_token"] = pool.keys.for_id_tokens.sign(id_token_claims)
    if granted != scopes:
        answer["scope"] = " ".join(granted)  # RFC 6749, section 5.1
    return answer


def service_answer(
    state: OpenIdState, app_client: AppClient, scopes: tuple[str, ...], audience: str | None
) -> dict[str, Any]:
    """Return the answer of the token endpoint to an app client without a user.

    Args:
        state: the sign-in domain.
        app_client: the app client.
        scopes: the scopes that it asks for; it may have them all.
        audience: the audience that it names for the token; `None` for none.
    """
    pool, settings = state.pool, state.settings
    granted = _granted_scopes(settings, scopes)
    claims = service_claims(pool, app_client, granted, audience)
    answer: dict[str, Any] = {
        "access_token": pool.keys.for_access_tokens.sign(claims),
        "token_type": "Bearer",
        **_lifetime(settings, app_client.access_token_validity),
    }
    if "openid" in granted:  # Some platforms take the id token.
        id_token_claims = claims | {"token_use": "id", "aud": app_client.client_id}
        answer["id_token"] = pool.keys.for_id_tokens.sign(id_token_claims)
    if granted != scopes:
        answer["scope"] = " ".join(granted)  # RFC 6749, section 5.1
    return answer


def permitted_claims(
    claims: Mapping[str, Any], user: User, scopes: Iterable[str]
) -> dict[str, Any]:
    """Return the claims that an app client may see with its scopes.

    With `openid` alone it may see every attribute (developer guide, "Scopes, M2M, and resource
    servers").

    Args:
        claims: all claims.
        user: the user whom the claims are about.
        scopes: the scopes.
    """
    limiting = {"email", "phone", "profile"}.intersection(scopes)
    if not limiting:
        return dict(claims)
    attributes = user.all_attributes().keys() - {"sub"}
    profile = attributes - _ATTRIBUTES_OF_SCOPE["email"] - _ATTRIBUTES_OF_SCOPE["phone"]
    permitted: set[str] = set()
    for scope in limiting:
        permitted |= _ATTRIBUTES_OF_SCOPE.get(scope, profile)
    return {name: value for name, value in claims.items() if name not in attributes - permitted}


def _granted_scopes(settings: OpenIdSettings, scopes: tuple[str, ...]) -> tuple[str, ...]:
    allowed = settings.granted_scopes
    return tuple(scope for scope in scopes if allowed is None or scope in allowed)


def _lifetime(settings: OpenIdSettings, seconds: int) -> dict[str, Any]:
    members: dict[str, dict[str, Any]] = {
        "number": {"expires_in": seconds},
        "text": {"expires_in": str(seconds)},
        "zero": {"expires_in": 0},
        "absent": {},
    }
    return members[settings.expires_in]


def _claim(presence: Presence, name: str, value: str | None) -> dict[str, str]:
    if presence == _WRONG:
        return {name: base64url(b"something else!!")}
    return {} if value is None or presence == "absent" else {name: value}


def _at_hash(access_token: str) -> str:
    """Return the `at_hash` of an RS256 token (OpenID Connect Core 1.0, section 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64url(digest[: len(digest) // 2])
