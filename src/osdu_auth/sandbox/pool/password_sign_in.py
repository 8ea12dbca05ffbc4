"""What every way to sign in with a password checks: who it is, the password, the account.

The order of the checks is the order in which they can be told apart from outside: lockout, user
and password, and only for who knows the password the account's state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import (
    PoolError,
    disabled_user,
    not_authorized,
    unknown_user,
    wrong_credentials,
)
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User


def who_signs_in(pool: UserPool, app_client: AppClient, username: str) -> User:
    """Return the user with this name, or a stranger where that is not to be told.

    Raises:
        PoolError: `UserNotFoundException` if the app client tells that a user does not exist.
    """
    user = pool.find_user(username)
    if user is not None:
        return user
    if not app_client.prevent_user_existence_errors:
        raise unknown_user()
    return pool.strangers.called(username)


def check_password(user: User, password: str, now: float) -> None:
    """Count and refuse a wrong password.

    Raises:
        PoolError: If the user is locked out or the password is another one.
    """
    user.check_not_locked(now)
    if not user.has_password(password):
        user.lockout.fail(now)
        raise wrong_credentials()


def check_account(user: User, now: float) -> None:
    """Refuse a user whose account may not sign in.

    Raises:
        PoolError: If it is disabled, not confirmed, to be reset, or its temporary password
            has expired.
    """
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
