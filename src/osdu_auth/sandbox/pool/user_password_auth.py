"""The flow USER_PASSWORD_AUTH: a user name and a password, sent as they are.

The order of its checks is the order in which they can be told apart from outside: parameters,
secret hash, lockout, user and password, and only for who knows the password the account's state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (
    PoolError,
    disabled_user,
    missing_parameter,
    not_authorized,
    unknown_user,
    wrong_credentials,
)
from .next_step import after_password
from .users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .app_clients import AppClient
    from .user_pool import UserPool
    from .users import User


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the reply to a user name and a password.

    Args:
        pool: The pool.
        app_client: The app client that asks.
        parameters: The `AuthParameters`.

    Raises:
        PoolError: Whatever forbids the sign-in.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    password = parameters.get("PASSWORD")
    if not password:
        raise missing_parameter("PASSWORD")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    user = pool.find_user(username)
    if user is None:
        raise wrong_credentials() if app_client.prevent_user_existence_errors else unknown_user()
    _check_password(user, password, pool.clock.now())
    _check_account(user, pool.clock.now())
    return after_password(pool, app_client, user)


def _check_password(user: User, password: str, now: float) -> None:
    if user.lockout.active(now):
        raise not_authorized("Password attempts exceeded")
    if not user.has_password(password):
        user.lockout.fail(now)
        raise wrong_credentials()
    user.lockout.clear()


def _check_account(user: User, now: float) -> None:
    if not user.enabled:
        raise disabled_user()
    if user.status is UserStatus.UNCONFIRMED:
        raise PoolError("UserNotConfirmedException", "User is not confirmed.")
    if user.status is UserStatus.RESET_REQUIRED:
        raise PoolError("PasswordResetRequiredException", "Password reset required for the user")
    expires = user.temporary_password_expires
    if expires is not None and now >= expires:
        raise not_authorized(
            "Temporary password has expired and must be reset by an administrator."
        )
