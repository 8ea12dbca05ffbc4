"""TokenSet: what an issuer gave, and what can be said of it without asking anyone.

Nothing read from a token here has been verified: the signature is the business of whoever relies on
it. The names say so.
"""

from __future__ import annotations

import enum
import json
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any

from osdu_auth.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.secret import Secret

# The last tenth of a token's life is for renewal: six minutes of an hour, half a minute of the five
# minutes that are the shortest an app client can be given.
RENEWAL_SHARE = 0.1


class Freshness(enum.Enum):
    """Whether an access token is to be used, renewed soon, or renewed first."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True)
class TokenSet:
    """What an issuer gave at sign-in or renewal.

    Args:
        access_token: the JWT that goes into `Authorization: Bearer`.
        issued_at: when it was received, in seconds since 1970 by this machine's clock.
        expires_at: when it stops being good, in seconds since 1970 by this machine's clock.
        id_token: the JWT that says who the user is.
        refresh_token: the opaque value that gets new tokens.
        rotates: whether the issuer gave a new refresh token at the renewal that these came of;
            None before the first one.
        clock_offset: how many seconds ahead of the issuer's this machine's clock was at that time;
            None where that is not known.
        renewal_share: the last part of the access token's life, in which it is renewed.
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
        """Say how fresh the access token is at `now`, in seconds since 1970."""
        if now < self.fresh_until:
            return Freshness.FRESH
        return Freshness.STALE if now < self.expires_at else Freshness.EXPIRED

    @property
    def unverified_claims(self) -> Mapping[str, Any]:
        """What the access token claims, without a check; decoded when it is first asked for."""
        claims: Mapping[str, Any] | None = self.__dict__.get("_claims")
        if claims is None:
            claims = unverified_claims(self.access_token)
            object.__setattr__(self, "_claims", claims)  # no field: replaced tokens get their own
        return claims

    @property
    def unverified_username(self) -> str:
        """The user pool's own name of the user: the `username` claim, "" without one."""
        username = self.unverified_claims.get("username", "")
        return username if isinstance(username, str) else ""

    @property
    def unverified_subject(self) -> str | None:
        """The issuer's own stable name of the user: the `sub` claim of the access token.

        That of the id token where the access token has none; None where neither has one.
        """
        of_access_token = unverified_subject(self.unverified_claims)
        if of_access_token is not None or self.id_token is None:
            return of_access_token
        return unverified_subject(unverified_claims(self.id_token))


def unverified_subject(claims: Mapping[str, Any]) -> str | None:
    """Return the `sub` claim of a token (RFC 7519, section 4.1.2); None where it is no name.

    Args:
        claims: what the token claims.
    """
    subject = claims.get("sub")
    return subject if isinstance(subject, str) and subject else None


def unverified_claims(token: Secret) -> Mapping[str, Any]:
    """Return what a JWT claims, without a check; empty where it is no readable JWT (RFC 7519).

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
