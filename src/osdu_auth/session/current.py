"""CurrentSession: the newest session that this process knows, and how that changes.

The laws of this module:

- A token is good by two clocks, whichever of them says less, and once it is known to be fresh the
  fast path asks one of them for half a minute at most.
- A session does not change its user: what a program began as one user, it does not go on with as
  another who signed in elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import SessionEnded, SignInRequired
from osdu_auth.fixes import Run
from osdu_auth.log import logger
from osdu_auth.session.config import NOT_SIGNED_IN, ended_by
from osdu_auth.session.deadline import deadline_of
from osdu_auth.session.events import SessionEvent
from osdu_auth.session.state import (
    LONGEST_FRESH_WINDOW,
    NO_WINDOW,
    Ended,
    FreshWindow,
    HeldToken,
    Replacement,
    State,
    held_from,
    user_of,
)
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from osdu_auth.clocks import Clocks
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.fixes import Fix
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.session.deadline import SessionDeadline
    from osdu_auth.session.demand import Demand
    from osdu_auth.session.events import Kind, Listeners
    from osdu_auth.session.state import User
    from osdu_auth.stores.saved_session import SavedSession

# A token that came less than this many seconds ago instead of a refused one, and that is refused
# itself, is not renewed again: the next one would be refused as well.
REFUSED_ANYWAY = 10.0


class CurrentSession:
    """The newest session that this process knows; any thread may look, one at a time changes it.

    Args:
        config: profile, store and credential.
        clocks: this machine's.
        listeners: are to hear what happens.
    """

    def __init__(self, config: SessionConfig, clocks: Clocks, listeners: Listeners) -> None:
        self.fresh_window: FreshWindow = NO_WINDOW
        self.state = State()
        self._config = config
        self._clocks = clocks
        self._listeners = listeners
        self._deadline: SessionDeadline | None = None
        self._notices: list[SessionDeadline] = []  # the deadline, until its being near is told

    def look(self, demand: Demand) -> tuple[HeldToken | None, Freshness]:
        """Return the newest token and how fresh it is for a demand; none where none is good."""
        held = self.state.held
        if held is None:
            return None, Freshness.EXPIRED
        now = self._clocks.now()
        elapsed = now.since(held.since)
        freshness = held.freshness(elapsed, demand.min_ttl)
        if freshness is Freshness.EXPIRED:
            return None, freshness
        if freshness is Freshness.FRESH:
            end = now.wall + min(LONGEST_FRESH_WINDOW, held.fresh_for - elapsed)
            self.fresh_window = (now.wall, end, held.token)
            if self.state.held is not held:  # another thread has a newer one
                self.fresh_window = NO_WINDOW
        return held, freshness

    def freshness(self, held: HeldToken, demand: Demand) -> Freshness:
        """Return how fresh a token is for a demand, in this moment."""
        return held.freshness(self._clocks.now().since(held.since), demand.min_ttl)

    def is_refused_anyway(self, demand: Demand) -> bool:
        """Say whether the next token would be refused as well, as the one before was.

        The platform refused what had just come instead of a refused token, or what came instead of
        one that it refused for the same reason.
        """
        replacement = self.state.replacement
        if replacement is None or replacement.token != demand.other_than:
            return False
        is_new = self._clocks.now().since(replacement.at) < REFUSED_ANYWAY
        return is_new or (bool(demand.reason) and demand.reason in replacement.reasons)

    def note_replacement(self, held: HeldToken, demand: Demand) -> None:
        """Note that a token came instead of the one that a demand says was refused."""
        if demand.other_than is None or held.token == demand.other_than:
            return
        former = self.state.replacement
        reasons = frozenset({demand.reason} - {""})
        if former is not None and former.token in {demand.other_than, held.token}:
            reasons |= former.reasons
        replacement = Replacement(held.token, self._clocks.now(), reasons)
        self.state = self.state._replace(replacement=replacement)

    def newest(self, stored: SavedSession | None) -> SavedSession:
        """Return the newest session, stored or not.

        Args:
            stored: what the store has.

        Raises:
            SignInRequired: there is none, or it is one of other settings.
            SessionEnded: it ended; or it is gone, while this process has had it.
        """
        state, name = self.state, self._config.profile.name
        try:
            stored = self._config.require_session(stored)
        except SignInRequired as signed_out:
            if state.ended is None and state.held is not None and signed_out.code == NOT_SIGNED_IN:
                self.note_end(Ended(_ended_elsewhere(name), None))
            if self.state.ended is not None:
                raise self.state.ended.error.copied() from None
            raise
        if state.unkept is not None and state.unkept.stored == stored:
            newest = state.unkept.newest
        else:
            newest, self.state = stored, state._replace(unkept=None)
            if stored.end_mark is not None and state.ended is None:
                ended = ended_by(stored, name)
                self.note_end(Ended(ended, stored.tokens.refresh_token))
                raise ended
        if state.ended is not None:
            if state.ended.refused == newest.tokens.refresh_token:
                raise state.ended.error.copied()  # the issuer is not asked again
            self.state = self.state._replace(ended=None)
        return newest

    def adopt_same_user(self, saved: SavedSession) -> HeldToken:
        """Hold what was loaded or renewed, and note what that changes.

        A good token is not given up for one that has expired.

        Raises:
            SessionEnded: OA-S432: it is another user's.
        """
        held = self.state.held
        if held is not None and held.saved == saved:
            return held  # with the moment at which it was adopted, whatever the clock says now
        try:
            self.require_same_user(saved)
        except SessionEnded as ended:
            if self.state.other_user != user_of(saved):
                self.state = self.state._replace(other_user=user_of(saved))
                self._note("ended", error=ended)
            raise
        if held is not None and self._is_worse(saved, held):
            return held  # as a store that was put back from a backup has it
        return self.adopt(saved)

    def adopt(self, saved: SavedSession) -> HeldToken:
        """Hold a session, whatever user signed in."""
        former, held = self.state.held, held_from(saved, self._clocks.now())
        self.state = self.state._replace(held=held, user=user_of(saved), other_user=None)
        self.fresh_window = NO_WINDOW
        if former is not None:
            self._note("renewed", saved.tokens.expires_at)
        deadline = deadline_of(saved, self._config.profile, held.since.wall)
        if deadline != self._deadline:
            self._deadline, self._notices = deadline, [] if deadline is None else [deadline]
        near_end = self._near_end()
        if near_end is not None:
            self._listeners.note(near_end)
        return held

    def _is_worse(self, saved: SavedSession, held: HeldToken) -> bool:
        now = self._clocks.now()
        is_good = held.freshness(now.since(held.since)) is not Freshness.EXPIRED
        return is_good and held_from(saved, now).good_for <= 0

    def note_end(self, ended: Ended) -> None:
        """Know that the session has ended, and have listeners hear of it."""
        self.state = self.state._replace(ended=ended)
        self._note("ended", error=ended.error)

    def require_same_user(self, saved: SavedSession) -> None:
        """Refuse a session that is not of the user as whom this one was begun.

        Raises:
            SessionEnded: OA-S432.
        """
        user = self.state.user
        if user is None or self.state.is_users(saved):
            return
        raise _another_user(user, saved, self._config.profile.name)

    def forget(self) -> None:
        """Know of no session any more."""
        self.state, self.fresh_window = State(), NO_WINDOW
        self._deadline, self._notices = None, []

    def _near_end(self) -> SessionEvent | None:
        """Return that the session's end is near, once for each end; None otherwise."""
        notices = self._notices
        if not notices:
            return None
        now = self._clocks.wall()
        try:
            if not notices[0].is_near(now):
                return None
            deadline = notices.pop()
        except IndexError:  # another thread has it
            return None
        name = self._config.profile.name
        logger().warning("%s", deadline.in_words(now, self._config.reader))
        return SessionEvent("ending", name, deadline.at)

    def tell_of_near_end(self) -> None:
        """Tell it at once: no lock is held here, and no token is waited for."""
        near_end = self._near_end()
        if near_end is not None:
            self._listeners.tell_of(near_end)

    def _note(
        self, kind: Kind, at: float | None = None, error: OsduAuthError | None = None
    ) -> None:
        self._listeners.note(SessionEvent(kind, self._config.profile.name, at, error))


def _another_user(user: User, saved: SavedSession, profile_name: str) -> SessionEnded:
    what = f"Now {saved.account} is signed in, but this was begun as {user.typed}."
    fix: str | Fix = "Start the program anew: it then goes on as the user who is signed in now."
    if not user.is_issued_where(user_of(saved)):
        what = f'This was begun when "{profile_name}" named another user pool or app client.'
    elif saved.account == user.typed:
        what = f"Now another user is signed in as {user.typed} than when this was begun."
    else:
        fix = Run("login", "-u", user.typed, profile=profile_name)
    why = "What is under way does not change its user half-way."
    return SessionEnded(what, code="OA-S432", why=why, fix=fix)


def _ended_elsewhere(profile_name: str) -> SessionEnded:
    return SessionEnded(
        f'The session of "{profile_name}" has ended.',
        code="OA-S433",
        why="Another program signed out.",
        fix=Run("login", profile=profile_name),
    )
