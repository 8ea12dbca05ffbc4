"""User attributes: which of them a client may set, and the operations that change and verify them.

A new e-mail address or phone number is in force at once and unverified, as in a pool that does not
keep the old one until then (API reference, "UserAttributeUpdateSettingsType"). Here the e-mail
address is the name to sign in with too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.code_delivery import MEDIA_OF_ATTRIBUTES, delivery_details, send_code
from osdu_auth.sandbox.pool.confirmation_codes import VERIFY_EMAIL, VERIFY_PHONE_NUMBER
from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter
from osdu_auth.sandbox.pool.tokens import holder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

_IMMUTABLE = frozenset({"sub", "email_verified", "phone_number_verified"})
# OpenID Connect Core 1.0, section 5.1, as the pool knows them.
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
        PoolError: `InvalidParameterException` if the pool sets it alone, or does not know it.
    """
    if name in _IMMUTABLE:
        raise invalid_parameter(f"Cannot modify the non-mutable attribute {name}")
    if name not in _STANDARD_ATTRIBUTES and not name.startswith("custom:"):
        raise invalid_parameter(
            "Attributes did not conform to the schema: "
            f"Type for attribute {{{name}}} could not be determined"
        )


def is_email(text: str) -> bool:
    """Tell whether a text has the form of an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def update_user_attributes(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `UpdateUserAttributes`; a blank value deletes the attribute.

    Raises:
        PoolError: If the access token is not good for it, or an attribute cannot be so.
    """
    user = holder_of(pool, body["AccessToken"])
    given = {item["Name"]: item.get("Value") or "" for item in body["UserAttributes"]}
    for name, value in given.items():
        _check_value(pool, user, name, value)
    changed = [name for name in _PURPOSES if given.get(name, _now(user, name)) != _now(user, name)]
    if "email" in given:
        user.email = given.pop("email")
    user.attributes.update(given)
    for name in [name for name, value in given.items() if not value]:
        _delete(user, name)
    for name in changed:
        _set_verified(user, name, verified=False)
    sent = [_send(pool, user, name) for name in changed if _now(user, name)]
    return {"CodeDeliveryDetailsList": sent}


def delete_user_attributes(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `DeleteUserAttributes`.

    Raises:
        PoolError: If the access token is not good for it, or an attribute must stay.
    """
    user = holder_of(pool, body["AccessToken"])
    for name in body["UserAttributeNames"]:
        _check_value(pool, user, name, "")
    for name in body["UserAttributeNames"]:
        _delete(user, name)
    return {}


def get_user_attribute_verification_code(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetUserAttributeVerificationCode`: only the new code is good.

    Raises:
        PoolError: If the access token is not good for it, there is nothing to verify, or the
            hour has had its attempts.
    """
    user, name = holder_of(pool, body["AccessToken"]), body["AttributeName"]
    _check_verifiable(user, name)
    now = pool.clock.now()
    pool.attempt_limits.count(user.username, "GetUserAttributeVerificationCode", now)
    return {"CodeDeliveryDetails": _send(pool, user, name)}


def verify_user_attribute(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `VerifyUserAttribute`.

    Raises:
        PoolError: If the access token or the code is not good for it, or the hour has had its
            attempts.
    """
    user, name = holder_of(pool, body["AccessToken"]), body["AttributeName"]
    _check_verifiable(user, name)
    now = pool.clock.now()
    pool.attempt_limits.count(user.username, "VerifyUserAttribute", now)
    pool.confirmation_codes.check(user.username, _PURPOSES[name], body["Code"], now)
    pool.confirmation_codes.use_up(user.username, _PURPOSES[name])
    _set_verified(user, name, verified=True)
    return {}


def check_required(pool: UserPool, names: Iterable[str]) -> None:
    """Refuse a user who lacks an attribute that the pool requires; the address is never lacking.

    Args:
        pool: The pool.
        names: The attributes the user has.

    Raises:
        PoolError: `InvalidParameterException`.
    """
    known = {"email", *names}
    for name in pool.settings.required_attributes:
        if name not in known:
            raise _lacks(name)


def _lacks(name: str) -> PoolError:
    return invalid_parameter(
        f"Attributes did not conform to the schema: {name}: The attribute {name} is required"
    )


def _check_value(pool: UserPool, user: User, name: str, value: str) -> None:
    check_settable(name)
    if not value and name in {"email", *pool.settings.required_attributes}:
        raise _lacks(name)
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
    if not _now(user, name):
        raise invalid_parameter(f"User does not have the attribute {name}.")  # not published


def _send(pool: UserPool, user: User, name: str) -> dict[str, str]:
    medium, purpose = MEDIA_OF_ATTRIBUTES[name], _PURPOSES[name]
    code = send_code(pool, user, medium, purpose)
    pool.confirmation_codes.keep(user.username, purpose, code, pool.clock.now())
    return delivery_details(user, medium)


def _now(user: User, name: str) -> str:
    return user.destination(MEDIA_OF_ATTRIBUTES[name])


def _set_verified(user: User, name: str, *, verified: bool) -> None:
    if name == "email":
        user.email_verified = verified
    elif user.attributes.get(name):
        user.attributes[f"{name}_verified"] = "true" if verified else "false"


def _delete(user: User, name: str) -> None:
    user.attributes.pop(name, None)
    user.attributes.pop(f"{name}_verified", None)
