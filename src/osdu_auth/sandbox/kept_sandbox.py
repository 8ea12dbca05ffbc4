"""Keeping a sandbox: its ids, secrets and users as plain values, and a sandbox made of them again.

What is kept is what a person has set up: ids, app clients, users with their passwords and
authenticator apps. Sign-ins, codes that are awaited, lock-outs and the platform's records are not.
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
_OF_USER = (
    *("username", "email", "password", "enabled", "attributes", "temporary_password_expires"),
    *("preferred_mfa", "has_passkey"),
)

# What sandboxes of before did not have, and did not keep.
_ADDED = frozenset({"service_client_id", "service_client_secret"})


class NotKeptError(ValueError):
    """What was kept is not what a sandbox of this version keeps."""


def values_of(pool: UserPool, names: Mapping[str, str | int]) -> dict[str, Any]:
    """Return what a sandbox is to be made of again, as JSON can say it; it is full of secrets.

    Args:
        pool: its pool.
        names: what else it has to be given back, by the names of its attributes.
    """
    users = [_of_user(user) for user in pool.users]
    return {"version": _VERSION, **names, "users": users}


def restore(pool: UserPool, kept: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Give a pool the ids, secrets and users of a former one; it has four app clients.

    Args:
        pool: a new one.
        kept: as of `values_of`.
        names: what it has now of what `values_of` was given, ids of app clients included.

    Returns:
        What was kept of `names`.

    Raises:
        NotKeptError: it is not; the pool is of no use then.
    """
    try:
        if kept["version"] != _VERSION:
            raise NotKeptError("another version kept it")
        users = [_user(values) for values in kept["users"]]
        texts = {
            name: _text(kept.get(name, text) if name in _ADDED else kept[name])
            for name, text in names.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotKeptError("a sandbox has not kept that") from error
    secrets = {
        "client_id": texts["client_secret"],
        "public_client_id": None,
        "browser_client_id": None,
        "service_client_id": texts["service_client_secret"],
    }
    for name, secret in secrets.items():
        former = pool.app_client(names[name])
        pool.replace_app_client(
            former.client_id, replace(former, client_id=texts[name], client_secret=secret)
        )
    pool.replace_users(users)
    pool.user_pool_id = texts["user_pool_id"]
    return texts


def _of_user(user: User) -> dict[str, Any]:
    token = user.software_token
    return {
        **{name: getattr(user, name) for name in _OF_USER},
        "attributes": dict(user.attributes),
        "status": user.status.value,
        "pool_groups": list(user.pool_groups),
        "mfa": list(user.mfa),
        "software_token": None if token is None else [token.secret.hex(), token.friendly_name],
    }


def _user(values: Mapping[str, Any]) -> User:
    token = None
    if values["software_token"] is not None:
        secret, name = values["software_token"]
        token = SoftwareToken(bytes.fromhex(secret), name, verified=True)
    return User(
        **{name: values[name] for name in _OF_USER},
        status=UserStatus(values["status"]),
        pool_groups=tuple(values["pool_groups"]),
        mfa=tuple(values["mfa"]),
        software_token=token,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
