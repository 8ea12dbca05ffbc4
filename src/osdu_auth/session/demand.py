"""Demand: what a caller asks of a session's token."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from osdu_auth.secret import Secret
    from osdu_auth.session.state import HeldToken
    from osdu_auth.stores.saved_session import SavedSession


class Wanted(enum.Enum):
    """Which token a demand wants: one that is good, one that needs no renewal, or a new one."""

    USABLE = "usable"
    FRESH = "fresh"
    NEW = "new"


class Demand(NamedTuple):
    """What a caller asks of a session's token.

    Args:
        min_ttl: for how many seconds the token has to be good.
        other_than: a token that the platform refused; None if it refused none.
        reason: why the platform refused it; "" if that is not known.
        wanted: which token is enough.
        patience: how many seconds to wait for another process that renews, while this process has a
            usable token. Without a usable token the store's own limit applies.
    """

    min_ttl: float = 0.0
    other_than: Secret | None = None
    wanted: Wanted = Wanted.USABLE
    patience: float = 0.0
    reason: str = ""

    def is_met_by(self, token: Secret, freshness: Freshness) -> bool:
        """Return whether a token is enough.

        Args:
            token: the access token.
            freshness: how fresh it is when `min_ttl` is counted.
        """
        if self.wanted is Wanted.USABLE:
            return self.may_use(token, freshness)
        return (
            self.wanted is Wanted.FRESH
            and freshness is Freshness.FRESH
            and token != self.other_than
        )

    def may_use(self, token: Secret, freshness: Freshness) -> bool:
        """Return whether a token may be used if a renewal fails; arguments as of `is_met_by`."""
        return (
            self.wanted is not Wanted.NEW
            and freshness is not Freshness.EXPIRED
            and token != self.other_than
        )

    def was_met_by(self, held: HeldToken) -> bool:
        """Return whether a token was enough when it came; by now it may be a moment too old."""
        return self.is_met_by(held.token, held.freshness(0.0, self.min_ttl))

    def require_possible(self, saved: SavedSession) -> None:
        """Refuse a `min_ttl` that is longer than the life of this app client's tokens.

        Raises:
            UsageError: OA-U201.
        """
        lifetime = saved.tokens.expires_at - saved.tokens.issued_at
        if self.min_ttl > lifetime:
            from osdu_auth.errors import UsageError

            raise UsageError(
                f"No token of this app client has {self.min_ttl:.0f} s left.",
                code="OA-U201",
                why=f"The user pool gives its tokens a life of {lifetime:.0f} s.",
                fix="Ask for less, or ask the pool's administrator for a longer life.",
            )


def ttl_in_seconds(written: float | str) -> float:
    """Return a `min_ttl` in seconds.

    Raises:
        ValueError: it is not a duration.
    """
    if written == 0:
        return 0.0
    from osdu_auth.durations import seconds_of

    return seconds_of(written)
