"""TokenSet: the tokens that an issuer gave, and what can be read from them without a request.

The signature of a token is not checked here. Names that begin with `unverified` say so; code that
relies on a claim verifies the token first.
"""

from __future__ import annotations

import enum
import json
from base64 import urlsafe_b64decode

from osdu_auth.frozen import dataclass
from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from osdu_auth.secret import Secret

# The last tenth of a token's life is for renewal: six minutes of an hour, half a minute of the five
# minutes that are the shortest an app client can be given.
RENEWAL_SHARE = 0.1
# How long a fast path may read only the wall clock; after that both clocks are read.
LONGEST_FRESH_WINDOW = 30.0  # seconds


class Freshness(enum.Enum):
    """Whether an access token can be used, should be renewed soon, or must be renewed first."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True)
class TokenSet:
    """The tokens that an issuer gave at a sign-in or a renewal.

    Args:
        access_token: the JWT that goes into `Authorization: Bearer`.
        issued_at: when it was received, in seconds since 1970 by this machine's clock.
        expires_at: when it stops being good, in seconds since 1970 by this machine's clock.
        id_token: the JWT that says who the user is; None without one.
        refresh_token: the opaque value that gets new tokens; None without one.
        rotates: whether the issuer replaced the refresh token at the last renewal; None before the
            first renewal.
        clock_offset: how many seconds this machine's clock was ahead of the issuer's at that time;
            None if that is not known.
        renewal_share: the last share of the access token's life, in which it is renewed, 0 to 1.
    """

    access_token: Secret
    issued_at: float
    expires_at: float
    id_token: Secret | None = None
    refresh_token: Secret | None = None
    rotates: bool | None = None
    clock_offset: float | None = None
    renewal_share: float = RENEWAL_SHARE

    @property
    def fresh_until(self) -> float:
        """When the renewal window opens, in seconds since 1970."""
        return self.expires_at - self.renewal_share * (self.expires_at - self.issued_at)

    def freshness(self, now: float) -> Freshness:
        """Return how fresh the access token is at `now`, in seconds since 1970."""
        if now < self.fresh_until:
            return Freshness.FRESH
        return Freshness.STALE if now < self.expires_at else Freshness.EXPIRED

    @property
    def unverified_claims(self) -> Mapping[str, Any]:
        """The claims of the access token, without a check; decoded on first use."""
        claims: Mapping[str, Any] | None = self.__dict__.get("_claims")
        if claims is None:
            claims = unverified_claims(self.access_token)
            object.__setattr__(self, "_claims", claims)  # no field, so `replace` does not copy it
        return claims

    @property
    def unverified_username(self) -> str:
        """The user pool's name of the user: the `username` claim, or "" without one."""
        username = self.unverified_claims.get("username", "")
        return username if isinstance(username, str) else ""

    @property
    def unverified_subject(self) -> str | None:
        """The issuer's stable name of the user: the `sub` claim of the access token.

        If the access token has none, the `sub` claim of the id token; None if that has none either.
        """
        of_access_token = unverified_subject(self.unverified_claims)
        if of_access_token is not None or self.id_token is None:
            return of_access_token
        return unverified_subject(unverified_claims(self.id_token))


def unverified_subject(claims: Mapping[str, Any]) -> str | None:
    """Return the `sub` claim of a token (RFC 7519, section 4.1.2); None if it is no text, or empty.

    Args:
        claims: the claims of the token.
    """
    subject = claims.get("sub")
    return subject if isinstance(subject, str) and subject else None


def unverified_claims(token: Secret) -> Mapping[str, Any]:
    """Return the claims of a JWT without a check; empty if it cannot be read (RFC 7519).

    Args:
        token: a JWT in compact form.
    """
    segments = token.reveal().split(".")
    if len(segments) != 3:  # noqa: PLR2004 - header, claims, signature (RFC 7515, section 3.1)
        return {}
    try:
        claims = json.loads(urlsafe_b64decode(segments[1] + "=" * (-len(segments[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
