"""The userInfo endpoint: whose an access token is (OpenID Connect Core 1.0, section 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.http_messages import json_response
from osdu_auth.sandbox.openid.issued_tokens import told_claims
from osdu_auth.sandbox.openid.refusals import NOT_KEPT, OAuthRefusal
from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.tokens import live_sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request, Response
    from osdu_auth.sandbox.openid.state import OpenIdState


def answer(state: OpenIdState, request: Request) -> Response:
    """Return the user's attributes as far as the token's scopes go.

    Raises:
        OAuthRefusal: `invalid_token` (401), or `insufficient_scope` (403).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _refused("invalid_token", "There is no bearer token.", 401)
    try:
        claims, sign_in = live_sign_in(state.pool, token.strip())
    except PoolError as refusal:
        raise _refused("invalid_token", refusal.message, 401) from refusal
    user = state.pool.find_user(sign_in.username)
    if user is None or not user.enabled:
        raise _refused("invalid_token", "The user is gone, or disabled.", 401)
    scopes = str(claims.get("scope", "")).split()
    if "openid" not in scopes:
        raise _refused("insufficient_scope", "The scope openid is missing.", 403)
    told = told_claims(user.all_attributes(), user, scopes) | {"username": user.username}
    return json_response(200, told, headers=NOT_KEPT)


def _refused(error: str, description: str, status: int) -> OAuthRefusal:
    challenge = f'Bearer error="{error}", error_description="{description}"'
    return OAuthRefusal(error, description, status=status, challenge=challenge)
