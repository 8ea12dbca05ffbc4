"""Demand: what a caller asks of a session's token."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from osdu_auth.secret import Secret


class Wanted(enum.Enum):
    """Which token a demand wants: one that is good, one that needs no renewal, or a new one."""

    USABLE = "usable"
    FRESH = "fresh"
    NEW = "new"


class Demand(NamedTuple):
    """What a caller asks of a session's token.

    Args:
        min_ttl: for how many seconds the token has to be good.
        other_than: a token that the platform refused; None where none was.
        reason: why it did; "" where that is not known.
        wanted: which token is enough.
        patience: how many seconds to wait for another process that renews, while a usable token is
            there; without one, it is as long as the store waits.
    """

    min_ttl: float = 0.0
    other_than: Secret | None = None
    wanted: Wanted = Wanted.USABLE
    patience: float = 0.0
    reason: str = ""

    def is_met_by(self, token: Secret, freshness: Freshness) -> bool:
        """Say whether a token is enough; its freshness is that of `min_ttl` seconds from now."""
        if self.wanted is Wanted.USABLE:
            return self.may_use(token, freshness)
        return (
            self.wanted is Wanted.FRESH
            and freshness is Freshness.FRESH
            and token != self.other_than
        )

    def may_use(self, token: Secret, freshness: Freshness) -> bool:
        """Say whether a token would do where no better one can be had."""
        return (
            self.wanted is not Wanted.NEW
            and freshness is not Freshness.EXPIRED
            and token != self.other_than
        )
