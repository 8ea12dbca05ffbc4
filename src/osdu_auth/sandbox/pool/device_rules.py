"""A pool's rules about devices: whether it gives them keys, and which one signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.pool_settings import DeviceTracking

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.devices import Device
    from osdu_auth.sandbox.pool.user_pool import UserPool


def are_tracked(pool: UserPool) -> bool:
    """Tell whether the pool gives devices keys."""
    return pool.settings.device_tracking is not DeviceTracking.OFF


def device_of(pool: UserPool, conversation: Conversation) -> Device | None:
    """Return the device a sign-in says it comes from, or `None` if it says none.

    Raises:
        PoolError: `ResourceNotFoundException` if the user has no such device.
    """
    if conversation.device_key is None or not are_tracked(pool):
        return None
    device = pool.devices.confirmed(conversation.device_key, conversation.user.username)
    if device is None:
        raise unknown_device()
    return device


def unknown_device() -> PoolError:
    """Return the refusal of a device that does not exist."""
    return PoolError("ResourceNotFoundException", "Device does not exist.")
