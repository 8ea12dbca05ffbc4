"""Device: this computer as a user pool remembers it, and how it is registered there.

    we                                          the user pool
                                            ←   tokens, with a device's key and group key
    ConfirmDevice (verifier, salt)          →
                                            ←   done; perhaps the user has to decide
    UpdateDeviceStatus (remembered)         →   … only if the user says yes
                                            ←   done

A pool that remembers devices renews no session of a device that was not confirmed. The device's
password is random and is made here; the pool gets the verifier, which does not reveal the password.
"""

from __future__ import annotations

import json

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.cognito.api import Members, UserPoolApi
    from osdu_auth.cognito.challenges.values import Answers, RememberDeviceQuestion
    from osdu_auth.cognito.replies import NewDevice

_PASSWORD_SIZE, _SALT_SIZE = 40, 16  # bytes


class Device(NamedTuple):
    """This computer as a user pool remembers it.

    Args:
        key: the device's name at the pool.
        group_key: the name of the group that the device is in.
        password: proves that this computer is the device; it is made here and sent to no service.
    """

    key: Secret
    group_key: Secret
    password: Secret

    def as_renewal_data(self) -> Secret:
        """Return the device as the renewal data of a session (`IssuedTokens.renewal_data`)."""
        return Secret(json.dumps({name: part.reveal() for name, part in self._asdict().items()}))


def device_of(renewal_data: Secret | None) -> Device | None:
    """Return the device that was kept with a session; None where it is absent or incomplete.

    Without the device the pool refuses to renew, and the next sign-in registers this computer
    again.
    """
    kept = {} if renewal_data is None else json.loads(renewal_data.reveal())
    if not kept.keys() >= set(Device._fields):
        return None
    return Device(*(Secret(kept[name]) for name in Device._fields))


def register_device(
    pool: UserPoolApi,
    access_token: Secret,
    new: NewDevice,
    question: RememberDeviceQuestion,
    answer: Answers,
) -> Device:
    """Confirm this computer (`ConfirmDevice`), and ask the user if the pool lets the user decide.

    Args:
        pool: the user pool.
        access_token: the token of the user who has just signed in.
        new: the names that the pool gave this computer.
        question: what the user is asked.
        answer: answers the question.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    from osdu_auth.cognito.api import Retry
    from osdu_auth.cognito.challenges.kinds import checked_answer
    from osdu_auth.cognito.challenges.values import RememberDevice
    from osdu_auth.cognito.service_errors import Phase

    device = new_device(new)
    members = {
        "AccessToken": access_token,
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": verifier_config(device),
        "DeviceName": question.device_name,
    }
    reply = pool.call("ConfirmDevice", members, Phase.SIGNED_IN, Retry.NEVER)
    if reply.get("UserConfirmationNecessary") is True:
        given = checked_answer(question, answer(question))
        if isinstance(given, RememberDevice) and given.remember:
            status = {
                "AccessToken": access_token,
                "DeviceKey": device.key,
                "DeviceRememberedStatus": "remembered",
            }
            # To set the same status twice does no harm.
            pool.call("UpdateDeviceStatus", status, Phase.SIGNED_IN, Retry.IF_REPLY_LOST)
    return device


def new_device(new: NewDevice) -> Device:
    """Return a device with a random password."""
    from secrets import token_urlsafe

    return Device(new.key, new.group_key, Secret(token_urlsafe(_PASSWORD_SIZE)))


def verifier_config(device: Device, salt: int | None = None) -> Members:
    """Return the verifier and the salt, with which the pool checks the device's password.

    Args:
        device: the device whose password it is.
        salt: a fixed salt, for tests with known answers; None for a random one.
    """
    from base64 import b64encode
    from secrets import token_bytes

    from osdu_auth.cognito.srp import java_bytes, password_hash, verifier

    if salt is None:
        salt = int.from_bytes(token_bytes(_SALT_SIZE), "big")
    hashed = password_hash(device.group_key.reveal(), device.key.reveal(), device.password, salt)
    return {
        "PasswordVerifier": Secret(b64encode(java_bytes(verifier(hashed))).decode("ascii")),
        "Salt": b64encode(java_bytes(salt)).decode("ascii"),
    }
