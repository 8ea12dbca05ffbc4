"""Renewal: fresh tokens for a refresh token, by either of the two doors.

`REFRESH_TOKEN_AUTH` is a flow of InitiateAuth: it wants a secret hash over the canonical user
name, which the caller of an alias does not know, and it is shut when rotation is on.
`GetTokensFromRefreshToken` is an operation: it takes the raw secret and rotates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.device_rules import are_tracked
from osdu_auth.sandbox.pool.errors import (
    PoolError,
    disabled_user,
    invalid_parameter,
    invalid_refresh_token,
    missing_parameter,
    not_authorized,
)
from osdu_auth.sandbox.pool.sign_ins import REUSE
from osdu_auth.sandbox.pool.tokens import renewed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.sign_ins import RefreshToken
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User


def refresh_token_auth(
    pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Return the reply to the flow REFRESH_TOKEN_AUTH, which never holds a refresh token.

    Args:
        pool: The pool.
        app_client: The app client that asks.
        parameters: The `AuthParameters`.

    Raises:
        PoolError: Whatever forbids the renewal.
    """
    if app_client.rotation:
        # That it is refused is in the developer guide; the sentence is not published.
        raise invalid_parameter("REFRESH_TOKEN_AUTH flow not enabled for this client")
    value = parameters.get("REFRESH_TOKEN")
    if not value:
        raise missing_parameter("REFRESH_TOKEN")
    received = parameters.get("SECRET_HASH")
    known = pool.sign_ins.find(value)
    # Without a user to hash for, a hash can only be missing, not wrong.
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
    tokens = renewed(pool, app_client, _user_of(pool, token), token.sign_in)
    return {"ChallengeParameters": {}, "AuthenticationResult": tokens}


def _usable(pool: UserPool, app_client: AppClient, value: str) -> RefreshToken:
    """Return a refresh token; the model has no RefreshTokenReuseException for InitiateAuth."""
    try:
        return pool.sign_ins.usable(value, app_client, pool.clock.now())
    except PoolError as refusal:
        if refusal.kind != REUSE:
            raise
        raise invalid_refresh_token() from refusal


def get_tokens_from_refresh_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetTokensFromRefreshToken`, with a new refresh token on rotation.

    Raises:
        PoolError: Whatever forbids the renewal.
    """
    app_client = pool.app_client(body["ClientId"])
    secret = body.get("ClientSecret")
    if app_client.client_secret is not None and secret is None:
        raise not_authorized(
            f"Client {app_client.client_id} is configured for secret but secret was not received"
        )
    if not app_client.knows_secret(secret):
        # The sentence for a raw secret is not published; this is the one for its hash.
        raise not_authorized(f"Unable to verify secret hash for client {app_client.client_id}")
    now = pool.clock.now()
    token = pool.sign_ins.usable(body["RefreshToken"], app_client, now)
    _check_device(pool, token, body.get("DeviceKey"))
    tokens = renewed(pool, app_client, _user_of(pool, token), token.sign_in)
    if app_client.rotation:
        # The grace period runs from the first exchange: a second one must not prolong it.
        token.replaced = now if token.replaced is None else token.replaced
        tokens["RefreshToken"] = pool.sign_ins.new_refresh_token(token.sign_in).value
    return {"AuthenticationResult": tokens}


def _check_device(pool: UserPool, token: RefreshToken, device_key: str | None) -> None:
    """Refuse a renewal without the key of the sign-in's own, confirmed device.

    A sign-in from before the pool tracked devices has none and needs none.
    """
    sign_in = token.sign_in
    if not are_tracked(pool) or sign_in.device_key is None:
        return
    known = pool.devices.confirmed(device_key, sign_in.username)
    if known is None or device_key != sign_in.device_key:
        raise invalid_refresh_token()


def _user_of(pool: UserPool, token: RefreshToken) -> User:
    user = pool.find_user(token.sign_in.username)
    if user is None:
        raise invalid_refresh_token()
    if not user.enabled:
        raise disabled_user()
    return user
