"""The times `exp`, `nbf` and `iat` (RFC 7519, sections 4.1.4 to 4.1.6), and the longest lifetime.

Invariant: a token is valid from `nbf` and `iat` on, and strictly before `exp`; each time may differ
by the leeway and by nothing else. A time is a finite JSON number, of a year from 1970 to 9999.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.durations import rfc3339_time
from osdu_auth.verification.claims.checks import NONE
from osdu_auth.verification.claims.rejection import (
    EXPIRY,
    ISSUED_AT,
    LIFE,
    NOT_BEFORE,
    FailedCheck,
    shown,
    shown_claim,
)

if TYPE_CHECKING:
    from osdu_auth.verification.claims.checks import Claims

LATEST_TIME = 253_402_300_799  # the last second of the year 9999, in seconds since 1970


@dataclass(frozen=True)
class TimesCheck:
    """A token is valid now.

    Args:
        leeway: seconds by which the issuer's clock may differ from ours.
        longest_life: the most seconds from `iat` to `exp`, and then `iat` is required; None for
            any lifetime.
    """

    leeway: float
    longest_life: float | None = None
    names: tuple[str, ...] = ("exp", "nbf", "iat")

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """As of `ClaimCheck`."""
        expires_at: Any = claims.get("exp")
        issued_at: Any = claims.get("iat")
        not_before: Any = claims.get("nbf", 0)
        needs_start = self.longest_life is not None or "iat" in claims
        has_begun = (
            is_time(expires_at)
            and is_time(not_before)
            and (is_time(issued_at) if needs_start else True)
            and now >= not_before - self.leeway
            and (issued_at is None or now >= issued_at - self.leeway)
            and (self.longest_life is None or expires_at - issued_at <= self.longest_life)
        )
        if has_begun:  # then only `exp` is left, and most refusals are for it
            is_good = now < expires_at + self.leeway
            return NONE if is_good else self._expiry_failures(claims, now)
        return (
            *self._expiry_failures(claims, now),
            *self._start_failures(claims, "nbf", NOT_BEFORE, now, is_needed=False),
            *self._start_failures(claims, "iat", ISSUED_AT, now, is_needed=needs_start),
            *self._life_failures(expires_at, issued_at),
        )

    def good_from(self, claims: Claims) -> float:
        """Return the time from which a token with checked times is valid."""
        start: float = max(claims.get("nbf", 0), claims.get("iat", 0))
        return start - self.leeway

    def good_until(self, claims: Claims) -> float:
        """Return the time at which a token with checked times expires."""
        end: float = claims["exp"]
        return end + self.leeway

    def _expiry_failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        expires_at: Any = claims.get("exp")
        if not is_time(expires_at):
            return (FailedCheck(EXPIRY, "exp", "a time", shown_claim(claims, "exp")),)
        if now < expires_at + self.leeway:
            return NONE
        return (FailedCheck(EXPIRY, "exp", "a time in the future", rfc3339_time(expires_at)),)

    def _start_failures(
        self, claims: Claims, name: str, code: str, now: float, *, is_needed: bool
    ) -> tuple[FailedCheck, ...]:
        start: Any = claims.get(name)
        if name not in claims and not is_needed:
            return NONE
        if not is_time(start):
            return (FailedCheck(code, name, "a time", shown_claim(claims, name)),)
        if now >= start - self.leeway:
            return NONE
        # No issuer writes a time in the future: the clocks differ, by at least that much.
        found = f"{rfc3339_time(start)}, a clock skew of {start - now:.0f} s"
        return (FailedCheck(code, name, "a time in the past", found),)

    def _life_failures(self, expires_at: Any, issued_at: Any) -> tuple[FailedCheck, ...]:
        if self.longest_life is None or not is_time(expires_at) or not is_time(issued_at):
            return NONE
        life = expires_at - issued_at
        if life <= self.longest_life:
            return NONE
        expected = f"at most {self.longest_life:.0f} s after iat"
        return (FailedCheck(LIFE, "exp", expected, f"{shown(life)} s"),)


def is_time(value: Any) -> bool:
    """Say whether a claim is a time: a number of seconds from 1970 to the year 9999."""
    # Strict JSON has no NaN and no infinity; a bool is an int in Python, but not in JSON.
    return type(value) in {int, float} and 0 <= value <= LATEST_TIME
