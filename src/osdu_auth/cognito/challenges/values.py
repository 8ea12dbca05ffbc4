"""The challenges of a user pool during sign-in, and their answers, as values.

The `refusal` of a challenge says why the pool refused the previous answer; it is None at the first
time. `kinds` has one row for each pair of challenge and answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.secret import Secret

Medium = Literal["SMS", "EMAIL", "TOTP"]
DEVICE_NAME = "osdu-auth"


@dataclass(frozen=True)
class NewPasswordRequired:
    """The user signs in for the first time and has to choose a password.

    Args:
        username: the pool's name of the user, which the answer has to contain.
        required_attributes: attributes that the user has to give, such as `name`.
        known_attributes: attributes that the pool has already, such as `email`.
        refusal: why the pool refused the previous answer; None at the first time.
        given_attributes: the attributes of the previous answer.
    """

    name: ClassVar[str] = "NEW_PASSWORD_REQUIRED"

    username: str
    required_attributes: tuple[str, ...] = ()
    known_attributes: Mapping[str, str] = field(default_factory=dict)
    refusal: OsduAuthError | None = None
    given_attributes: Mapping[str, str] = field(default_factory=dict)


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
class CodeRequired:
    """The pool asks for a code that was sent to the user, or that an authenticator app shows.

    Args:
        name: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP` or `SMS_OTP`.
        username: the pool's name of the user.
        medium: how the user gets the code; `TOTP` for an authenticator app.
        destination: the masked address that it was sent to, or the name of the app.
        refusal: why the previous code was refused; None at the first time.
        tries_left: how many tries are left in this sign-in, this one included; None if unknown.
        expires_at: when the pool may stop waiting, in seconds since 1970 by this machine's clock.
        clock_offset: how many seconds this machine's clock is ahead of the pool's; None if unknown.
            An authenticator app's codes depend on the clock of the app's own device.
    """

    name: str
    username: str
    medium: Medium
    destination: str = ""
    refusal: OsduAuthError | None = None
    tries_left: int | None = None
    expires_at: float = 0.0
    clock_offset: float | None = None


@dataclass(frozen=True)
class Code:
    """The answer to `CodeRequired`.

    Args:
        code: the code as it was sent or shown; spaces and hyphens in it are ignored, and digits of
            all scripts are accepted.
    """

    code: Secret


@dataclass(frozen=True)
class FactorChoiceRequired:
    """The user can use several factors, and has to choose one.

    Args:
        name: `SELECT_MFA_TYPE` for a second factor, `SELECT_CHALLENGE` for the first.
        username: the pool's name of the user.
        factors: the factors to choose from, such as `SMS_MFA` or `PASSWORD_SRP`.
        refusal: why the previous choice was refused; None at the first time.
    """

    name: str
    username: str
    factors: tuple[str, ...]
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class FactorChoice:
    """The answer to `FactorChoiceRequired`.

    Args:
        factor: one of the offered factors, such as `SOFTWARE_TOKEN_MFA`.
    """

    factor: str


@dataclass(frozen=True)
class TotpSetUpRequired:
    """The user has to set up an authenticator app before the sign-in can go on.

    Args:
        username: the pool's name of the user.
        secret_key: the key to type into the app (base32).
        uri: the same key as an `otpauth://` address, to be shown as a QR code.
        refusal: why the previous code was refused; None at the first time.
    """

    name: ClassVar[str] = "MFA_SETUP"

    username: str
    secret_key: Secret
    uri: Secret
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class TotpSetUp:
    """The answer to `TotpSetUpRequired`.

    Args:
        code: the first code that the authenticator app shows for the new key.
        device_name: the name of the app at the user pool.
    """

    code: Secret
    device_name: str = DEVICE_NAME


@dataclass(frozen=True)
class CustomQuestion:
    """A program of the user pool's owner asks a question (a custom challenge).

    Args:
        username: the pool's name of the user.
        parameters: the parameters that the program sends with the question.
        refusal: why the previous answer was refused; None at the first time.
    """

    name: ClassVar[str] = "CUSTOM_CHALLENGE"

    username: str
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class CustomAnswer:
    """The answer to `CustomQuestion`.

    Args:
        answer: the answer for the pool's own program.
    """

    answer: Secret


@dataclass(frozen=True)
class PasswordRequired:
    """The password was chosen as the factor, and it was not given before.

    Args:
        username: the pool's name of the user.
        refusal: why the previous password was refused; None at the first time.
    """

    name: ClassVar[str] = "PASSWORD"

    username: str
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class Password:
    """The answer to `PasswordRequired`.

    Args:
        password: the user's password.
    """

    password: Secret


@dataclass(frozen=True)
class RememberDeviceQuestion:
    """After the sign-in, the pool asks the user whether to remember this computer.

    Args:
        username: the user who signed in.
        device_name: the name of this computer that the pool is given.
    """

    name: ClassVar[str] = "ConfirmDevice"

    username: str
    device_name: str
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class RememberDevice:
    """The answer to `RememberDeviceQuestion`.

    Args:
        remember: whether the user pool may remember this computer.
    """

    remember: bool


@dataclass(frozen=True)
class SendPasswordQuestion:
    """The app client may not use SRP: osdu-auth asks whether the password itself may be sent.

    Args:
        username: the user who signs in.
        host: the host that would get it, such as `cognito-idp.us-east-1.amazonaws.com`.
        setting, value: the setting of a profile with which this is not asked, such as `auth_flow`
            and `USER_PASSWORD_AUTH`.
    """

    name: ClassVar[str] = "SendPassword"

    username: str
    host: str
    setting: Literal["auth_flow", "preferred_factor"]
    value: str
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class SendPassword:
    """The answer to `SendPasswordQuestion`.

    Args:
        send: whether the password itself may be sent.
    """

    send: bool


Challenge = (
    NewPasswordRequired
    | CodeRequired
    | FactorChoiceRequired
    | TotpSetUpRequired
    | CustomQuestion
    | PasswordRequired
    | RememberDeviceQuestion
    | SendPasswordQuestion
)
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
Answers = Callable[[Challenge], Answer]
