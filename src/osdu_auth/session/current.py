"""CurrentSession: the newest session that this process knows, and how that changes.

Two invariants:

- A token counts as good only if it has not expired by either clock. Once a token is known to be
  fresh, `Session.token` reads only the wall clock, for half a minute at most.
- A session has one user: if another user signs in elsewhere, this process does not use that user's
  tokens.
"""

from __future__ import annotations

from osdu_auth.errors import SessionEnded, SignInRequired
from osdu_auth.fixes import Run
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.log import logger
from osdu_auth.session.config import NOT_SIGNED_IN, error_of_end
from osdu_auth.session.deadline import deadline_of
from osdu_auth.session.events import SessionEvent
from osdu_auth.session.state import (
    NO_WINDOW,
    Ended,
    FreshWindow,
    HeldToken,
    Replacement,
    State,
    held_from,
    user_of,
)
from osdu_auth.tokens import LONGEST_FRESH_WINDOW, Freshness

if TYPE_CHECKING:
    from osdu_auth.clocks import Clocks
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.fixes import Fix
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.session.deadline import SessionDeadline
    from osdu_auth.session.demand import Demand
    from osdu_auth.session.events import EventKind, Listeners
    from osdu_auth.session.state import User
    from osdu_auth.stores.saved_session import SavedSession

# If the replacement of a refused token is refused itself within this time, it is not renewed again:
# the platform would refuse the next token too.
REFUSED_AGAIN_WITHIN = 10.0  # seconds


class CurrentSession:
    """The newest session that this process knows; only one thread at a time may change it.

    Args:
        config: profile, store and credential.
        clocks: this machine's clocks.
        listeners: the functions that are called with events.
    """

    def __init__(self, config: SessionConfig, clocks: Clocks, listeners: Listeners) -> None:
        self.fresh_window: FreshWindow = NO_WINDOW
        self.state = State()
        self._config = config
        self._clocks = clocks
        self._listeners = listeners
        self._deadline: SessionDeadline | None = None
        self._pending_notice: list[SessionDeadline] = []  # the deadline, until it is reported

    def newest_token(self, demand: Demand) -> tuple[HeldToken | None, Freshness]:
        """Return the newest token and how fresh it is for a demand; None if it has expired."""
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
        """Return how fresh a token is now for a demand."""
        return held.freshness(self._clocks.now().since(held.since), demand.min_ttl)

    def would_be_refused_again(self, demand: Demand) -> bool:
        """Return whether the platform would refuse the next token too.

        That is expected if the refused token replaced another refused token, and either came less
        than `REFUSED_AGAIN_WITHIN` seconds ago or was refused for the same reason.
        """
        replacement = self.state.replacement
        if replacement is None or replacement.token != demand.refused:
            return False
        is_recent = self._clocks.now().since(replacement.at) < REFUSED_AGAIN_WITHIN
        return is_recent or (bool(demand.reason) and demand.reason in replacement.reasons)

    def note_replacement(self, held: HeldToken, demand: Demand) -> None:
        """Remember that a token replaced the refused token of a demand."""
        if demand.refused is None or held.token == demand.refused:
            return
        former = self.state.replacement
        reasons = frozenset({demand.reason} - {""})
        if former is not None and former.token in {demand.refused, held.token}:
            reasons |= former.reasons
        replacement = Replacement(held.token, self._clocks.now(), reasons)
        self.state = self.state._replace(replacement=replacement)

    def newest_session(self, stored: SavedSession | None) -> SavedSession:
        """Return the newest session: the stored one, or a newer one that could not be saved.

        Args:
            stored: what the store has.

        Raises:
            SignInRequired: there is no session, or its settings are not the profile's.
            SessionEnded: it ended; or this process held it, and it is gone from the store.
        """
        state, name = self.state, self._config.profile.name
        try:
            stored = self._config.require_session(stored)
        except SignInRequired as signed_out:
            if state.ended is None and state.held is not None and signed_out.code == NOT_SIGNED_IN:
                self.end(Ended(_signed_out_elsewhere(name), None))
            if self.state.ended is not None:
                raise self.state.ended.error.copied() from None
            raise
        if state.unsaved is not None and state.unsaved.stored == stored:
            newest = state.unsaved.newest
        else:
            newest, self.state = stored, state._replace(unsaved=None)
            if stored.end_mark is not None and state.ended is None:
                ended = error_of_end(stored, name)
                self.end(Ended(ended, stored.tokens.refresh_token))
                raise ended
        if state.ended is not None:
            if state.ended.refused == newest.tokens.refresh_token:
                raise state.ended.error.copied()  # the issuer is not asked again
            self.state = self.state._replace(ended=None)
        return newest

    def adopt_same_user(self, saved: SavedSession) -> HeldToken:
        """Hold a session that was loaded or renewed, and queue the events.

        A good token is not replaced by an expired one.

        Raises:
            SessionEnded: OA-S432: the session is another user's.
        """
        held = self.state.held
        if held is not None and held.saved == saved:
            return held  # `since` stays the same, even if the clock was set later
        try:
            self.require_same_user(saved)
        except SessionEnded as ended:
            if self.state.other_user != user_of(saved):
                self.state = self.state._replace(other_user=user_of(saved))
                self._queue("ended", error=ended)
            raise
        if held is not None and self._would_lose_good_token(saved, held):
            return held  # the store may have been restored from a backup
        return self.adopt(saved)

    def adopt(self, saved: SavedSession) -> HeldToken:
        """Hold a session of any user."""
        former, held = self.state.held, held_from(saved, self._clocks.now())
        self.state = self.state._replace(held=held, user=user_of(saved), other_user=None)
        self.fresh_window = NO_WINDOW
        if former is not None:
            self._queue("renewed", saved.tokens.expires_at)
        deadline = deadline_of(saved, self._config.profile, held.since.wall)
        if deadline != self._deadline:
            self._deadline, self._pending_notice = deadline, [] if deadline is None else [deadline]
        notice = self._notice_of_near_end()
        if notice is not None:
            self._listeners.queue(notice)
        return held

    def _would_lose_good_token(self, saved: SavedSession, held: HeldToken) -> bool:
        now = self._clocks.now()
        is_good = held.freshness(now.since(held.since)) is not Freshness.EXPIRED
        return is_good and held_from(saved, now).good_for <= 0

    def end(self, ended: Ended) -> None:
        """Remember that the session has ended, and queue the event."""
        self.state = self.state._replace(ended=ended)
        self._queue("ended", error=ended.error)

    def require_same_user(self, saved: SavedSession) -> None:
        """Refuse a session of another user than the first user of this session.

        Raises:
            SessionEnded: OA-S432.
        """
        user = self.state.user
        if user is None or self.state.has_user_of(saved):
            return
        raise _another_user(user, saved, self._config.profile.name)

    def forget(self) -> None:
        """Forget the session."""
        self.state, self.fresh_window = State(), NO_WINDOW
        self._deadline, self._pending_notice = None, []

    def _notice_of_near_end(self) -> SessionEvent | None:
        """Return the event that the session ends soon, once for each deadline; None otherwise."""
        pending = self._pending_notice
        if not pending:
            return None
        now = self._clocks.wall()
        try:
            if not pending[0].is_near(now):
                return None
            deadline = pending.pop()
        except IndexError:  # another thread has taken it
            return None
        name = self._config.profile.name
        logger().warning("%s", deadline.in_words(now, self._config.reader))
        return SessionEvent("ending", name, deadline.at)

    def report_near_end(self) -> None:
        """Deliver the event that the session ends soon, if it is due; call it without a lock."""
        notice = self._notice_of_near_end()
        if notice is not None:
            self._listeners.deliver(notice)

    def _queue(
        self, kind: EventKind, at: float | None = None, error: OsduAuthError | None = None
    ) -> None:
        self._listeners.queue(SessionEvent(kind, self._config.profile.name, at, error))


def _another_user(user: User, saved: SavedSession, profile_name: str) -> SessionEnded:
    what = f"{saved.account} is signed in now, but this program started as {user.typed}."
    fix: str | Fix = "Start the program again: it then runs as the user who is signed in now."
    if not user.has_binding_of(user_of(saved)):
        what = f'When this program started, "{profile_name}" named another user pool or app client.'
    elif saved.account == user.typed:
        what = f"{user.typed} is now the name of another user than when this program started."
    else:
        fix = Run("login", "-u", user.typed, profile=profile_name)
    why = "A running program does not change its user."
    return SessionEnded(what, code="OA-S432", why=why, fix=fix)


def _signed_out_elsewhere(profile_name: str) -> SessionEnded:
    return SessionEnded(
        f'The session of "{profile_name}" has ended.',
        code="OA-S433",
        why="Another program signed out.",
        fix=Run("login", profile=profile_name),
    )
