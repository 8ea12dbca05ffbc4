"""Devices: their keys, and what the pool remembers of them.

A sign-in without a device gets a key; `ConfirmDevice` gives the key a verifier and makes it a
device; from then on the device proves itself and, when remembered, stands for a second factor.

Only a sign-in that proved its password (SRP) gets a key that can be confirmed (developer guide,
"Specifying user pool device tracking settings"). Every other one gets a key too, which
`ConfirmDevice` calls invalid (as users report: amplify-js issues 2087 and 2705).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osdu_auth.sandbox import identities

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.password_proofs import Verifier


@dataclass
class Device:
    """One device of one user; times are in seconds since the epoch.

    Attributes:
        key: The device's key.
        group_key: The key of its group, which stands before its own in proofs.
        username: The canonical name of its user.
        can_be_confirmed: Whether its key is of a sign-in that proved the password.
        created: When its key was given.
        modified: When it was last changed.
        last_authenticated: When it last signed in.
        name: What people call it.
        verifier: What its password is proven against; `None` until it is confirmed.
        remembered: Whether it stands for a second factor.
    """

    key: str
    group_key: str
    username: str
    can_be_confirmed: bool
    created: float
    modified: float
    last_authenticated: float
    name: str = ""
    verifier: Verifier | None = field(default=None, repr=False)
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

    def confirmed(self, key: object, username: str) -> Device | None:
        """Return a user's confirmed device, or `None`."""
        device = self.find(key, username)
        return device if device is not None and device.verifier is not None else None

    def of(self, username: str) -> list[Device]:
        """Return a user's confirmed devices, oldest first."""
        return [
            device
            for device in self._devices.values()
            if device.username == username and device.verifier is not None
        ]

    def forget(self, device: Device) -> None:
        """Forget a device; its key is good for nothing from now on."""
        del self._devices[device.key]
