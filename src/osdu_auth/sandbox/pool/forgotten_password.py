"""The operations ForgotPassword and ConfirmForgotPassword.

Who does not exist is told the same as anybody (developer guide, "Managing error responses").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.account_requests import user_of
from osdu_auth.sandbox.pool.code_delivery import EMAIL, delivery_details, send_code
from osdu_auth.sandbox.pool.confirmation_codes import FORGOTTEN_PASSWORD
from osdu_auth.sandbox.pool.errors import disabled_user, invalid_parameter, not_authorized
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool


def forgot_password(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ForgotPassword`: a code for an hour is on its way.

    Raises:
        PoolError: If the request is not good, or the account is in no state for it.
    """
    user = user_of(pool, body, "ForgotPassword")
    if not user.enabled:
        raise disabled_user()
    if user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        raise not_authorized("User password cannot be reset in the current state.")
    if user.status is UserStatus.UNCONFIRMED or not user.email_verified:
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or "
            "phone_number"
        )
    code = send_code(pool, user, EMAIL, FORGOTTEN_PASSWORD)
    now = pool.clock.now()
    pool.confirmation_codes.keep(user.username, FORGOTTEN_PASSWORD, code, now)
    return {"CodeDeliveryDetails": delivery_details(user, EMAIL)}


def confirm_forgot_password(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ConfirmForgotPassword`: the password is the new one.

    Raises:
        PoolError: If the request, the code or the new password is not good.
    """
    user, now = user_of(pool, body, "ConfirmForgotPassword"), pool.clock.now()
    pool.confirmation_codes.check(user.username, FORGOTTEN_PASSWORD, body["ConfirmationCode"], now)
    pool.settings.password_policy.check(body["Password"])
    pool.confirmation_codes.use_up(user.username, FORGOTTEN_PASSWORD)
    user.set_password(body["Password"])
    user.status = UserStatus.CONFIRMED
    user.lockout.clear()
    return {}
