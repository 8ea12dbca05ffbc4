"""A kept sandbox: ids, secrets and users as JSON values, from which the same sandbox starts again.

It holds ids, app clients, and users with their passwords and software tokens. It does not hold
sign-ins, codes, lockouts, or the platform's records.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.software_tokens import SoftwareToken
from osdu_auth.sandbox.pool.users import User, UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool

_VERSION = 1
_USER_VALUES = (
    *("username", "email", "password", "enabled", "attributes", "temporary_password_expires"),
    *("preferred_mfa", "has_passkey"),
)

# Sandboxes of earlier versions did not keep these values.
_ADDED_LATER = frozenset({"service_client_id", "service_client_secret"})


class UnusableKeptSandbox(ValueError):
    """The values are not those that a sandbox of this version keeps."""


def values_to_keep(pool: UserPool, attributes: Mapping[str, str | int]) -> dict[str, Any]:
    """Return the values from which the same sandbox can start again; they contain secrets.

    Args:
        pool: the sandbox's pool.
        attributes: further values, by the names of the sandbox's attributes.
    """
    users = [_user_values(user) for user in pool.users]
    return {"version": _VERSION, **attributes, "users": users}


def restore(
    pool: UserPool, kept: Mapping[str, Any], attributes: Mapping[str, str]
) -> dict[str, str]:
    """Give a new pool the ids, secrets and users of a former one.

    Args:
        pool: a new pool, with the sandbox's four app clients.
        kept: the values that `values_to_keep` returned.
        attributes: the present values of the sandbox's attributes, with the ids of its app clients.

    Returns:
        The former values of `attributes`.

    Raises:
        UnusableKeptSandbox: the values are not valid; the pool is then not usable.
    """
    try:
        if kept["version"] != _VERSION:
            raise UnusableKeptSandbox("another version of the sandbox kept these values")
        users = [_user_from(values) for values in kept["users"]]
        texts = {
            name: _text(kept.get(name, text) if name in _ADDED_LATER else kept[name])
            for name, text in attributes.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnusableKeptSandbox("these are not the values of a kept sandbox") from error
    secrets = {
        "client_id": texts["client_secret"],
        "public_client_id": None,
        "browser_client_id": None,
        "service_client_id": texts["service_client_secret"],
    }
    for name, secret in secrets.items():
        former = pool.app_client(attributes[name])
        pool.replace_app_client(
            former.client_id, replace(former, client_id=texts[name], client_secret=secret)
        )
    pool.replace_users(users)
    pool.user_pool_id = texts["user_pool_id"]
    return texts


def _user_values(user: User) -> dict[str, Any]:
    token = user.software_token
    return {
        **{name: getattr(user, name) for name in _USER_VALUES},
        "attributes": dict(user.attributes),
        "status": user.status.value,
        "pool_groups": list(user.pool_groups),
        "mfa": list(user.mfa),
        "software_token": None if token is None else [token.secret.hex(), token.friendly_name],
    }


def _user_from(values: Mapping[str, Any]) -> User:
    token = None
    if values["software_token"] is not None:
        secret, name = values["software_token"]
        token = SoftwareToken(bytes.fromhex(secret), name, verified=True)
    return User(
        **{name: values[name] for name in _USER_VALUES},
        status=UserStatus(values["status"]),
        pool_groups=tuple(values["pool_groups"]),
        mfa=tuple(values["mfa"]),
        software_token=token,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("the value is not a text")
    return value
