"""Software tokens: time-based one-time passwords (RFC 6238) of six digits, 30 seconds and SHA-1."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field

STEP_SECONDS = 30
"""How long an application shows one code, in seconds."""

_SECRET_OCTETS = 32
_DIGITS = 6
_STEPS_AROUND = 1


@dataclass
class SoftwareToken:
    """One secret that a user's application and the pool share.

    Attributes:
        secret: the secret, in octets.
        friendly_name: the user's name for the device that it is on.
        verified: whether the user has sent a code of it.
        last_step: the time step of the newest code that was accepted.
    """

    secret: bytes = field(default_factory=lambda: os.urandom(_SECRET_OCTETS), repr=False)
    friendly_name: str = ""
    verified: bool = False
    last_step: int = -1

    @property
    def text(self) -> str:
        """The secret in base32 without padding, as applications take it."""
        return base64.b32encode(self.secret).decode().rstrip("=")

    def code_at(self, moment: float) -> str:
        """Return the code for a moment, in seconds since the epoch (RFC 6238, section 4.2)."""
        return _code(self.secret, int(moment) // STEP_SECONDS)

    def step_of(self, code: str, now: float) -> int | None:
        """Return the time step whose code this is: the present one or its neighbours.

        Args:
            code: the code.
            now: the time, in seconds since the epoch.

        Returns:
            The step, or `None` for a wrong code (RFC 6238, section 5.2).
        """
        present = int(now) // STEP_SECONDS
        found: int | None = None
        for step in range(present - _STEPS_AROUND, present + _STEPS_AROUND + 1):
            if hmac.compare_digest(_code(self.secret, step).encode(), code.encode()):
                found = step
        return found

    def use_up(self, step: int) -> bool:
        """Use up a step and all before it; say whether it was unused until now."""
        if step <= self.last_step:
            return False
        self.last_step = step
        return True


def _code(secret: bytes, step: int) -> str:
    """Return the code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"
