"""The operations SignUp, ConfirmSignUp and ResendConfirmationCode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .account_requests import ACCOUNT_SHAPE, CODE, NEW_PASSWORD, user_of
from .code_delivery import EMAIL, delivery_details, send_code
from .confirmation_codes import SIGN_UP
from .errors import PoolError, invalid_parameter, not_authorized
from .input_shapes import SESSION, AttributeList, Flag, Shape
from .user_attributes import check_settable
from .users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .user_pool import UserPool
    from .users import User

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

SIGN_UP_SHAPE: Shape = {
    **ACCOUNT_SHAPE,
    "Password": NEW_PASSWORD,
    "UserAttributes": AttributeList(),
    "ValidationData": AttributeList(),
}
CONFIRM_SHAPE: Shape = {
    **ACCOUNT_SHAPE,
    "ConfirmationCode": CODE,
    "ForceAliasCreation": Flag(),
    "Session": SESSION,
}
RESEND_SHAPE: Shape = ACCOUNT_SHAPE


def sign_up(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `SignUp`: a user who must confirm an e-mail address within a day.

    Raises:
        PoolError: If the name is none or taken, or the password or an attribute is not good.
    """
    app_client = pool.app_client(body["ClientId"])
    username = body["Username"]
    app_client.check_first_secret_hash(body.get("SecretHash"), username)
    if not _EMAIL.fullmatch(username):
        raise invalid_parameter("Username should be an email.")
    if pool.find_user(username) is not None:
        raise PoolError(
            "UsernameExistsException", "An account with the given email already exists."
        )
    attributes = _attributes(pool, body)
    pool.settings.password_policy.check(body["Password"])
    user = pool.add_user(
        email=username,
        password=body["Password"],
        status=UserStatus.UNCONFIRMED,
        attributes=attributes,
    )
    return {
        "UserConfirmed": False,
        "UserSub": user.username,
        "CodeDeliveryDetails": _send(pool, user),
    }


def confirm_sign_up(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ConfirmSignUp`: the user may sign in.

    Raises:
        PoolError: If the request or the code is not good, or there is nothing to confirm.
    """
    user, now = user_of(pool, body, "ConfirmSignUp"), pool.clock.now()
    if user.exists and user.status is not UserStatus.UNCONFIRMED:
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status.value}")
    pool.confirmation_codes.check(user.username, SIGN_UP, body["ConfirmationCode"], now)
    pool.confirmation_codes.use_up(user.username, SIGN_UP)
    user.status = UserStatus.CONFIRMED
    return {}


def resend_confirmation_code(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ResendConfirmationCode`: only the new code is good.

    Raises:
        PoolError: If the request is not good, or there is nothing to confirm.
    """
    user = user_of(pool, body, "ResendConfirmationCode")
    if user.exists and user.status is not UserStatus.UNCONFIRMED:
        raise invalid_parameter("User is already confirmed.")
    return {"CodeDeliveryDetails": _send(pool, user)}


def _send(pool: UserPool, user: User) -> dict[str, str]:
    code = send_code(pool, user, EMAIL, SIGN_UP)
    pool.confirmation_codes.keep(user.username, SIGN_UP, code, pool.clock.now())
    return delivery_details(user, EMAIL)


def _attributes(pool: UserPool, body: Mapping[str, Any]) -> dict[str, str]:
    listed = body.get("UserAttributes") or []
    attributes = {item["Name"]: item.get("Value") or "" for item in listed}
    for name in attributes:
        check_settable(name)
    email = attributes.pop("email", body["Username"])
    if email.lower() != body["Username"].lower():
        raise invalid_parameter("The e-mail address is not the user name.")  # not published
    for name in pool.settings.required_attributes:
        if name != "email" and not attributes.get(name):
            raise invalid_parameter(
                f"Attributes did not conform to the schema: {name}: "
                f"The attribute {name} is required"
            )
    return attributes
