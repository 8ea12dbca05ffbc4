"""What a signed-in user may ask of the pool about the account as a whole, and RevokeToken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.errors import PoolError, invalid_access_token
from osdu_auth.sandbox.pool.tokens import holder_of
from osdu_auth.sandbox.pool.user_auth import configured_factors
from osdu_auth.sandbox.signed_tokens import TokenRefusedError, read_signed_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User


def get_user(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetUser`: the canonical name and the attributes.

    Raises:
        PoolError: If the access token is not good for it.
    """
    user = holder_of(pool, body["AccessToken"])
    attributes = [{"Name": name, "Value": value} for name, value in user.all_attributes().items()]
    return {"Username": user.username, "UserAttributes": attributes, **_second_factors(user)}


def get_user_auth_factors(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetUserAuthFactors`: what a sign-in may begin with and be asked for.

    Raises:
        PoolError: If the access token is not good for it.
    """
    user = holder_of(pool, body["AccessToken"])
    return {
        "Username": user.username,
        "ConfiguredUserAuthFactors": list(configured_factors(pool, user)),
        **_second_factors(user),
    }


def delete_user(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Delete the user who asks, and revoke every sign-in; `DeleteUser` has no reply.

    Raises:
        PoolError: If the access token is not good for it.
    """
    user = holder_of(pool, body["AccessToken"])
    pool.sign_ins.revoke_all_of(user.username)
    pool.delete_user(user.username)
    return {}


def _second_factors(user: User) -> dict[str, Any]:
    told: dict[str, Any] = {"UserMFASettingList": list(user.mfa)} if user.mfa else {}
    if user.preferred_mfa:
        told["PreferredMfaSetting"] = user.preferred_mfa
    return told


def global_sign_out(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GlobalSignOut`, which revokes every sign-in of the user.

    Raises:
        PoolError: If the access token is not good for it.
    """
    # The model declares no UserNotFoundException here.
    user = holder_of(pool, body["AccessToken"], gone=invalid_access_token)
    pool.sign_ins.revoke_all_of(user.username)
    return {}


def revoke_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `RevokeToken`, which revokes one sign-in by a refresh token of it.

    A token that nobody knows is no error: what was to be achieved is the case (RFC 7009,
    section 2.2).

    Raises:
        PoolError: If the secret is not the app client's, or the token is another app
            client's or no refresh token.
    """
    app_client = pool.find_app_client(body["ClientId"])
    if app_client is None or not app_client.knows_secret(body.get("ClientSecret")):
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
