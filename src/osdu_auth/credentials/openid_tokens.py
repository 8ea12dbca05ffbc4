"""Token sets of what an OpenID issuer's token endpoint answered, with times by our own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import UnusableReply
from osdu_auth.tokens import RENEWAL_SHARE, TokenSet, unverified_claims

if TYPE_CHECKING:
    from osdu_auth.oidc.token_endpoint import TokenAnswer
    from osdu_auth.secret import Secret


def token_set_of(
    answer: TokenAnswer,
    token: Secret,
    now: float,
    former: Secret | None = None,
    renewal_share: float = RENEWAL_SHARE,
) -> TokenSet:
    """Return the tokens of an answer with their times.

    Args:
        answer: what the token endpoint gave.
        token: which of its tokens goes to the platform.
        now: when it came, in seconds since 1970.
        former: the refresh token that it was asked with; None where it was asked with none.
        renewal_share: the last part of the token's life, in which it is renewed.

    Raises:
        UnusableReply: OA-B607: neither the answer nor the token says how long it is good.
    """
    from osdu_auth.cognito.pool_clock import clock_offset

    return TokenSet(
        access_token=token,
        issued_at=now,
        expires_at=now + _lifetime(token, answer),
        id_token=answer.id_token,
        refresh_token=answer.refresh_token or former,
        rotates=None if former is None else answer.refresh_token not in {None, former},
        clock_offset=clock_offset(answer.date, now),
        renewal_share=renewal_share,
    )


def _lifetime(token: Secret, answer: TokenAnswer) -> float:
    """Return how many seconds a token is good: by its own times, else as the issuer says."""
    claims = unverified_claims(token)
    expires, issued = claims.get("exp"), claims.get("iat")
    if isinstance(expires, (int, float)) and isinstance(issued, (int, float)):
        lifetime = float(expires - issued)
        if lifetime > 0:
            return lifetime
    if answer.expires_in is not None:
        return answer.expires_in
    raise UnusableReply(
        "The issuer did not say how long its token is good.",
        code="OA-B607",
        why="Neither its answer nor the token names a time.",
        fix="Tell the administrator of the issuer.",
    )
