"""Registering this computer at a user pool that remembers devices.

    we                                          the user pool
                                            ←   tokens, with a device's key and group key
    ConfirmDevice (verifier, salt)          →
                                            ←   done; perhaps the user is to decide
    UpdateDeviceStatus (remembered)         →   … only if the user says yes
                                            ←   done

Where a pool remembers devices it renews nothing for one that was not confirmed. The device's
password is random and made here; the pool gets the verifier, from which it cannot be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.api import Repeat
from osdu_auth.cognito.challenges.kinds import fitting
from osdu_auth.cognito.challenges.values import RememberDevice
from osdu_auth.cognito.device import Device
from osdu_auth.cognito.refusals import Phase
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.cognito.api import Members, UserPoolApi
    from osdu_auth.cognito.challenges.values import Answers, RememberDeviceQuestion
    from osdu_auth.cognito.replies import NewDevice

_PASSWORD_SIZE, _SALT_SIZE = 40, 16  # bytes


def register_device(
    pool: UserPoolApi,
    access_token: Secret,
    new: NewDevice,
    question: RememberDeviceQuestion,
    answer: Answers,
) -> Device:
    """Confirm this computer (`ConfirmDevice`), and ask the user where the pool leaves it to them.

    Args:
        pool: the user pool.
        access_token: of the user who has just signed in.
        new: what the pool calls this computer.
        question: what the user is asked.
        answer: answers it.

    Raises:
        OsduAuthError: one of the table of refusals, or of the transport.
    """
    device = new_device(new)
    members = {
        "AccessToken": access_token,
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": verifier_config(device),
        "DeviceName": question.device_name,
    }
    reply = pool.call("ConfirmDevice", members, Phase.SIGNED_IN, Repeat.NEVER)
    if reply.get("UserConfirmationNecessary") is True:
        given = fitting(question, answer(question))
        if isinstance(given, RememberDevice) and given.remember:
            _remember(pool, access_token, device)
    return device


def new_device(new: NewDevice) -> Device:
    """Return a device with a random password."""
    from secrets import token_urlsafe

    return Device(new.key, new.group_key, Secret(token_urlsafe(_PASSWORD_SIZE)))


def verifier_config(device: Device, salt: int | None = None) -> Members:
    """Return what lets the pool check the device's password without knowing it.

    Args:
        device: whose.
        salt: for known answers; None for a random one.
    """
    from base64 import b64encode
    from secrets import token_bytes

    from osdu_auth.cognito.srp import padded, password_hash, verifier

    if salt is None:
        salt = int.from_bytes(token_bytes(_SALT_SIZE), "big")
    hashed = password_hash(device.group_key.reveal(), device.key.reveal(), device.password, salt)
    return {
        "PasswordVerifier": Secret(b64encode(padded(verifier(hashed))).decode("ascii")),
        "Salt": b64encode(padded(salt)).decode("ascii"),
    }


def _remember(pool: UserPoolApi, access_token: Secret, device: Device) -> None:
    members = {
        "AccessToken": access_token,
        "DeviceKey": device.key,
        "DeviceRememberedStatus": "remembered",
    }
    # A status that is set twice is set.
    pool.call("UpdateDeviceStatus", members, Phase.SIGNED_IN, Repeat.IF_NOT_HEARD)
