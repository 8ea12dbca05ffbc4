"""From what a user pool issued to a `TokenSet`, with the lifetime set by our own clock."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

from osdu_auth.cognito.replies import LONGEST_LIFETIME
from osdu_auth.errors import UnusableReply
from osdu_auth.tokens import TokenSet, unverified_claims

if TYPE_CHECKING:
    from osdu_auth.cognito.replies import AuthenticationResult
    from osdu_auth.secret import Secret


def token_set(result: AuthenticationResult, received_at: float) -> TokenSet:
    """Return the tokens with their times.

    The pool's clock and ours may differ, so the token's own times are not compared with our clock:
    only its lifetime counts, from the moment of receipt.

    Args:
        result: what the pool issued.
        received_at: when, in seconds since 1970 by this machine's clock.

    Raises:
        UnusableReply: OA-N637: nothing says how long the access token lives.
    """
    lifetime = unverified_lifetime(result.access_token) or result.expires_in
    if lifetime is None:
        raise UnusableReply(
            "The user pool did not say how long its token is good.",
            code="OA-N637",
            why="Neither the answer nor the token names a time.",
            fix="Check --endpoint-url: a stand-in for Cognito may have answered.",
        )
    return TokenSet(
        access_token=result.access_token,
        issued_at=received_at,
        expires_at=received_at + lifetime,
        id_token=result.id_token,
        refresh_token=result.refresh_token,
    )


def unverified_lifetime(access_token: Secret) -> float | None:
    """Return how many seconds a token lives by its own claims, None if they make no sense."""
    claims = unverified_claims(access_token)
    expires, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    # NaN, which is what no number is read as, compares as false.
    lifetime = expires - issued
    return lifetime if 0 < lifetime <= LONGEST_LIFETIME else None


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return nan
    try:
        return float(value)
    except OverflowError:
        return nan
