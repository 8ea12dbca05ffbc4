"""Makes a `TokenSet` of a user pool's tokens, with times by this machine's clock."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING

from osdu_auth.cognito.pool_clock import clock_offset
from osdu_auth.cognito.replies import LONGEST_LIFETIME
from osdu_auth.errors import UnusableReply
from osdu_auth.tokens import TokenSet, unverified_claims, unverified_subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from osdu_auth.cognito.replies import AuthenticationResult
    from osdu_auth.secret import Secret


# A smaller age of a token is caused by rounding and the network.
_SMALLEST_AGE = 5.0  # seconds


def token_set(
    result: AuthenticationResult,
    received_at: float,
    date: str | None = None,
    former: Secret | None = None,
) -> TokenSet:
    """Return the tokens with their times.

    After a reply without a refresh token, the former one stays in use. After a reply without an id
    token there is none: an old id token next to a new access token would look equally new.

    The pool's clock and this machine's may differ, so the times in the token are not compared with
    this machine's clock. Only the lifetime counts, from the moment of receipt. If the reply's
    `Date` shows that the pool issued the token earlier, that age is subtracted.

    Args:
        result: the tokens of the pool.
        received_at: when they came, in seconds since 1970 by this machine's clock.
        date: the reply's `Date` (RFC 9110, section 6.6.1); None where there was none.
        former: the refresh token that was used for a renewal; None at a sign-in.

    Raises:
        UnusableReply: OA-N637: neither the reply nor the token gives a lifetime.
    """
    claims = unverified_claims(result.access_token)
    lifetime = _unverified_lifetime(claims) or result.expires_in
    if lifetime is None:
        raise UnusableReply(
            "The user pool did not say how long its token is valid.",
            code="OA-N637",
            why="Neither the answer nor the token contains a lifetime.",
            fix="Check endpoint_url: an emulator of Cognito may have answered.",
        )
    offset = clock_offset(date, received_at)
    age = nan if offset is None else received_at - offset - _seconds(claims.get("iat"))
    return TokenSet(
        access_token=result.access_token,
        issued_at=received_at,
        expires_at=received_at + (lifetime - age if _SMALLEST_AGE < age < lifetime else lifetime),
        id_token=result.id_token,
        refresh_token=result.refresh_token or former,
        rotates=None if former is None else result.refresh_token not in (None, former),
        clock_offset=_offset_by_issue(claims, received_at) if offset is None else offset,
    )


def require_one_subject(tokens: TokenSet) -> None:
    """Refuse the tokens if one of them names no user, or if they name two users.

    A user pool writes `sub` into each token and lets no trigger change that ("Pre token generation
    Lambda trigger" in the Amazon Cognito developer guide); OpenID Connect Core 1.0, section 2,
    requires it of id tokens. A session without a known user could become another user's session.

    Args:
        tokens: the tokens that a user pool has just issued.

    Raises:
        UnusableReply: OA-N643: a token names no user; OA-N644: they name two.
    """
    subject = of_id_token = unverified_subject(tokens.unverified_claims)
    if tokens.id_token is not None:
        of_id_token = unverified_subject(unverified_claims(tokens.id_token))
    if subject is None or of_id_token is None:
        which = "access token" if subject is None else "id token"
        raise UnusableReply(
            f"The {which} of the answer does not name its user.",
            code="OA-N643",
            why="A user pool writes a subject (sub) into each token, and no trigger can remove it. "
            "The server that answered is not a user pool, or is an emulator with an error.",
            fix="Check endpoint_url, and report the error to the operators of that server.",
        )
    if subject != of_id_token:
        raise UnusableReply(
            "The access token and the id token name two different users.",
            code="OA-N644",
            why="Their subjects (sub) differ. Both tokens of a user pool have the same subject, so "
            "the server that answered has an error.",
            fix="Check endpoint_url, and report the error to the operators of that server.",
        )


def _unverified_lifetime(claims: Mapping[str, Any]) -> float | None:
    """Return the lifetime by a token's own claims, in seconds; None if they make no sense."""
    expires, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    # A claim that is not a number becomes NaN, and every comparison with NaN is false.
    lifetime = expires - issued
    return lifetime if 0 < lifetime <= LONGEST_LIFETIME else None


def _offset_by_issue(claims: Mapping[str, Any], received_at: float) -> float | None:
    """Return how many seconds this machine's clock is ahead, by the token's time of issue."""
    offset = received_at - _seconds(claims.get("iat"))
    return offset if isfinite(offset) else None


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return nan
    try:
        return float(value)
    except OverflowError:
        return nan
