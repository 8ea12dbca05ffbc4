"""Users: who they are, what state their account is in, and their failed attempts."""

from __future__ import annotations

import enum
import hmac
from dataclasses import dataclass, field

_FREE_FAILURES = 5
_LONGEST_LOCKOUT = 900.0


class UserStatus(enum.Enum):
    """The states of a user account that sign-in tells apart."""

    CONFIRMED = "CONFIRMED"
    FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"  # noqa: S105 - a state's name
    UNCONFIRMED = "UNCONFIRMED"
    RESET_REQUIRED = "RESET_REQUIRED"


@dataclass
class Lockout:
    """How long a user must wait after too many wrong passwords.

    From the fifth failure on, failure n locks for 2^(n-5) seconds, at most 15 minutes.
    An attempt during the lockout neither counts nor prolongs it (Amazon Cognito developer
    guide, "Sign-in failure lockout").
    """

    failures: int = 0
    until: float = 0.0

    def active(self, now: float) -> bool:
        """Tell whether the user is locked out at `now`, in seconds since the epoch."""
        return now < self.until

    def fail(self, now: float) -> None:
        """Count one wrong password at `now`."""
        self.failures += 1
        if self.failures >= _FREE_FAILURES:
            exponent = min(self.failures - _FREE_FAILURES, 10)
            self.until = now + min(2.0**exponent, _LONGEST_LOCKOUT)

    def clear(self) -> None:
        """Start again, as after a success."""
        self.failures = 0
        self.until = 0.0


@dataclass
class User:
    """One user. A test may change a user through the pool at any time.

    Attributes:
        username: The canonical user name: a UUID, and the `sub` too.
        email: The e-mail address, an alias to sign in with.
        password: The password, or the temporary one.
        status: The state of the account.
        enabled: Whether an administrator lets the user in.
        attributes: Every attribute but `sub` and the e-mail address; values are text.
        pool_groups: The pool's groups that the user is in.
        temporary_password_expires: When a temporary password stops working, in seconds
            since the epoch; `None` for a password that is not temporary.
        lockout: The user's failed attempts.
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

    def has_password(self, password: str) -> bool:
        """Tell whether `password` is the user's."""
        return hmac.compare_digest(self.password.encode(), password.encode())

    def all_attributes(self) -> dict[str, str]:
        """Return every attribute as `GetUser` names them, `sub` first."""
        return {"sub": self.username, "email": self.email, "email_verified": "true"} | (
            self.attributes
        )
