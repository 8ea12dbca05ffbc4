"""What holds for all users of a pool."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.password_policy import PasswordPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping


class MfaConfiguration(enum.Enum):
    """Whether users need a second factor."""

    OFF = "OFF"
    OPTIONAL = "OPTIONAL"
    REQUIRED = "ON"


class DeviceTracking(enum.Enum):
    """Whether a pool gives devices keys and remembers them."""

    OFF = "OFF"
    ALWAYS = "ALWAYS"
    USER_OPT_IN = "USER_OPT_IN"


@dataclass(frozen=True)
class CustomQuestion:
    """One question of a custom sign-in, as a pool's Lambda triggers would ask it.

    Attributes:
        parameters: What the client is told, as `ChallengeParameters`.
        answer: The only good answer.
    """

    parameters: Mapping[str, str]
    answer: str = field(repr=False)


@dataclass(frozen=True)
class PoolSettings:
    """What holds for all users of a pool.

    Attributes:
        required_attributes: The attributes every user must have after the first sign-in.
        password_policy: What a new password must hold.
        temporary_password_validity: The life of a temporary password, in seconds.
        mfa: Whether users need a second factor; by default who has one is asked for it.
        mfa_factors: The second factors the pool allows.
        first_factors: What `USER_AUTH` may begin with: `PASSWORD`, `EMAIL_OTP`, `SMS_OTP`,
            `WEB_AUTHN`.
        device_tracking: Whether devices get keys.
        challenge_on_new_device_only: Whether a remembered device stands for a second factor.
        custom_questions: What `CUSTOM_AUTH` asks, in order; empty for a pool without triggers.
        code_tries: How many wrong answers one session bears.
        proof_seconds: How long a password verifier may be answered, in seconds.
        proof_time_tolerance: How far a proof's time may be from the clock, in seconds.
        proofs_follow_skipped_time: Whether a proof's time must follow a clock that a test
            moved; otherwise the machine's time is good too.
        session_with_password_verifier: Whether PASSWORD_VERIFIER comes with a `Session`, which
            the real service often leaves out.
        salt_with_leading_zeros: Whether SALT is written with all its octets rather than as the
            shortest number.
    """

    required_attributes: tuple[str, ...] = ("email", "given_name", "family_name")
    password_policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    temporary_password_validity: int = 7 * 24 * 3600
    mfa: MfaConfiguration = MfaConfiguration.OPTIONAL
    mfa_factors: tuple[str, ...] = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
    first_factors: tuple[str, ...] = ("PASSWORD", "EMAIL_OTP", "SMS_OTP")
    device_tracking: DeviceTracking = DeviceTracking.OFF
    challenge_on_new_device_only: bool = True
    custom_questions: tuple[CustomQuestion, ...] = ()
    code_tries: int = 3
    proof_seconds: float = 10.0
    proof_time_tolerance: float = 300.0
    proofs_follow_skipped_time: bool = False
    session_with_password_verifier: bool = False
    salt_with_leading_zeros: bool = False
