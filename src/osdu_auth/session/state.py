"""State: what a process knows of one session, as an immutable value that is replaced as a whole.

SIGNED_OUT ──sign in──▶ FRESH ──time──▶ STALE ──time──▶ EXPIRED

FRESH      the token is used
STALE      the token is used, and one thread renews it
EXPIRED    all callers wait for one renewal
ENDED      the issuer refused the refresh token, and the store has no newer one; or the session is
           gone from the store; or another user signed in. A sign-in begins a new session.
"""

from __future__ import annotations

import os

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.secret import Secret
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from osdu_auth.clocks import Moment
    from osdu_auth.errors import SessionEnded
    from osdu_auth.stores.saved_session import SavedSession

# Each process begins to renew up to this share of the token's life before the last tenth begins.
# The share is random, so that processes that got their tokens together do not renew together.
JITTER_SHARE = 0.05
# If a token was issued more than this after the present time, the clock was set back. A smaller
# difference may come from the rounding of two machines.
CLOCK_TOLERANCE = 5.0  # seconds

# A time in which a token is fresh: its start, its end (seconds since 1970) and the token. A time
# before the start shows that the clock was set back. A plain tuple is the fastest to unpack.
FreshWindow = tuple[float, float, Secret]

NO_WINDOW: FreshWindow = (0.0, 0.0, Secret(""))


class HeldToken(NamedTuple):
    """A saved session as this process adopted it.

    Args:
        saved: the session.
        since: when this process adopted it.
        fresh_for: how many seconds after that it needs no renewal.
        good_for: how many seconds after that its access token is good.
        token: the access token.
    """

    saved: SavedSession
    since: Moment
    fresh_for: float
    good_for: float
    token: Secret

    def freshness(self, elapsed: float, min_ttl: float = 0.0) -> Freshness:
        """Return how fresh the token is for a caller that needs it for `min_ttl` seconds.

        Args:
            elapsed: seconds since it was adopted.
            min_ttl: seconds for which it has to be good; with less left it counts as expired.
        """
        if elapsed + min_ttl >= self.good_for:
            return Freshness.EXPIRED
        return Freshness.FRESH if elapsed < self.fresh_for else Freshness.STALE


class User(NamedTuple):
    """The user of a session.

    Args:
        name: the pool's `username` of the user, "" if the tokens have none.
        typed: the name that the user typed to sign in.
        subject: the issuer's stable name of the user; None in sessions and pickles of older
            versions, and if the tokens have none.
        binding: the binding of the session; None in pickles of older versions.
    """

    name: str
    typed: str
    subject: str | None = None
    binding: str | None = None

    def has_binding_of(self, other: User) -> bool:
        """Return whether both are users of the same pool and the same app client."""
        both = (self.binding, other.binding)
        return None in both or both[0] == both[1]

    def is_same_as(self, other: User) -> bool:
        """Return whether both are the same user at the issuer.

        A subject identifies a user at its own issuer only (OpenID Connect Core 1.0, section 2).
        Without subjects the `username` of the tokens is compared, or else what was typed.
        """
        if not self.has_binding_of(other):
            return False
        if self.subject and other.subject:
            return self.subject == other.subject
        if self.name and other.name:
            return self.name == other.name
        return self.typed == other.typed


class Ended(NamedTuple):
    """The end of a session.

    Args:
        error: why it ended.
        refused: the refresh token that the issuer refused; None if the session is gone.
    """

    error: SessionEnded
    refused: Secret | None


class Unsaved(NamedTuple):
    """A renewed session that could not be saved in the store.

    Args:
        stored: what the store has instead; None if it has nothing.
        newest: the renewed session.
    """

    stored: SavedSession | None
    newest: SavedSession


class Replacement(NamedTuple):
    """The token that replaced one that the platform refused.

    Args:
        token: the new token.
        at: when it came.
        reasons: why the platform refused the token before it, and the earlier ones of this chain.
    """

    token: Secret
    at: Moment
    reasons: frozenset[str] = frozenset()


class State(NamedTuple):
    """What a process knows of one session.

    Args:
        held: the newest token; None before the first one.
        user: the first user of the session in this process; None before the first token.
        other_user: a user who signed in to the same profile elsewhere; None if there is none.
        ended: the end of the session; None while it has not ended.
        unsaved: the newest session, if the store does not have it.
        replacement: the token that replaced a refused one; None if no token was refused.
    """

    held: HeldToken | None = None
    user: User | None = None
    other_user: User | None = None
    ended: Ended | None = None
    unsaved: Unsaved | None = None
    replacement: Replacement | None = None

    def has_user_of(self, saved: SavedSession) -> bool:
        """Return whether a session is of the same user; True if no user is known yet."""
        return self.user is None or self.user.is_same_as(user_of(saved))


def user_of(saved: SavedSession) -> User:
    """Return the user of a session."""
    return User(saved.tokens.unverified_username, saved.account, saved.subject, saved.binding)


def held_from(saved: SavedSession, now: Moment) -> HeldToken:
    """Return a session's token with its times; the start of its renewal is random (`JITTER_SHARE`).

    If the token was issued in the future, the clock was set back. The age of the token is then not
    known, so the token counts as expired.

    Args:
        saved: the session.
        now: the present moment.
    """
    tokens = saved.tokens
    if now.wall < tokens.issued_at - CLOCK_TOLERANCE:
        return HeldToken(saved, now, 0.0, 0.0, tokens.access_token)
    # `os.urandom`, because the import of the module `random` takes milliseconds.
    early = int.from_bytes(os.urandom(2), "big") / 0xFFFF * JITTER_SHARE
    fresh_until = tokens.fresh_until - early * (tokens.expires_at - tokens.issued_at)
    good_for = tokens.expires_at - now.wall
    return HeldToken(saved, now, fresh_until - now.wall, good_for, tokens.access_token)
