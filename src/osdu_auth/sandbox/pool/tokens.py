"""The tokens of a sign-in: how they are made, and which user an access token belongs to.

Claims and their names are those of Amazon Cognito's developer guide, "Understanding the access
token" and "Understanding the identity token".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from osdu_auth.sandbox.pool.errors import (
    disabled_user,
    invalid_access_token,
    missing_parameter,
    not_authorized,
    unknown_user,
)
from osdu_auth.sandbox.pool.sign_ins import SELF_SERVICE_SCOPE, SignIn
from osdu_auth.sandbox.signed_tokens import TokenRefused, read_signed_token

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
        pool: the pool.
        app_client: the app client that asked for it.
        user: the user.
        scopes: the access token's scopes.
        device_key: the key of the device that has proven its password; with `None`, a pool that
            tracks devices gives a new key.
        proven_by_srp: whether the password was proven and not sent: only then can the new key be
            confirmed.
    """
    now = pool.clock.now()
    new_device = None
    if device_key is None and pool.tracks_devices:
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
    result = renewed_tokens(pool, app_client, user, sign_in)
    result["RefreshToken"] = pool.sign_ins.new_refresh_token(sign_in).value
    if new_device is not None:
        result["NewDeviceMetadata"] = {
            "DeviceKey": new_device.key,
            "DeviceGroupKey": new_device.group_key,
        }
    return result


def renewed_tokens(pool: UserPool, app_client: AppClient, user: User, sign_in: SignIn) -> Claims:
    """Return an `AuthenticationResult` with new access and id tokens of a sign-in."""
    return {
        "AccessToken": pool.keys.for_access_tokens.sign(
            access_claims(pool, app_client, user, sign_in)
        ),
        "ExpiresIn": app_client.access_token_validity,
        "TokenType": "Bearer",
        "IdToken": pool.keys.for_id_tokens.sign(id_claims(pool, app_client, user, sign_in)),
    }


def user_of_access_token(
    pool: UserPool, access_token: str | None, if_missing: Callable[[], PoolError] = unknown_user
) -> User:
    """Return the user of an access token that is valid for self-service.

    Args:
        pool: the pool.
        access_token: the token.
        if_missing: makes the refusal if the user no longer exists; some operations do not declare
            `UserNotFoundException`.

    Raises:
        PoolError: the token is missing, of another pool, expired or revoked, it lacks the scope, or
            its user is deleted or disabled.
    """
    if not access_token:
        raise missing_parameter("AccessToken")
    user = pool.find_user(sign_in_of(pool, access_token).username)
    if user is None:
        raise if_missing()
    if not user.enabled:
        raise disabled_user()
    return user


def sign_in_of(pool: UserPool, access_token: str) -> SignIn:
    """Return the sign-in of an access token that is valid for self-service.

    Raises:
        PoolError: it is not the pool's, expired or revoked, or it lacks the scope.
    """
    claims, sign_in = valid_sign_in(pool, access_token)
    if SELF_SERVICE_SCOPE not in str(claims.get("scope", "")).split():
        raise not_authorized("Access Token does not have required scopes")
    return sign_in


def valid_sign_in(pool: UserPool, access_token: str) -> tuple[Claims, SignIn]:
    """Return the claims of a valid access token, and its sign-in.

    Raises:
        PoolError: it is not the pool's, expired or revoked.
    """
    try:
        claims = read_signed_token(access_token, pool.keys).claims
    except TokenRefused as error:
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
    """Return the claims of a new access token for an app client itself.

    Args:
        pool: the pool.
        app_client: the app client, which is also the token's subject.
        scopes: its scopes.
        audience: its `aud`; `None` for none.
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
    # The user's attributes come first: no attribute may replace a claim of the pool's.
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
