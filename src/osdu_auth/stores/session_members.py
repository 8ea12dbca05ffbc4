"""Session members: a session as the members of a JSON object, and back.

The law of this module: a later version may add members at the top of the object, and this one
takes them along. They stay with the session as long as its sign-in lasts, renewals included, and
are never shown, as nobody here knows what they are. Members that are known are whole, or the object
is no session.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from osdu_auth.secret import Secret
from osdu_auth.stores.token_store import SavedSession
from osdu_auth.tokens import Device, TokenSet

if TYPE_CHECKING:
    from collections.abc import Mapping

# Members that sessions of pools which remember no devices, or of earlier versions, do not have.
_OPTIONAL = ("device", "rotates", "clock_offset", "subject", "pool_address")
_KNOWN = frozenset(
    [
        *("access_token", "expires_at", "id_token", "refresh_token", "issued_at", *_OPTIONAL),
        *("username", "signed_in_at", "pool_and_client"),
    ]
)


def members(session: SavedSession) -> dict[str, Any]:
    """Return all that is kept of a session; the values are in clear."""
    tokens = session.tokens
    known = {
        "access_token": tokens.access_token.reveal(),
        "expires_at": tokens.expires_at,
        "id_token": _revealed(tokens.id_token),
        "refresh_token": _revealed(tokens.refresh_token),
        "issued_at": tokens.issued_at,
        "username": session.username,
        "signed_in_at": session.signed_in_at,
        "pool_and_client": session.pool_and_client,
    }
    optional = {
        "device": _device_members(tokens.device),
        "rotates": tokens.rotates,
        "clock_offset": tokens.clock_offset,
        "subject": session.subject,
        "pool_address": session.pool_address,
    }
    unknown = {} if session.unknown is None else json.loads(session.unknown.reveal())
    return {
        **unknown,
        **known,
        **{name: value for name, value in optional.items() if value is not None},
    }


def session_of(members: Mapping[str, Any]) -> SavedSession:
    """Return the session.

    Raises:
        ValueError, KeyError, TypeError: a member that is known lacks, or is of another kind.
    """
    unknown = {name: value for name, value in members.items() if name not in _KNOWN}
    rotates, clock_offset = members.get("rotates"), members.get("clock_offset")
    return SavedSession(
        tokens=TokenSet(
            access_token=Secret(members["access_token"]),
            issued_at=_number(members["issued_at"]),
            expires_at=_number(members["expires_at"]),
            id_token=_secret(members["id_token"]),
            refresh_token=_secret(members["refresh_token"]),
            device=_device(members.get("device")),
            rotates=None if rotates is None else _truth(rotates),
            clock_offset=None if clock_offset is None else _number(clock_offset),
        ),
        username=_text(members["username"]),
        signed_in_at=_number(members["signed_in_at"]),
        pool_and_client=_text(members["pool_and_client"]),
        unknown=Secret(json.dumps(unknown)) if unknown else None,
        subject=_optional_text(members.get("subject")),
        pool_address=_optional_text(members.get("pool_address")),
    )


def _device_members(device: Device | None) -> dict[str, str] | None:
    if device is None:
        return None
    return {
        "key": device.key.reveal(),
        "group_key": device.group_key.reveal(),
        "password": device.password.reveal(),
    }


def _device(part: Mapping[str, str] | None) -> Device | None:
    if part is None:
        return None
    return Device(Secret(part["key"]), Secret(part["group_key"]), Secret(part["password"]))


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)


# What is wrong is never in an error's text: it may be a secret in the wrong place.


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError("not a number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _optional_text(value: object) -> str | None:
    if value == "":
        raise ValueError("an empty text")
    return None if value is None else _text(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value
