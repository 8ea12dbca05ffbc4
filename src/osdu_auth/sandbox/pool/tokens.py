"""Tokens of a sign-in: minting them, and telling whose an access token is.

Claims and their names are those of Amazon Cognito's developer guide, "Understanding the access
token" and "Understanding the identity token".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from osdu_auth.sandbox.pool.device_rules import are_tracked
from osdu_auth.sandbox.pool.errors import (
    disabled_user,
    invalid_access_token,
    missing_parameter,
    not_authorized,
    unknown_user,
)
from osdu_auth.sandbox.pool.sign_ins import SELF_SERVICE_SCOPE, SignIn
from osdu_auth.sandbox.signed_tokens import TokenRefusedError, read_signed_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.errors import PoolError
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

Claims = dict[str, Any]


def new_sign_in(
    pool: UserPool,
    app_client: AppClient,
    user: User,
    scopes: Iterable[str] = (SELF_SERVICE_SCOPE,),
    *,
    device_key: str | None = None,
    proven_by_srp: bool = False,
) -> Claims:
    """Return the `AuthenticationResult` of a sign-in that has just succeeded.

    Args:
        pool: The pool.
        app_client: The app client that asked for it.
        user: The user.
        scopes: The access token's scopes.
        device_key: The device that has proven itself; without one a pool that tracks devices
            gives a new key.
        proven_by_srp: Whether the password was proven and not sent: only then can the new key
            be confirmed.
    """
    now = pool.clock.now()
    new_device = None
    if device_key is None and are_tracked(pool):
        new_device = pool.devices.add(
            pool.region, user.username, now, can_be_confirmed=proven_by_srp
        )
        device_key = new_device.key
    sign_in = SignIn(
        username=user.username,
        client_id=app_client.client_id,
        auth_time=int(now),
        refresh_expires=now + app_client.refresh_token_validity,
        scope=" ".join(scopes),
        device_key=device_key,
    )
    pool.sign_ins.add(sign_in)
    result = renewed(pool, app_client, user, sign_in)
    result["RefreshToken"] = pool.sign_ins.new_refresh_token(sign_in).value
    if new_device is not None:
        result["NewDeviceMetadata"] = {
            "DeviceKey": new_device.key,
            "DeviceGroupKey": new_device.group_key,
        }
    return result


def renewed(pool: UserPool, app_client: AppClient, user: User, sign_in: SignIn) -> Claims:
    """Return an `AuthenticationResult` with fresh access and id tokens of a sign-in."""
    return {
        "AccessToken": pool.keys.for_access_tokens.sign(
            access_claims(pool, app_client, user, sign_in)
        ),
        "ExpiresIn": app_client.access_token_validity,
        "TokenType": "Bearer",
        "IdToken": pool.keys.for_id_tokens.sign(id_claims(pool, app_client, user, sign_in)),
    }


def holder_of(
    pool: UserPool, access_token: str | None, gone: Callable[[], PoolError] = unknown_user
) -> User:
    """Return the user who holds an access token that is good for self-service.

    Args:
        pool: The pool.
        access_token: The token.
        gone: The refusal where the user exists no longer; not every operation declares the usual.

    Raises:
        PoolError: If it is missing, not ours, expired, revoked, lacks the scope, or its user is
            gone or disabled.
    """
    if not access_token:
        raise missing_parameter("AccessToken")
    user = pool.find_user(sign_in_of(pool, access_token).username)
    if user is None:
        raise gone()
    if not user.enabled:
        raise disabled_user()
    return user


def sign_in_of(pool: UserPool, access_token: str) -> SignIn:
    """Return the sign-in that an access token good for self-service goes back to.

    Raises:
        PoolError: If it is not ours, expired, revoked, or lacks the scope.
    """
    claims, sign_in = live_sign_in(pool, access_token)
    if SELF_SERVICE_SCOPE not in str(claims.get("scope", "")).split():
        raise not_authorized("Access Token does not have required scopes")
    return sign_in


def live_sign_in(pool: UserPool, access_token: str) -> tuple[Claims, SignIn]:
    """Return the claims of a good access token, and the sign-in that it goes back to.

    Raises:
        PoolError: If it is not ours, expired or revoked.
    """
    try:
        claims = read_signed_token(access_token, pool.keys).claims
    except TokenRefusedError as error:
        raise invalid_access_token() from error
    sign_in = pool.sign_ins.by_origin(claims.get("origin_jti"))
    if claims.get("token_use") != "access" or claims.get("iss") != pool.issuer or sign_in is None:
        raise invalid_access_token()
    if pool.clock.now() >= claims["exp"]:
        raise not_authorized("Access Token has expired")
    if sign_in.revoked:
        raise not_authorized("Access Token has been revoked")
    return claims, sign_in


def access_claims(pool: UserPool, app_client: AppClient, user: User, sign_in: SignIn) -> Claims:
    """Return the claims of a new access token of a sign-in."""
    device = {"device_key": sign_in.device_key} if sign_in.device_key else {}
    shared = _shared_claims(pool, user, sign_in, app_client.access_token_validity)
    return shared | {
        "version": 2,
        "client_id": app_client.client_id,
        "token_use": "access",
        "scope": sign_in.scope,
        "username": user.username,
        **device,
        **({"aud": sign_in.resource} if sign_in.resource else {}),
    }


def service_claims(
    pool: UserPool, app_client: AppClient, scopes: Iterable[str], audience: str | None = None
) -> Claims:
    """Return the claims of a new access token of an app client's own.

    Args:
        pool: The pool.
        app_client: The app client, which is also the token's subject.
        scopes: Its scopes.
        audience: Its `aud`; `None` for none.
    """
    now = int(pool.clock.now())
    return {
        "sub": app_client.client_id,
        "token_use": "access",
        "scope": " ".join(scopes),
        "auth_time": now,
        "iss": pool.issuer,
        "exp": now + app_client.access_token_validity,
        "iat": now,
        "version": 2,
        "jti": str(uuid4()),
        "client_id": app_client.client_id,
        **({"aud": audience} if audience else {}),
    }


def id_claims(pool: UserPool, app_client: AppClient, user: User, sign_in: SignIn) -> Claims:
    """Return the claims of a new id token of a sign-in."""
    # The user's attributes come first: none of them may replace a claim of the pool's.
    attributes: Claims = dict(user.attributes)
    if "phone_number_verified" in attributes:
        attributes["phone_number_verified"] = attributes["phone_number_verified"] == "true"
    return (
        attributes
        | _shared_claims(pool, user, sign_in, app_client.id_token_validity)
        | {
            "aud": app_client.client_id,
            "token_use": "id",
            "cognito:username": user.username,
            "email": user.email,
            "email_verified": user.email_verified,
        }
    )


def _shared_claims(pool: UserPool, user: User, sign_in: SignIn, lifetime: int) -> Claims:
    now = int(pool.clock.now())
    claims: Claims = {
        "sub": user.username,
        "iss": pool.issuer,
        "origin_jti": sign_in.origin_jti,
        "event_id": sign_in.event_id,
        "auth_time": sign_in.auth_time,
        "exp": now + lifetime,
        "iat": now,
        "jti": str(uuid4()),
    }
    if user.pool_groups:
        claims["cognito:groups"] = list(user.pool_groups)
    return claims
