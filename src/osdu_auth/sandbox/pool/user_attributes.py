"""User attributes: which of them a client may set, and the operations that change and verify them.

A new e-mail address or phone number replaces the old one at once, and is not verified. (A pool with
`AttributesRequireVerificationBeforeUpdate` would keep the old one until then; API reference,
"UserAttributeUpdateSettingsType".) Users of this pool sign in with the e-mail address too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.code_delivery import MEDIA_OF_ATTRIBUTES, delivery_details, send_code
from osdu_auth.sandbox.pool.confirmation_codes import VERIFY_EMAIL, VERIFY_PHONE_NUMBER
from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter
from osdu_auth.sandbox.pool.tokens import user_of_access_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

_IMMUTABLE = frozenset({"sub", "email_verified", "phone_number_verified"})
# OpenID Connect Core 1.0, section 5.1.
_STANDARD_ATTRIBUTES = frozenset(
    {
        "address", "birthdate", "email", "family_name", "gender", "given_name", "locale",
        "middle_name", "name", "nickname", "phone_number", "picture", "preferred_username",
        "profile", "updated_at", "website", "zoneinfo",
    }
)  # fmt: skip
_PURPOSES = {"email": VERIFY_EMAIL, "phone_number": VERIFY_PHONE_NUMBER}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}")  # E.164


def check_settable(name: str) -> None:
    """Refuse an attribute that a client can never set.

    Raises:
        PoolError: `InvalidParameterException`: only the pool sets it, or the pool does not know it.
    """
    if name in _IMMUTABLE:
        raise invalid_parameter(f"Cannot modify the non-mutable attribute {name}")
    if name not in _STANDARD_ATTRIBUTES and not name.startswith("custom:"):
        raise invalid_parameter(
            "Attributes did not conform to the schema: "
            f"Type for attribute {{{name}}} could not be determined"
        )


def is_email(text: str) -> bool:
    """Say whether a text has the form of an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def update_user_attributes(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `UpdateUserAttributes`; a blank value deletes the attribute.

    Raises:
        PoolError: the access token is not valid for this, or an attribute cannot have the value.
    """
    user = user_of_access_token(pool, body["AccessToken"])
    given = {item["Name"]: item.get("Value") or "" for item in body["UserAttributes"]}
    for name, value in given.items():
        _check_value(pool, user, name, value)
    changed = [
        name
        for name in _PURPOSES
        if given.get(name, _destination(user, name)) != _destination(user, name)
    ]
    if "email" in given:
        user.email = given.pop("email")
    user.attributes.update(given)
    for name in [name for name, value in given.items() if not value]:
        _delete(user, name)
    for name in changed:
        _set_verified(user, name, verified=False)
    sent = [_send_code(pool, user, name) for name in changed if _destination(user, name)]
    return {"CodeDeliveryDetailsList": sent}


def delete_user_attributes(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `DeleteUserAttributes`.

    Raises:
        PoolError: the access token is not valid for this, or an attribute is required.
    """
    user = user_of_access_token(pool, body["AccessToken"])
    for name in body["UserAttributeNames"]:
        _check_value(pool, user, name, "")
    for name in body["UserAttributeNames"]:
        _delete(user, name)
    return {}


def get_user_attribute_verification_code(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetUserAttributeVerificationCode`; only the new code is valid.

    Raises:
        PoolError: the access token is not valid for this, there is nothing to verify, or the last
            hour had too many attempts.
    """
    user, name = user_of_access_token(pool, body["AccessToken"]), body["AttributeName"]
    _check_verifiable(user, name)
    now = pool.clock.now()
    pool.attempt_limits.count(user.username, "GetUserAttributeVerificationCode", now)
    return {"CodeDeliveryDetails": _send_code(pool, user, name)}


def verify_user_attribute(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `VerifyUserAttribute`.

    Raises:
        PoolError: the access token or the code is not valid, or the last hour had too many
            attempts.
    """
    user, name = user_of_access_token(pool, body["AccessToken"]), body["AttributeName"]
    _check_verifiable(user, name)
    now = pool.clock.now()
    pool.attempt_limits.count(user.username, "VerifyUserAttribute", now)
    pool.confirmation_codes.check(user.username, _PURPOSES[name], body["Code"], now)
    pool.confirmation_codes.use_up(user.username, _PURPOSES[name])
    _set_verified(user, name, verified=True)
    return {}


def check_required(pool: UserPool, names: Iterable[str]) -> None:
    """Refuse a user without an attribute that the pool requires; every user has an e-mail address.

    Args:
        pool: the pool.
        names: the attributes that the user has.

    Raises:
        PoolError: `InvalidParameterException`.
    """
    known = {"email", *names}
    for name in pool.settings.required_attributes:
        if name not in known:
            raise _missing_attribute(name)


def _missing_attribute(name: str) -> PoolError:
    return invalid_parameter(
        f"Attributes did not conform to the schema: {name}: The attribute {name} is required"
    )


def _check_value(pool: UserPool, user: User, name: str, value: str) -> None:
    check_settable(name)
    if not value and name in {"email", *pool.settings.required_attributes}:
        raise _missing_attribute(name)
    if name == "phone_number" and value and not _PHONE_NUMBER.fullmatch(value):
        raise invalid_parameter("Invalid phone number format.")
    if name != "email":
        return
    if not is_email(value):
        raise invalid_parameter("Invalid email address format.")
    holder = pool.find_user(value)
    if holder is not None and holder is not user:
        raise PoolError("AliasExistsException", "An account with the email already exists.")


def _check_verifiable(user: User, name: str) -> None:
    if name not in _PURPOSES:
        raise invalid_parameter("Invalid attribute name.")  # not published
    if not _destination(user, name):
        raise invalid_parameter(f"User does not have the attribute {name}.")  # not published


def _send_code(pool: UserPool, user: User, name: str) -> dict[str, str]:
    medium, purpose = MEDIA_OF_ATTRIBUTES[name], _PURPOSES[name]
    code = send_code(pool, user, medium, purpose)
    pool.confirmation_codes.expect(user.username, purpose, code, pool.clock.now())
    return delivery_details(user, medium)


def _destination(user: User, name: str) -> str:
    return user.destination(MEDIA_OF_ATTRIBUTES[name])


def _set_verified(user: User, name: str, *, verified: bool) -> None:
    if name == "email":
        user.email_verified = verified
    elif user.attributes.get(name):
        user.attributes[f"{name}_verified"] = "true" if verified else "false"


def _delete(user: User, name: str) -> None:
    user.attributes.pop(name, None)
    user.attributes.pop(f"{name}_verified", None)
