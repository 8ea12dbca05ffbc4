"""The settings of a pool: password policy, second factors, devices, issuer."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.service_model import check_password_form

if TYPE_CHECKING:
    from collections.abc import Mapping

ORIGINAL = "original"
UPDATED = "updated"

_UPDATED_PATH = "issuer-cognito-idp"

_SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")


@dataclass(frozen=True)
class PasswordPolicy:
    """The rules for a new password: Amazon Cognito's default policy, and its sentences.

    Attributes:
        shortest: the smallest length, in characters.
        needs_uppercase: whether it needs an upper-case Latin letter.
        needs_lowercase: whether it needs a lower-case Latin letter.
        needs_number: whether it needs a digit.
        needs_symbol: whether it needs one of Cognito's symbols.
    """

    shortest: int = 8
    needs_uppercase: bool = True
    needs_lowercase: bool = True
    needs_number: bool = True
    needs_symbol: bool = True

    def check(self, password: str) -> None:
        """Refuse a password that does not conform.

        Raises:
            PoolError: `InvalidPasswordException` with the first rule that is broken, or
                `InvalidParameterException` for a password that no policy allows.
        """
        check_password_form(password)
        for broken, words in self._rules(password):
            if broken:
                raise PoolError(
                    "InvalidPasswordException",
                    f"Password did not conform with policy: Password {words}",
                )

    def _rules(self, password: str) -> tuple[tuple[bool, str], ...]:
        latin = [character for character in password if character.isascii()]
        upper = any(character.isupper() for character in latin)
        lower = any(character.islower() for character in latin)
        number = any(character.isdigit() for character in latin)
        symbol = not _SYMBOLS.isdisjoint(password)
        return (
            (len(password) < self.shortest, "not long enough"),
            (self.needs_uppercase and not upper, "must have uppercase characters"),
            (self.needs_lowercase and not lower, "must have lowercase characters"),
            (self.needs_number and not number, "must have numeric characters"),
            (self.needs_symbol and not symbol, "must have symbol characters"),
        )


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
        parameters: the `ChallengeParameters` that the client gets.
        answer: the only correct answer.
    """

    parameters: Mapping[str, str]
    answer: str = field(repr=False)


@dataclass(frozen=True)
class PoolSettings:
    """The settings of a pool, for all its users.

    Attributes:
        required_attributes: the attributes that every user must have after the first sign-in.
        password_policy: what a new password must have.
        temporary_password_validity: the life of a temporary password, in seconds.
        mfa: whether users need a second factor; by default only a user who has one is asked for it.
        mfa_factors: the second factors that the pool allows.
        first_factors: what `USER_AUTH` may begin with: `PASSWORD`, `EMAIL_OTP`, `SMS_OTP`,
            `WEB_AUTHN`.
        device_tracking: whether devices get keys.
        challenge_on_new_device_only: whether a remembered device replaces the second factor.
        custom_questions: what `CUSTOM_AUTH` asks, in order; empty for a pool without triggers.
        code_tries: how many wrong answers end a session.
        proof_seconds: how long `PASSWORD_VERIFIER` may be answered, in seconds.
        proof_time_tolerance: how far a proof's time may be from the clock, in seconds.
        proofs_follow_skipped_time: whether a proof's time must follow a clock that a test moved;
            otherwise the machine's time is valid too.
        session_with_password_verifier: whether PASSWORD_VERIFIER comes with a `Session`, which the
            real service often leaves out.
        salt_with_leading_zeros: whether SALT is written with all its octets rather than as the
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


class Issuers(NamedTuple):
    """The two issuers of a pool: its tokens name one of them.

    A pool is set to one of them (Amazon Cognito API reference, "IssuerConfigurationType"). At AWS
    they differ by their host; here there is one host, and the updated issuer has a path of its own.

    Args:
        named: the issuer that the pool's tokens name.
        published: the issuers that publish metadata and keys. A pool that is not set to the updated
            issuer publishes nothing for it.
        unpublished: the issuer that publishes nothing; empty if both publish.
    """

    named: str
    published: tuple[str, ...]
    unpublished: str = ""


def check_issuer_type(issuer_type: str) -> str:
    """Return a type of issuer in lower case.

    Raises:
        ValueError: it is neither `original` nor `updated`.
    """
    lower = issuer_type.lower()
    if lower not in {ORIGINAL, UPDATED}:
        raise ValueError(f"an issuer is {ORIGINAL} or {UPDATED}, not {issuer_type!r}")
    return lower


def issuers_of(issuer_type: str, endpoint_url: str, user_pool_id: str) -> Issuers:
    """Return the issuers of a pool at an address.

    Args:
        issuer_type: `original` or `updated`.
        endpoint_url: the pool's API.
        user_pool_id: the pool's id.
    """
    original = f"{endpoint_url}/{user_pool_id}"
    updated = f"{endpoint_url}/{_UPDATED_PATH}/{user_pool_id}"
    if issuer_type == UPDATED:
        return Issuers(updated, (original, updated))
    return Issuers(original, (original,), unpublished=updated)
