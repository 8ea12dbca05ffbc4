"""The token that a process holds, and how fresh it is by clocks that may be set or stand still."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from osdu_auth.secret import Secret
    from osdu_auth.session.clocks import Moment
    from osdu_auth.stores.token_store import SavedSession

# Each process opens its renewal window up to this share of the token's life earlier than the last
# tenth, so that many that were given their tokens together do not all ask for new ones together.
JITTER_SHARE = 0.05
# What was received later than now says that the clock was set back; less is two machines' rounding.
CLOCK_TOLERANCE = 5.0  # seconds


class HeldToken(NamedTuple):
    """A saved session as this process took it up.

    Args:
        saved: the session.
        since: when this process took it up.
        fresh_for: how many seconds from then on it needs no renewal.
        good_for: how many seconds from then on its access token is good.
    """

    saved: SavedSession
    since: Moment
    fresh_for: float
    good_for: float

    @property
    def token(self) -> Secret:
        """The access token."""
        return self.saved.tokens.access_token

    def freshness(self, elapsed: float, min_ttl: float = 0.0) -> Freshness:
        """Say how fresh the token is for somebody who needs it for a while.

        Args:
            elapsed: seconds since it was taken up.
            min_ttl: seconds for which it has to be good; with less left it counts as expired.
        """
        if elapsed + min_ttl >= self.good_for:
            return Freshness.EXPIRED
        return Freshness.FRESH if elapsed < self.fresh_for else Freshness.STALE


def take_up(saved: SavedSession, now: Moment) -> HeldToken:
    """Take up a session, with a moment of its own at which its renewal window opens.

    A session that was saved in the future is one from before the clock was set back: nobody knows
    how old its token is, so it counts as expired.

    Args:
        saved: the session.
        now: this moment.
    """
    tokens = saved.tokens
    if now.wall < tokens.issued_at - CLOCK_TOLERANCE:
        return HeldToken(saved, now, fresh_for=0.0, good_for=0.0)
    # os.urandom and not the module `random`, whose import alone takes milliseconds.
    early = int.from_bytes(os.urandom(2), "big") / 0xFFFF * JITTER_SHARE
    opens_at = tokens.fresh_until - early * (tokens.expires_at - tokens.issued_at)
    return HeldToken(saved, now, opens_at - now.wall, tokens.expires_at - now.wall)
