"""The answers to a user pool's challenges, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.secret import Secret

DEVICE_NAME = "osdu-auth"


@dataclass(frozen=True)
class NewPassword:
    """The answer to `NewPasswordRequired`.

    Args:
        password: the new password.
        attributes: a value for each required attribute.
    """

    password: Secret
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """The answer to `CodeRequired`.

    Args:
        code: as it was sent, or as the authenticator app shows it; blanks in it do not count.
    """

    code: Secret


@dataclass(frozen=True)
class FactorChoice:
    """The answer to `FactorChoiceRequired`.

    Args:
        factor: one of those that were offered, such as `SOFTWARE_TOKEN_MFA`.
    """

    factor: str


@dataclass(frozen=True)
class TotpSetUp:
    """The answer to `TotpSetUpRequired`.

    Args:
        code: the first code that the authenticator app shows for the new key.
        device_name: what the user pool is to call the app.
    """

    code: Secret
    device_name: str = DEVICE_NAME


@dataclass(frozen=True)
class CustomAnswer:
    """The answer to `CustomQuestion`.

    Args:
        answer: what the pool's own program expects.
    """

    answer: Secret


@dataclass(frozen=True)
class Password:
    """The answer to `PasswordRequired`.

    Args:
        password: the user's password.
    """

    password: Secret


@dataclass(frozen=True)
class RememberDevice:
    """The answer to `RememberDeviceQuestion`.

    Args:
        remember: whether the user pool is to trust this computer from now on.
    """

    remember: bool


@dataclass(frozen=True)
class SendPassword:
    """The answer to `SendPasswordQuestion`.

    Args:
        send: whether the password itself may be sent.
    """

    send: bool


Answer = (
    NewPassword
    | Code
    | FactorChoice
    | TotpSetUp
    | CustomAnswer
    | Password
    | RememberDevice
    | SendPassword
)
