"""What a user pool asks a person during sign-in, and the answers to it, as values.

A challenge's `refusal` is why the pool did not take the answer before; None at the first time.
`kinds` has one row for each pair.
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
        username: what the pool calls the user, which is what it wants to be answered with.
        required_attributes: what the user has to tell about themselves, such as `name`.
        known_attributes: what the pool knows already, such as `email`.
        refusal: why the pool did not take the answer before this one; None at the first time.
        given_attributes: what the user told in the answer before this one.
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
    """A code is wanted that was sent to the user, or that an authenticator app shows.

    Args:
        name: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP` or `SMS_OTP`.
        username: what the pool calls the user.
        medium: how the user gets the code; `TOTP` for an authenticator app.
        destination: where it was sent, as far as the pool shows it, or what the app is called.
        refusal: why the code before was not taken; None at the first time.
        tries_left: how often it will still be asked in this sign-in, this time included; None if
            that is not known.
        expires_at: when the pool may stop waiting, in seconds since 1970 by this machine's clock.
        clock_offset: seconds that this machine's clock is ahead of the pool's; None if unknown. An
            authenticator app's codes depend on the clock of the device that it runs on.
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
        code: as it was sent, or as the authenticator app shows it; blanks and hyphens in it do not
            count, and digits of every script do.
    """

    code: Secret


@dataclass(frozen=True)
class FactorChoiceRequired:
    """The user may sign in in several ways, and has to choose one.

    Args:
        name: `SELECT_MFA_TYPE` for a second factor, `SELECT_CHALLENGE` for the first.
        username: what the pool calls the user.
        factors: what there is to choose from, such as `SMS_MFA` or `PASSWORD_SRP`.
        refusal: why the choice before was not taken; None at the first time.
    """

    name: str
    username: str
    factors: tuple[str, ...]
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class FactorChoice:
    """The answer to `FactorChoiceRequired`.

    Args:
        factor: one of those that were offered, such as `SOFTWARE_TOKEN_MFA`.
    """

    factor: str


@dataclass(frozen=True)
class TotpSetUpRequired:
    """The user has to set up an authenticator app before anything else.

    Args:
        username: what the pool calls the user.
        secret_key: the key to type into the app (base32).
        uri: the same as an `otpauth://` address, to be shown as a QR code.
        refusal: why the code before was not taken; None at the first time.
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
        device_name: what the user pool is to call the app.
    """

    code: Secret
    device_name: str = DEVICE_NAME


@dataclass(frozen=True)
class CustomQuestion:
    """A program of the user pool's owner asks something.

    Args:
        username: what the pool calls the user.
        parameters: what the program says along with it.
        refusal: why the answer before was not taken; None at the first time.
    """

    name: ClassVar[str] = "CUSTOM_CHALLENGE"

    username: str
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class CustomAnswer:
    """The answer to `CustomQuestion`.

    Args:
        answer: what the pool's own program expects.
    """

    answer: Secret


@dataclass(frozen=True)
class PasswordRequired:
    """The password is the factor that was chosen, and it was not given beforehand.

    Args:
        username: what the pool calls the user.
        refusal: why the password before was not taken; None at the first time.
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
    """Signed in; the pool leaves it to the user whether it is to trust this computer.

    Args:
        username: who signed in.
        device_name: what the pool is told that this computer is called.
    """

    name: ClassVar[str] = "ConfirmDevice"

    username: str
    device_name: str
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class RememberDevice:
    """The answer to `RememberDeviceQuestion`.

    Args:
        remember: whether the user pool is to trust this computer from now on.
    """

    remember: bool


@dataclass(frozen=True)
class SendPasswordQuestion:
    """The user pool takes no proof of the password (SRP): may the password itself be sent?

    Args:
        username: who signs in.
        host: where it would go, such as `cognito-idp.us-east-1.amazonaws.com`.
        setting, value: what a profile has to say so that this is not asked, such as `auth_flow` and
            `USER_PASSWORD_AUTH`.
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
