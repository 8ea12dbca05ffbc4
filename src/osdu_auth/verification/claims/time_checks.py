"""The times `exp`, `nbf` and `iat` (RFC 7519, sections 4.1.4 to 4.1.6), and the longest lifetime.

Invariant: a token is valid from `nbf` and `iat` on, and strictly before `exp`; each time may differ
by the leeway and by nothing else. A time is a finite JSON number, of a year from 1970 to 9999.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.durations import rfc3339_time
from osdu_auth.verification.claims.checks import NO_FAILURES
from osdu_auth.verification.claims.rejection import (
    EXPIRY,
    ISSUED_AT,
    LIFETIME,
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
        longest_lifetime: the most seconds from `iat` to `exp`, and then `iat` is required; None for
            any lifetime.
    """

    leeway: float
    longest_lifetime: float | None = None
    names: tuple[str, ...] = ("exp", "nbf", "iat")

    def failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        """See `ClaimCheck.failures`."""
        expires_at: Any = claims.get("exp")
        issued_at: Any = claims.get("iat")
        not_before: Any = claims.get("nbf", 0)
        needs_start = self.longest_lifetime is not None or "iat" in claims
        other_times_pass = (
            is_time(expires_at)
            and is_time(not_before)
            and (is_time(issued_at) if needs_start else True)
            and now >= not_before - self.leeway
            and (issued_at is None or now >= issued_at - self.leeway)
            and (self.longest_lifetime is None or expires_at - issued_at <= self.longest_lifetime)
        )
        if other_times_pass:  # only `exp` is left; most refused tokens have expired
            is_valid = now < expires_at + self.leeway
            return NO_FAILURES if is_valid else self._expiry_failures(claims, now)
        return (
            *self._expiry_failures(claims, now),
            *self._start_failures(claims, "nbf", NOT_BEFORE, now, is_needed=False),
            *self._start_failures(claims, "iat", ISSUED_AT, now, is_needed=needs_start),
            *self._lifetime_failures(expires_at, issued_at),
        )

    def valid_from(self, claims: Claims) -> float:
        """Return the time from which a token with checked times is valid."""
        start: float = max(claims.get("nbf", 0), claims.get("iat", 0))
        return start - self.leeway

    def valid_until(self, claims: Claims) -> float:
        """Return the time at which a token with checked times expires."""
        end: float = claims["exp"]
        return end + self.leeway

    def _expiry_failures(self, claims: Claims, now: float) -> tuple[FailedCheck, ...]:
        expires_at: Any = claims.get("exp")
        if not is_time(expires_at):
            return (FailedCheck(EXPIRY, "exp", "a time", shown_claim(claims, "exp")),)
        if now < expires_at + self.leeway:
            return NO_FAILURES
        return (FailedCheck(EXPIRY, "exp", "a time in the future", rfc3339_time(expires_at)),)

    def _start_failures(
        self, claims: Claims, name: str, code: str, now: float, *, is_needed: bool
    ) -> tuple[FailedCheck, ...]:
        start: Any = claims.get(name)
        if name not in claims and not is_needed:
            return NO_FAILURES
        if not is_time(start):
            return (FailedCheck(code, name, "a time", shown_claim(claims, name)),)
        if now >= start - self.leeway:
            return NO_FAILURES
        # No issuer writes a time in the future, so the two clocks differ, at least by this time.
        found = f"{rfc3339_time(start)}, a clock skew of {start - now:.0f} s"
        return (FailedCheck(code, name, "a time in the past", found),)

    def _lifetime_failures(self, expires_at: Any, issued_at: Any) -> tuple[FailedCheck, ...]:
        if self.longest_lifetime is None or not is_time(expires_at) or not is_time(issued_at):
            return NO_FAILURES
        lifetime = expires_at - issued_at
        if lifetime <= self.longest_lifetime:
            return NO_FAILURES
        expected = f"at most {self.longest_lifetime:.0f} s after iat"
        return (FailedCheck(LIFETIME, "exp", expected, f"{shown(lifetime)} s"),)


def is_time(value: Any) -> bool:
    """Say whether a claim is a time: a number of seconds from 1970 to the year 9999."""
    # Strict JSON has no NaN and no infinity; a bool is an int in Python, but not in JSON.
    return type(value) in {int, float} and 0 <= value <= LATEST_TIME
