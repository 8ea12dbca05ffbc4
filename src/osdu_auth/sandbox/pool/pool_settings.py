"""What holds for all users of a pool."""

from __future__ import annotations

from dataclasses import dataclass, field

from .password_policy import PasswordPolicy


@dataclass(frozen=True)
class PoolSettings:
    """What holds for all users of a pool.

    Attributes:
        required_attributes: The attributes every user must have after the first sign-in.
        password_policy: What a new password must hold.
        temporary_password_validity: The life of a temporary password, in seconds.
    """

    required_attributes: tuple[str, ...] = ("email", "given_name", "family_name")
    password_policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    temporary_password_validity: int = 7 * 24 * 3600
