"""Devices: their keys, and what the pool keeps of them.

A sign-in without a device gets a key; `ConfirmDevice` gives the key a verifier and makes it a
device. From then on the device proves its own password and, if it is remembered, it replaces the
second factor.

Only a sign-in that proved its password (SRP) gets a key that can be confirmed (developer guide,
"Specifying user pool device tracking settings"). Every other sign-in gets a key too, but
`ConfirmDevice` refuses it (as users report: amplify-js issues 2087 and 2705).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osdu_auth.sandbox import identities

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.password_proofs import PasswordVerifier


@dataclass
class Device:
    """One device of one user; times are in seconds since the epoch.

    Attributes:
        key: the device's key.
        group_key: the key of its group; in a proof it comes before the device's key.
        username: the canonical name of its user.
        can_be_confirmed: whether the sign-in that got its key proved the password.
        created: when its key was given.
        modified: when it was last changed.
        last_authenticated: when it last signed in.
        name: its name.
        verifier: the verifier of its password; `None` until it is confirmed.
        remembered: whether it replaces the second factor.
    """

    key: str
    group_key: str
    username: str
    can_be_confirmed: bool
    created: float
    modified: float
    last_authenticated: float
    name: str = ""
    verifier: PasswordVerifier | None = field(default=None, repr=False)
    remembered: bool = False


class Devices:
    """The devices of one pool; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._devices: dict[str, Device] = {}

    def add(self, region: str, username: str, now: float, *, can_be_confirmed: bool) -> Device:
        """Return a device with a new key, not confirmed yet."""
        key, group_key = identities.device_key(region), identities.device_group_key()
        device = Device(key, group_key, username, can_be_confirmed, now, now, now)
        self._devices[key] = device
        return device

    def find(self, key: object, username: str) -> Device | None:
        """Return a user's device, confirmed or not, or `None`."""
        device = self._devices.get(key) if isinstance(key, str) else None
        return device if device is not None and device.username == username else None

    def find_confirmed(self, key: object, username: str) -> Device | None:
        """Return a user's confirmed device, or `None`."""
        device = self.find(key, username)
        return device if device is not None and device.verifier is not None else None

    def confirmed_devices_of(self, username: str) -> list[Device]:
        """Return a user's confirmed devices, oldest first."""
        return [
            device
            for device in self._devices.values()
            if device.username == username and device.verifier is not None
        ]

    def forget(self, device: Device) -> None:
        """Forget a device; its key is not valid any longer."""
        del self._devices[device.key]
