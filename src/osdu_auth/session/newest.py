"""The newest token of a session that this process has, and for how long it is good.

The laws of this module:

- A token is good by two clocks, whichever of them says less, and once it is known to be fresh the
  hot path asks one of them for half a minute at most.
- A session does not change its user half-way: what a program began as one user, it does not go on
  with as another who signed in elsewhere meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import SessionEnded
from osdu_auth.secret import Secret
from osdu_auth.session.deadline import deadline_of
from osdu_auth.session.events import SessionEvent
from osdu_auth.session.held import take_up
from osdu_auth.session.log import logger
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from osdu_auth.session.clocks import Clocks
    from osdu_auth.session.deadline import SessionDeadline
    from osdu_auth.session.events import Listeners
    from osdu_auth.session.held import HeldToken
    from osdu_auth.session.sources import Sources
    from osdu_auth.stores.token_store import SavedSession

# For how long the hot path goes by the wall clock alone; after that both clocks are asked.
LONGEST_LEG = 30.0  # seconds

# A stretch of time in which a token is fresh, whatever the clocks may do meanwhile: its begin and
# its end, in seconds since 1970, and the token. A time before the begin says that the clock was set
# back. It is replaced as a whole, and a plain tuple, as nothing else is as fast to take apart.
Leg = tuple[float, float, Secret]

_NO_LEG: Leg = (0.0, 0.0, Secret(""))


class User(NamedTuple):
    """Whose session it is.

    Args:
        name: the pool's `username` of the user, "" where the tokens have none.
        typed: what they typed to sign in.
        subject: the issuer's own stable name of the user; None in sessions and pickles of before it
            was kept, whose tokens have none.
        pool_and_client: where it was issued; None in pickles of before it was kept.
    """

    name: str
    typed: str
    subject: str | None = None
    pool_and_client: str | None = None

    def is_issued_where(self, other: User) -> bool:
        """Say whether both are users of the same pool, by the same app client."""
        both = (self.pool_and_client, other.pool_and_client)
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


class NewestToken:
    """The newest token of one session in this process; any thread may look, one at a time takes.

    Args:
        sources: whose session it is.
        clocks: this machine's.
        listeners: are told of another token, and of an end that is near.
    """

    def __init__(self, sources: Sources, clocks: Clocks, listeners: Listeners) -> None:
        self.leg: Leg = _NO_LEG
        self.held: HeldToken | None = None
        self.user: User | None = None
        self._stranger: User | None = None  # who is known to have signed in instead
        self._sources = sources
        self._clocks = clocks
        self._listeners = listeners
        self._end: SessionDeadline | None = None
        self._untold_end: list[SessionDeadline] = []  # that end, until its being near is told

    def good(self, min_ttl: float = 0.0) -> tuple[HeldToken | None, Freshness]:
        """Return the token and how fresh it is; none where none is good.

        Args:
            min_ttl: seconds for which it has to be good.
        """
        held = self.held
        if held is None:
            return None, Freshness.EXPIRED
        now = self._clocks.now()
        elapsed = now.since(held.since)
        freshness = held.freshness(elapsed, min_ttl)
        if freshness is Freshness.EXPIRED:
            return None, freshness
        if freshness is Freshness.FRESH:
            end = now.wall + min(LONGEST_LEG, held.fresh_for - elapsed)
            self.leg = (now.wall, end, held.token)
            if self.held is not held:  # another thread has a newer one
                self.leg = _NO_LEG
        return held, freshness

    def freshness(self, held: HeldToken, min_ttl: float = 0.0) -> Freshness:
        """Say how fresh a token is now for somebody who needs it for `min_ttl` seconds."""
        return held.freshness(self._clocks.now().since(held.since), min_ttl)

    def is_fresh(self, held: HeldToken, min_ttl: float = 0.0) -> bool:
        """Say whether a token needs no renewal."""
        return self.freshness(held, min_ttl) is Freshness.FRESH

    def take(self, saved: SavedSession) -> HeldToken:
        """Take up what was loaded or renewed, and note what that changes.

        A good token is not given up for one that has expired.

        Raises:
            SessionEnded: OA-S432: it is another user's.
        """
        held = self.held
        if held is not None and held.saved == saved:
            return held  # with the moment at which it was taken up, whatever the clock says now
        try:
            self.require_same_user(saved)
        except SessionEnded as ended:
            if self._stranger != user_of(saved):
                self._stranger = user_of(saved)
                name = self._sources.profile.name
                self._listeners.note(SessionEvent("ended", name, error=ended))
            raise
        if held is not None and self._is_worse(saved, held):
            return held  # as a store that was put back from a backup has it
        return self.take_anybodys(saved)

    def _is_worse(self, saved: SavedSession, held: HeldToken) -> bool:
        is_expired = take_up(saved, self._clocks.now()).good_for <= 0
        return is_expired and self.freshness(held) is not Freshness.EXPIRED

    def require_same_user(self, saved: SavedSession) -> None:
        """Refuse a session that is not of the user as whom this one was begun.

        Raises:
            SessionEnded: OA-S432.
        """
        if self.user is None or self.is_users(saved):
            return
        import shlex

        name, typed = self._sources.profile.name, self.user.typed
        what = f"Now {saved.username} is signed in, but this was begun as {typed}."
        fix = "Start the program anew: it then goes on as the user who is signed in now."
        if not self.user.is_issued_where(user_of(saved)):
            what = f'This was begun when "{name}" named another user pool or app client.'
        elif saved.username == typed:
            what = f"Now another user is signed in as {typed} than when this was begun."
        else:
            fix = f"osdu-auth login -p {name} -u {shlex.quote(typed)}"
        why = "What is under way does not change its user half-way."
        raise SessionEnded(what, code="OA-S432", why=why, fix=fix)

    def is_users(self, saved: SavedSession) -> bool:
        """Say whether a session is of the user as whom this one was begun; of anybody, if not."""
        return self.user is None or self.user.is_same_as(user_of(saved))

    def take_anybodys(self, saved: SavedSession) -> HeldToken:
        """Take up a session that was made with this very object, whoever signed in."""
        held = self.held
        self.held = taken = take_up(saved, self._clocks.now())
        self.user, self._stranger = user_of(saved), None
        self.leg = _NO_LEG
        if held is not None:
            name, expires_at = self._sources.profile.name, saved.tokens.expires_at
            self._listeners.note(SessionEvent("renewed", name, expires_at))
        end = deadline_of(saved, self._sources.profile, taken.since.wall)
        if end != self._end:
            self._end, self._untold_end = end, [] if end is None else [end]
        near_end = self.near_end()
        if near_end is not None:
            self._listeners.note(near_end)
        return taken

    def forget(self) -> None:
        """Have no token any more."""
        self.held, self.user, self.leg = None, None, _NO_LEG
        self._end, self._untold_end = None, []

    def near_end(self) -> SessionEvent | None:
        """Return that the session's end is near, once for each end; None otherwise."""
        untold = self._untold_end
        if not untold:
            return None
        now = self._clocks.wall()
        try:
            if not untold[0].is_near(now):
                return None
            end = untold.pop()
        except IndexError:  # another thread has it
            return None
        name = self._sources.profile.name
        logger().warning("%s", end.in_words(now, name))
        return SessionEvent("ending", name, end.at)


def user_of(saved: SavedSession) -> User:
    """Return whose session it is."""
    return User(
        saved.tokens.unverified_username, saved.username, saved.subject, saved.pool_and_client
    )
