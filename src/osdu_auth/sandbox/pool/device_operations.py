"""The operations on devices, for a signed-in user: confirm, remember, list, show, forget."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter, unknown_device
from osdu_auth.sandbox.pool.password_proofs import PasswordVerifier
from osdu_auth.sandbox.pool.pool_settings import DeviceTracking
from osdu_auth.sandbox.pool.srp_arithmetic import N
from osdu_auth.sandbox.pool.tokens import user_of_access_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.devices import Device
    from osdu_auth.sandbox.pool.user_pool import UserPool

_MOST_LISTED = 60
_LONGEST_SALT = 64
_POSITION = re.compile("[0-9]{1,9}")


def confirm_device(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ConfirmDevice`: a new key becomes a device.

    Any access token of the key's user is enough (API reference, "ConfirmDevice", `AccessToken`).

    Raises:
        PoolError: the key is not the user's, its sign-in cannot have a device, it is confirmed
            already, or the verifier or the salt is not valid.
    """
    user, key = user_of_access_token(pool, body["AccessToken"]), body["DeviceKey"]
    device = pool.devices.find(key, user.username)
    if device is None or not device.can_be_confirmed:
        raise invalid_parameter("Invalid device key given.")
    if device.verifier is not None:
        # The API reference lists this type; the sentence is not published.
        raise PoolError("DeviceKeyExistsException", "Device already exists.")
    config = body.get("DeviceSecretVerifierConfig") or {}
    value = int.from_bytes(_decoded(config, "PasswordVerifier"), "big")
    salt = _decoded(config, "Salt")
    if not 1 < value < N or len(salt) > _LONGEST_SALT:
        raise invalid_parameter("Invalid device secret verifier given.")  # not published
    device.verifier = PasswordVerifier(device.group_key, key, salt, value)
    device.name = body.get("DeviceName") or ""
    device.modified = pool.clock.now()
    asks_user = pool.settings.device_tracking is DeviceTracking.USER_OPT_IN
    device.remembered = not asks_user
    return {"UserConfirmationNecessary": asks_user}


def update_device_status(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `UpdateDeviceStatus`.

    Raises:
        PoolError: the user has no such device.
    """
    device = _device(pool, body)
    device.remembered = body.get("DeviceRememberedStatus") == "remembered"
    device.modified = pool.clock.now()
    return {}


def list_devices(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ListDevices`, a page at a time.

    Raises:
        PoolError: the access token or the pagination token is not valid.
    """
    devices = pool.devices.confirmed_devices_of(
        user_of_access_token(pool, body["AccessToken"]).username
    )
    token = body.get("PaginationToken") or "0"
    if not _POSITION.fullmatch(token) or int(token) > len(devices):
        raise invalid_parameter("Invalid pagination token")  # not published
    first = int(token)
    last = first + (body.get("Limit") or _MOST_LISTED)
    reply: dict[str, Any] = {"Devices": [_shown(device) for device in devices[first:last]]}
    if last < len(devices):
        reply["PaginationToken"] = str(last)
    return reply


def get_device(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetDevice`.

    Raises:
        PoolError: the user has no such device.
    """
    return {"Device": _shown(_device(pool, body))}


def forget_device(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ForgetDevice`.

    Raises:
        PoolError: the user has no such device.
    """
    pool.devices.forget(_device(pool, body))
    return {}


def _device(pool: UserPool, body: Mapping[str, Any]) -> Device:
    user = user_of_access_token(pool, body.get("AccessToken"))
    device = pool.devices.find_confirmed(body["DeviceKey"], user.username)
    if device is None:
        raise unknown_device()
    return device


def _shown(device: Device) -> dict[str, Any]:
    remembered = "remembered" if device.remembered else "not_remembered"
    attributes = {
        "device_status": "valid",
        "device_name": device.name,
        "dev:device_remembered_status": remembered,
        "last_ip_used": "127.0.0.1",
    }
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [
            {"Name": name, "Value": value} for name, value in attributes.items() if value
        ],
        "DeviceCreateDate": round(device.created, 3),
        "DeviceLastModifiedDate": round(device.modified, 3),
        "DeviceLastAuthenticatedDate": round(device.last_authenticated, 3),
    }


def _decoded(config: Mapping[str, str], name: str) -> bytes:
    text = config.get(name)
    if not text:
        raise invalid_parameter(f"Missing required parameter {name}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid_parameter(f"{name} is not base64") from error  # not published
