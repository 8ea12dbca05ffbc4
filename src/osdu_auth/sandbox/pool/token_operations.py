"""The operations on tokens: renewal, RevokeToken, and GetClientToken.

There are two ways to renew. `REFRESH_TOKEN_AUTH` is a flow of InitiateAuth: it needs a secret hash
over the canonical user name, which a client that signed in with an alias does not know, and it is
refused when rotation is on. `GetTokensFromRefreshToken` is an operation of its own: it takes the
raw secret, and replaces the refresh token of an app client with rotation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.errors import (
    PoolError,
    disabled_user,
    invalid_parameter,
    invalid_refresh_token,
    missing_parameter,
    not_authorized,
)
from osdu_auth.sandbox.pool.sign_ins import REFRESH_TOKEN_REUSE
from osdu_auth.sandbox.pool.tokens import renewed_tokens, service_claims
from osdu_auth.sandbox.signed_tokens import TokenRefused, read_signed_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.sign_ins import RefreshToken
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

_CLIENT_TOKEN_FLOW = "ALLOW_CLIENT_TOKEN_AUTH"  # noqa: S105 - a flow's name


def refresh_token_auth(
    pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Return the reply to the flow REFRESH_TOKEN_AUTH, which never contains a refresh token.

    Args:
        pool: the pool.
        app_client: the app client that asks.
        parameters: the `AuthParameters`.

    Raises:
        PoolError: the renewal is refused.
    """
    if app_client.rotation:
        # The developer guide says that it is refused; the sentence is not published.
        raise invalid_parameter("REFRESH_TOKEN_AUTH flow not enabled for this client")
    value = parameters.get("REFRESH_TOKEN")
    if not value:
        raise missing_parameter("REFRESH_TOKEN")
    received = parameters.get("SECRET_HASH")
    known = pool.sign_ins.find_refresh_token(value)
    # The hash is over the user name: without a user it can be missing, but not wrong.
    if known is not None:
        app_client.check_secret_hash(
            received,
            known.sign_in.username,
            "SecretHash does not match for the client: {client_id}",
        )
    elif received is None:
        app_client.check_secret_hash(None, "")
    token = _usable(pool, app_client, value)
    _check_device(pool, token, parameters.get("DEVICE_KEY"))
    tokens = renewed_tokens(pool, app_client, _user_of(pool, token), token.sign_in)
    return {"ChallengeParameters": {}, "AuthenticationResult": tokens}


def _usable(pool: UserPool, app_client: AppClient, value: str) -> RefreshToken:
    """Return a usable refresh token; InitiateAuth declares no RefreshTokenReuseException."""
    try:
        return pool.sign_ins.usable_refresh_token(value, app_client, pool.clock.now())
    except PoolError as refusal:
        if refusal.kind != REFRESH_TOKEN_REUSE:
            raise
        raise invalid_refresh_token() from refusal


def get_tokens_from_refresh_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetTokensFromRefreshToken`, with a new refresh token on rotation.

    Raises:
        PoolError: the renewal is refused.
    """
    app_client = pool.app_client(body["ClientId"])
    secret = body.get("ClientSecret")
    if app_client.client_secret is not None and secret is None:
        raise not_authorized(
            f"Client {app_client.client_id} is configured for secret but secret was not received"
        )
    if not app_client.accepts_secret(secret):
        # The sentence for a raw secret is not published; this one is for its hash.
        raise not_authorized(f"Unable to verify secret hash for client {app_client.client_id}")
    now = pool.clock.now()
    token = pool.sign_ins.usable_refresh_token(body["RefreshToken"], app_client, now)
    _check_device(pool, token, body.get("DeviceKey"))
    tokens = renewed_tokens(pool, app_client, _user_of(pool, token), token.sign_in)
    if app_client.rotation:
        # The grace period runs from the first exchange: a second one must not extend it.
        token.replaced = now if token.replaced is None else token.replaced
        tokens["RefreshToken"] = pool.sign_ins.new_refresh_token(token.sign_in).value
    return {"AuthenticationResult": tokens}


def _check_device(pool: UserPool, token: RefreshToken, device_key: str | None) -> None:
    """Refuse a renewal that does not name the confirmed device of its sign-in.

    A sign-in from before the pool tracked devices has no device and needs none.
    """
    sign_in = token.sign_in
    if not pool.tracks_devices or sign_in.device_key is None:
        return
    known = pool.devices.find_confirmed(device_key, sign_in.username)
    if known is None or device_key != sign_in.device_key:
        raise invalid_refresh_token()


def _user_of(pool: UserPool, token: RefreshToken) -> User:
    user = pool.find_user(token.sign_in.username)
    if user is None:
        raise invalid_refresh_token()
    if not user.enabled:
        raise disabled_user()
    return user


def revoke_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `RevokeToken`, which revokes the sign-in of a refresh token.

    An unknown token is not an error: it counts as revoked (RFC 7009, section 2.2).

    Raises:
        PoolError: the secret is wrong, the token belongs to another app client, or it is not a
            refresh token.
    """
    app_client = pool.find_app_client(body["ClientId"])
    if app_client is None or not app_client.accepts_secret(body.get("ClientSecret")):
        # The API reference lists this type; the sentence is not published.
        raise PoolError("UnauthorizedException", "Client authentication failed.")
    token = pool.sign_ins.find_refresh_token(body["Token"])
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
    except TokenRefused:
        return
    raise PoolError("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")


def get_client_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetClientToken`: an access token for the app client itself.

    Raises:
        PoolError: the app client is unknown, may use other flows too, sends a wrong secret, or asks
            for a scope that it does not have.
    """
    app_client = pool.app_client(body["ClientId"])
    # The types of these errors are in the model; their sentences are not published.
    if app_client.explicit_auth_flows != {_CLIENT_TOKEN_FLOW}:
        raise PoolError(
            "OperationNotEnabledException", f"{_CLIENT_TOKEN_FLOW} is not enabled for the client."
        )
    if app_client.client_secret is None or not app_client.accepts_secret(body["Secret"]):
        raise not_authorized("The client secret is not valid for the client.")
    scopes = tuple(body.get("Scopes") or app_client.allowed_oauth_scopes)
    if any(scope not in app_client.allowed_oauth_scopes for scope in scopes):
        raise invalid_parameter("A scope is not configured for the client.")
    claims = service_claims(pool, app_client, scopes)
    result = {
        "AccessToken": pool.keys.for_access_tokens.sign(claims),
        "ExpiresIn": app_client.access_token_validity,
        "TokenType": "Bearer",
    }
    return {"ClientAuthenticationResult": result}
