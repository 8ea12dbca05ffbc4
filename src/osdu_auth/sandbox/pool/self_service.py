"""What a signed-in user may ask of the pool: GetUser, GlobalSignOut, RevokeToken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.signed_tokens import TokenRefusedError, read_signed_token

from .errors import PoolError
from .input_shapes import CLIENT_ID, CLIENT_SECRET, TOKEN, Shape, Text
from .tokens import holder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .user_pool import UserPool

ACCESS_TOKEN_SHAPE: Shape = {"AccessToken": TOKEN}

REVOKE_TOKEN_SHAPE: Shape = {
    "Token": TOKEN,
    "ClientId": CLIENT_ID,
    "ClientSecret": CLIENT_SECRET,
    "RevokeAssociatedSessions": Text(sensitive=False, values=("NONE", "LINKED")),
}


def get_user(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetUser`: the canonical name and the attributes.

    Raises:
        PoolError: If the access token is not good for it.
    """
    user = holder_of(pool, body["AccessToken"])
    attributes = [{"Name": name, "Value": value} for name, value in user.all_attributes().items()]
    reply: dict[str, Any] = {"Username": user.username, "UserAttributes": attributes}
    if user.mfa:
        reply["UserMFASettingList"] = list(user.mfa)
    if user.preferred_mfa:
        reply["PreferredMfaSetting"] = user.preferred_mfa
    return reply


def global_sign_out(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GlobalSignOut`, which revokes every sign-in of the user.

    Raises:
        PoolError: If the access token is not good for it.
    """
    pool.sign_ins.revoke_all_of(holder_of(pool, body["AccessToken"]).username)
    return {}


def revoke_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `RevokeToken`, which revokes one sign-in by a refresh token of it.

    A token that nobody knows is no error: what was to be achieved is the case (RFC 7009,
    section 2.2).

    Raises:
        PoolError: If the secret is not the app client's, or the token is another app
            client's or no refresh token.
    """
    app_client = pool.app_client(body["ClientId"])
    if not app_client.knows_secret(body.get("ClientSecret")):
        # The type is the one the API reference lists for this; the sentence is not published.
        raise PoolError("UnauthorizedException", "Client authentication failed.")
    token = pool.sign_ins.find(body["Token"])
    if token is None:
        _refuse_signed_token(pool, body["Token"])
        return {}
    if token.sign_in.client_id != app_client.client_id:
        raise PoolError("UnauthorizedException", "The token was issued to another client.")
    token.sign_in.revoked = True
    return {}


def _refuse_signed_token(pool: UserPool, token: str) -> None:
    try:
        read_signed_token(token, pool.keys)
    except TokenRefusedError:
        return
    raise PoolError("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
