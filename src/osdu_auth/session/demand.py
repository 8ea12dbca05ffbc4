"""Demand: which token a caller needs from a session."""

from __future__ import annotations

import enum

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
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
    """Which token a caller needs from a session.

    Args:
        min_ttl: for how many seconds the token has to be good.
        refused: a token that the platform refused; None if it refused no token.
        reason: why the platform refused it; "" if that is not known.
        wanted: which token is enough.
        patience: how many seconds to wait for another process that renews, while this process has a
            usable token. Without a usable token the store's own limit applies.
    """

    min_ttl: float = 0.0
    refused: Secret | None = None
    wanted: Wanted = Wanted.USABLE
    patience: float = 0.0
    reason: str = ""

    def is_met_by(self, token: Secret, freshness: Freshness) -> bool:
        """Return whether a token is enough.

        Args:
            token: the access token.
            freshness: how fresh it is, if it has to be good for `min_ttl` more seconds.
        """
        if self.wanted is Wanted.USABLE:
            return self.may_use(token, freshness)
        return (
            self.wanted is Wanted.FRESH and freshness is Freshness.FRESH and token != self.refused
        )

    def may_use(self, token: Secret, freshness: Freshness) -> bool:
        """Return whether a token may be used if a renewal fails; arguments as for `is_met_by`."""
        return (
            self.wanted is not Wanted.NEW
            and freshness is not Freshness.EXPIRED
            and token != self.refused
        )

    def was_met_by(self, held: HeldToken) -> bool:
        """Return whether a token met the demand when it was adopted; it may be too old now."""
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
                fix="Ask for a shorter time, or ask the pool's administrator for tokens with a "
                "longer life.",
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
