"""The token set of an OpenID issuer's answer, with the times of this machine's clock."""

from __future__ import annotations

from osdu_auth.errors import UnusableReply
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.tokens import RENEWAL_SHARE, TokenSet, unverified_claims

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.oidc.token_endpoint import TokenAnswer
    from osdu_auth.secret import Secret

_LATEST_TIME = 1e12  # seconds since 1970; a larger number is not a time in seconds


def token_set_of(
    answer: TokenAnswer,
    token: Secret,
    now: float,
    former: Secret | None = None,
    renewal_share: float = RENEWAL_SHARE,
) -> TokenSet:
    """Return the tokens of an answer with their times.

    Args:
        answer: of the token endpoint.
        token: the token of the answer that goes to the platform.
        now: when the answer came, in seconds since 1970.
        former: the refresh token of the request; None if the request had none.
        renewal_share: the last share of the token's life, in which it is renewed, 0 to 1.

    Raises:
        UnusableReply: OA-B607: neither the answer nor the token has a lifetime.
    """
    from osdu_auth.cognito.pool_clock import clock_offset

    ahead = clock_offset(answer.date, now)
    return TokenSet(
        access_token=token,
        issued_at=now,
        expires_at=now + _lifetime(token, answer, now - (ahead or 0.0)),
        id_token=answer.id_token,
        refresh_token=answer.refresh_token or former,
        rotates=None if former is None else answer.refresh_token not in {None, former},
        clock_offset=ahead,
        renewal_share=renewal_share,
    )


def _lifetime(token: Secret, answer: TokenAnswer, now: float) -> float:
    """Return for how many seconds a token is good: by its own claims, else by the answer.

    Args:
        token: the token.
        answer: the answer that it came in.
        now: when the answer came by the issuer's clock, in seconds since 1970.
    """
    from osdu_auth.oidc.token_endpoint import LONGEST_LIFETIME

    claims = unverified_claims(token)
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if expires is not None and issued is not None and expires > issued:
        return min(expires - issued, LONGEST_LIFETIME)
    if answer.expires_in is not None:
        return answer.expires_in
    if expires is not None and expires > now:
        return min(expires - now, LONGEST_LIFETIME)
    raise UnusableReply(
        "The issuer did not say how long its token is good.",
        code="OA-B607",
        why="Neither its answer nor the token names a time.",
        fix="Tell the administrator of the issuer.",
    )


def _time(claims: Mapping[str, object], name: str) -> float | None:
    """Return a time of a token, in seconds since 1970; None if the claim is missing or no time."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 < value < _LATEST_TIME else None
