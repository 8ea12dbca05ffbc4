"""The tokens of a sign-in in a browser, as the token endpoint answers with them."""

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

_OF_SCOPE = {
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
        state: The sign-in domain.
        app_client: The app client.
        user: Who signed in.
        sign_in: The sign-in.
        scopes: What is asked for.
        nonce: The one that the id token repeats; `None` for none.
    """
    pool, settings = state.pool, state.settings
    given = tuple(
        scope
        for scope in scopes
        if settings.granted_scopes is None or scope in settings.granted_scopes
    )
    claims = access_claims(pool, app_client, user, replace(sign_in, scope=" ".join(given)))
    access_token = pool.keys.for_access_tokens.sign(claims)
    answer: dict[str, Any] = {"access_token": access_token, "token_type": "Bearer"}
    answer |= _lifetime(settings, app_client.access_token_validity)
    if "openid" in scopes:
        told = told_claims(id_claims(pool, app_client, user, sign_in), user, scopes)
        told |= _bound(settings.nonce, "nonce", nonce)
        told |= _bound(settings.at_hash, "at_hash", _left_half(access_token))
        answer["id_token"] = pool.keys.for_id_tokens.sign(told)
    if given != scopes:
        answer["scope"] = " ".join(given)  # RFC 6749, section 5.1
    return answer


def service_answer(
    state: OpenIdState, app_client: AppClient, scopes: tuple[str, ...], audience: str | None
) -> dict[str, Any]:
    """Return the answer of the token endpoint to an app client that asks for itself.

    Args:
        state: The sign-in domain.
        app_client: The app client.
        scopes: What it asks for, and has.
        audience: What it names the token for; `None` for nothing.
    """
    pool, settings = state.pool, state.settings
    given = tuple(
        scope
        for scope in scopes
        if settings.granted_scopes is None or scope in settings.granted_scopes
    )
    claims = service_claims(pool, app_client, given, audience)
    answer: dict[str, Any] = {
        "access_token": pool.keys.for_access_tokens.sign(claims),
        "token_type": "Bearer",
        **_lifetime(settings, app_client.access_token_validity),
    }
    if "openid" in given:  # as issuers do whose platform is sent the id token
        told = claims | {"token_use": "id", "aud": app_client.client_id}
        answer["id_token"] = pool.keys.for_id_tokens.sign(told)
    if given != scopes:
        answer["scope"] = " ".join(given)  # RFC 6749, section 5.1
    return answer


def told_claims(claims: Mapping[str, Any], user: User, scopes: Iterable[str]) -> dict[str, Any]:
    """Return the claims that scopes let an app client know.

    `openid` alone is every attribute (developer guide, "Scopes, M2M, and resource servers").

    Args:
        claims: All of them.
        user: Whose they are.
        scopes: The scopes.
    """
    asked = {"email", "phone", "profile"}.intersection(scopes)
    if not asked:
        return dict(claims)
    attributes = user.all_attributes().keys() - {"sub"}
    profile = attributes - _OF_SCOPE["email"] - _OF_SCOPE["phone"]
    let: set[str] = set()
    for scope in asked:
        let |= _OF_SCOPE.get(scope, profile)
    return {name: value for name, value in claims.items() if name not in attributes - let}


def _lifetime(settings: OpenIdSettings, seconds: int) -> dict[str, Any]:
    told: dict[str, dict[str, Any]] = {
        "number": {"expires_in": seconds},
        "text": {"expires_in": str(seconds)},
        "zero": {"expires_in": 0},
        "absent": {},
    }
    return told[settings.expires_in]


def _bound(presence: Presence, name: str, value: str | None) -> dict[str, str]:
    if presence == _WRONG:
        return {name: base64url(b"something else!!")}
    return {} if value is None or presence == "absent" else {name: value}


def _left_half(access_token: str) -> str:
    """Return the `at_hash` of an RS256 token (OpenID Connect Core 1.0, section 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64url(digest[: len(digest) // 2])
