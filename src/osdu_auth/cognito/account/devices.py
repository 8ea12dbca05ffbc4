"""The list of devices that a user pool remembers for a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.api import Retry
from osdu_auth.cognito.replies import bad_member, optional_member
from osdu_auth.cognito.service_errors import Phase
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.secret import Secret

_PAGE = 60  # the most that the service gives at a time
_MOST_PAGES = 20
_SHOWN = 100  # characters of a text that the pool gives


@dataclass(frozen=True)
class ListedDevice:
    """A device as the pool describes it.

    Args:
        key: the device's key, with which the pool can forget it.
        name: the name that it got when it was registered; "" without a name.
        last_used_at: when it last signed in, in seconds since 1970; None if the pool did not say.
        is_this_one: whether it is the device of this session.
    """

    key: str
    name: str
    last_used_at: float | None
    is_this_one: bool


def list_devices(
    pool: UserPoolApi, access_token: Secret, this_key: Secret | None
) -> tuple[ListedDevice, ...]:
    """Return the user's devices (`ListDevices`), the most recently used first.

    Args:
        pool: the user pool.
        access_token: the user's access token, still valid.
        this_key: the key of this session's device; None without one.

    Raises:
        UnusableReply: OA-N635; OA-N662: the list has no end.
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    devices: list[ListedDevice] = []
    members: dict[str, Any] = {"AccessToken": access_token, "Limit": _PAGE}
    for _ in range(_MOST_PAGES):
        reply = pool.call("ListDevices", members, Phase.SIGNED_IN, Retry.IF_REPLY_LOST)
        devices += (_device(described, this_key) for described in _devices_in(reply))
        token = optional_member(reply, "PaginationToken", str)
        if not token:
            return tuple(sorted(devices, key=lambda device: -(device.last_used_at or 0.0)))
        members["PaginationToken"] = token
    from osdu_auth.errors import UnusableReply

    raise UnusableReply(
        "The user pool's list of devices has no end.",
        code="OA-N662",
        why=f"It went on after {_MOST_PAGES} pages.",
        fix="Check endpoint_url: an emulator of Cognito may have answered.",
    )


def forget_device(pool: UserPoolApi, access_token: Secret, key: str) -> None:
    """Have the pool forget a device (`ForgetDevice`), with exactly one request.

    Args:
        pool: the user pool.
        access_token: the user's access token, still valid.
        key: the key of the device.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    members = {"AccessToken": access_token, "DeviceKey": key}
    pool.call("ForgetDevice", members, Phase.SIGNED_IN, Retry.NEVER)


def _devices_in(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    described = optional_member(reply, "Devices", list) or []
    if not all(isinstance(device, dict) for device in described):
        raise bad_member("Devices")
    return described


def _device(described: Mapping[str, Any], this_key: Secret | None) -> ListedDevice:
    key = optional_member(described, "DeviceKey", str)
    if not key:
        raise bad_member("DeviceKey")
    attributes = optional_member(described, "DeviceAttributes", list) or []
    names = [
        attribute.get("Value")
        for attribute in attributes
        if isinstance(attribute, dict) and attribute.get("Name") == "device_name"
    ]
    name = names[0] if names and isinstance(names[0], str) else ""
    return ListedDevice(
        key=printable(key, _SHOWN),
        name=printable(name, _SHOWN),
        last_used_at=_seconds(described.get("DeviceLastAuthenticatedDate")),
        is_this_one=this_key is not None and key == this_key.reveal(),
    )


def _seconds(value: Any) -> float | None:
    """Read a time: the AWS SDK gives a `datetime`, the direct transport a number."""
    if hasattr(value, "timestamp"):
        value = value.timestamp()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return None
