"""Users: their names and attributes, the state of their account, and their failed attempts."""

from __future__ import annotations

import enum
import hmac
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import not_authorized

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

SALT_OCTETS = 16
"""The length of a salt that the pool makes, in octets."""

_FIRST_FAILURE_WITH_LOCKOUT = 5
_LONGEST_LOCKOUT = 900.0


class UserStatus(enum.Enum):
    """The states of a user account that change a sign-in."""

    CONFIRMED = "CONFIRMED"
    FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"  # noqa: S105 - a state's name
    UNCONFIRMED = "UNCONFIRMED"
    RESET_REQUIRED = "RESET_REQUIRED"


@dataclass
class Lockout:
    """How long a user must wait after too many wrong passwords.

    From the fifth failure on, failure number n locks the user out for 2^(n-5) seconds, at most 15
    minutes. An attempt during the lockout is not counted and does not extend it (Amazon Cognito
    developer guide, "Sign-in failure lockout").
    """

    failures: int = 0
    until: float = 0.0

    def active(self, now: float) -> bool:
        """Say whether the user is locked out at `now`, in seconds since the epoch."""
        return now < self.until

    def fail(self, now: float) -> None:
        """Count one wrong password at `now`."""
        self.failures += 1
        if self.failures >= _FIRST_FAILURE_WITH_LOCKOUT:
            exponent = min(self.failures - _FIRST_FAILURE_WITH_LOCKOUT, 10)
            self.until = now + min(2.0**exponent, _LONGEST_LOCKOUT)

    def clear(self) -> None:
        """Forget the failures, as after a success."""
        self.failures = 0
        self.until = 0.0


@dataclass
class User:
    """One user. A test may change a user through the pool at any time.

    Attributes:
        username: the canonical user name: a UUID, and the `sub` too.
        email: the e-mail address, an alias to sign in with.
        password: the password, or the temporary one.
        status: the state of the account.
        enabled: whether the user may sign in; an administrator can disable it.
        attributes: all attributes except `sub` and the e-mail address; values are text.
        pool_groups: the pool's groups that the user is in.
        temporary_password_expires: when a temporary password stops working, in seconds since the
            epoch; `None` for a password that is not temporary.
        lockout: the user's failed attempts.
        salt: the salt of the password's verifier, in octets; a new password gets a new one.
        mfa: the second factors that the user has enabled, by their challenges' names.
        preferred_mfa: the factor that is asked for; with `None` the user chooses.
        software_token: the verified software token, or `None`.
        pending_software_token: a software token that the signed-in user is setting up, or `None`.
        has_passkey: whether `USER_AUTH` offers `WEB_AUTHN`.
        exists: whether the pool has this user; see `UnknownUsers`.
        email_verified: whether the e-mail address is verified.
        passwordless: whether the user signed up without a password.
    """

    username: str
    email: str
    password: str = field(repr=False)
    status: UserStatus = UserStatus.CONFIRMED
    enabled: bool = True
    attributes: dict[str, str] = field(default_factory=dict, repr=False)
    pool_groups: tuple[str, ...] = ()
    temporary_password_expires: float | None = None
    lockout: Lockout = field(default_factory=Lockout)
    salt: bytes = field(default_factory=lambda: os.urandom(SALT_OCTETS), repr=False)
    mfa: tuple[str, ...] = ()
    preferred_mfa: str | None = None
    software_token: SoftwareToken | None = field(default=None, repr=False)
    pending_software_token: SoftwareToken | None = field(default=None, repr=False)
    has_passkey: bool = False
    exists: bool = True
    email_verified: bool = True
    passwordless: bool = False

    @property
    def phone_number(self) -> str:
        """The verified phone number; empty if there is none."""
        verified = self.attributes.get("phone_number_verified") == "true"
        return self.attributes.get("phone_number", "") if verified else ""

    def has_password(self, password: str) -> bool:
        """Say whether `password` is the user's."""
        return hmac.compare_digest(self.password.encode(), password.encode())

    def set_password(self, password: str) -> None:
        """Replace the password, temporary or not, by a permanent one."""
        self.password = password
        self.salt = os.urandom(SALT_OCTETS)
        self.temporary_password_expires = None
        self.passwordless = False

    def is_named(self, name: str) -> bool:
        """Say whether this is the user's canonical name or e-mail address; case is ignored."""
        return name.lower() in {self.username, self.email.lower()}

    def check_not_locked(self, now: float) -> None:
        """Refuse a user who is locked out at `now`, in seconds since the epoch.

        Raises:
            PoolError: `NotAuthorizedException`.
        """
        if self.lockout.active(now):
            raise not_authorized("Password attempts exceeded")

    def all_attributes(self) -> dict[str, str]:
        """Return every attribute as `GetUser` names them, `sub` first."""
        verified = "true" if self.email_verified else "false"
        return {"sub": self.username, "email": self.email, "email_verified": verified} | (
            self.attributes
        )

    def destination(self, medium: str) -> str:
        """Return the address for a message, verified or not; empty if there is none.

        Args:
            medium: `EMAIL` or `SMS`.
        """
        return self.attributes.get("phone_number", "") if medium == "SMS" else self.email
