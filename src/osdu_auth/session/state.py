"""State: what a process knows of one session, as a value that is replaced whole.

SIGNED_OUT ──sign in──▶ FRESH ──time──▶ STALE ──time──▶ EXPIRED

FRESH      the token is used
STALE      it is used, while one thread renews it
EXPIRED    all callers wait for the one renewal
ENDED      the issuer refused to renew what was read again, the session is gone from the store,
           or another user signed in; a sign-in begins anew
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.secret import Secret
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from osdu_auth.clocks import Moment
    from osdu_auth.errors import SessionEnded
    from osdu_auth.stores.saved_session import SavedSession

# Each process opens its renewal window up to this share of the token's life earlier than the last
# tenth, so that many that were given their tokens together do not all ask for new ones together.
JITTER_SHARE = 0.05
# What was received later than now says that the clock was set back; less is two machines' rounding.
CLOCK_TOLERANCE = 5.0  # seconds
# For how long the fast path goes by the wall clock alone; after that both clocks are asked.
LONGEST_FRESH_WINDOW = 30.0  # seconds

# A stretch of time in which a token is fresh, whatever the clocks may do until its end: its begin
# and its end, in seconds since 1970, and the token. A time before the begin says that the clock was
# set back. It is a plain tuple, as nothing else is as fast to take apart.
FreshWindow = tuple[float, float, Secret]

NO_WINDOW: FreshWindow = (0.0, 0.0, Secret(""))


class HeldToken(NamedTuple):
    """A saved session as this process adopted it.

    Args:
        saved: the session.
        since: when this process adopted it.
        fresh_for: how many seconds from then on it needs no renewal.
        good_for: how many seconds from then on its access token is good.
        token: the access token.
    """

    saved: SavedSession
    since: Moment
    fresh_for: float
    good_for: float
    token: Secret

    def freshness(self, elapsed: float, min_ttl: float = 0.0) -> Freshness:
        """Say how fresh the token is for a caller who needs it for a while.

        Args:
            elapsed: seconds since it was adopted.
            min_ttl: seconds for which it has to be good; with less left it counts as expired.
        """
        if elapsed + min_ttl >= self.good_for:
            return Freshness.EXPIRED
        return Freshness.FRESH if elapsed < self.fresh_for else Freshness.STALE


class User(NamedTuple):
    """Whose session it is.

    Args:
        name: the pool's `username` of the user, "" where the tokens have none.
        typed: what they typed to sign in.
        subject: the issuer's own stable name of the user; None in sessions and pickles of before it
            was kept, whose tokens have none.
        binding: where it was issued; None in pickles of before it was kept.
    """

    name: str
    typed: str
    subject: str | None = None
    binding: str | None = None

    def is_issued_where(self, other: User) -> bool:
        """Say whether both are users of the same pool, by the same app client."""
        both = (self.binding, other.binding)
        return None in both or both[0] == both[1]

    def is_same_as(self, other: User) -> bool:
        """Say whether the issuer takes both for the same user.

        A subject is a name at its own issuer only (OpenID Connect Core 1.0, section 2). Without one
        the next best names count: the `username` of the tokens, and what was typed.
        """
        if not self.is_issued_where(other):
            return False
        if self.subject and other.subject:
            return self.subject == other.subject
        if self.name and other.name:
            return self.name == other.name
        return self.typed == other.typed


class Ended(NamedTuple):
    """That the session has ended.

    Args:
        error: why.
        refused: the refresh token that the issuer refused; None where the session is gone.
    """

    error: SessionEnded
    refused: Secret | None


class Unkept(NamedTuple):
    """A renewed session that the store did not take.

    Args:
        stored: what the store has instead; None where it has nothing.
        newest: the renewed one.
    """

    stored: SavedSession | None
    newest: SavedSession


class Replacement(NamedTuple):
    """The token that was got instead of one that the platform refused.

    Args:
        token: it.
        at: when it came.
        reasons: why the one before it was refused, and those before that which were replaced so.
    """

    token: Secret
    at: Moment
    reasons: frozenset[str] = frozenset()


class State(NamedTuple):
    """What a process knows of one session.

    Args:
        held: the newest token; None where none was seen.
        user: as whom the session was begun; None where that is open.
        other_user: who is known to have signed in instead.
        ended: that the session has ended; None as long as that is not known.
        unkept: that the store lacks the newest session.
        replacement: of a token that the platform refused.
    """

    held: HeldToken | None = None
    user: User | None = None
    other_user: User | None = None
    ended: Ended | None = None
    unkept: Unkept | None = None
    replacement: Replacement | None = None

    def is_users(self, saved: SavedSession) -> bool:
        """Say whether a session is of the user as whom this was begun; of any user, if not."""
        return self.user is None or self.user.is_same_as(user_of(saved))


def user_of(saved: SavedSession) -> User:
    """Return whose session it is."""
    return User(saved.tokens.unverified_username, saved.account, saved.subject, saved.binding)


def held_from(saved: SavedSession, now: Moment) -> HeldToken:
    """Hold a session, with a moment of its own at which its renewal window opens.

    A session that was saved in the future is one from before the clock was set back: the age of its
    token is not known, so it counts as expired.

    Args:
        saved: the session.
        now: this moment.
    """
    tokens = saved.tokens
    if now.wall < tokens.issued_at - CLOCK_TOLERANCE:
        return HeldToken(saved, now, 0.0, 0.0, tokens.access_token)
    # os.urandom and not the module `random`, whose import alone takes milliseconds.
    early = int.from_bytes(os.urandom(2), "big") / 0xFFFF * JITTER_SHARE
    opens_at = tokens.fresh_until - early * (tokens.expires_at - tokens.issued_at)
    good_for = tokens.expires_at - now.wall
    return HeldToken(saved, now, opens_at - now.wall, good_for, tokens.access_token)
