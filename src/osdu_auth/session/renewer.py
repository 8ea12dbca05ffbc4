"""Renewer: every caller gets a session's token through `Renewer.get`.

    memory ─▶ the right to renew ─▶ the store again ─▶ the issuer ─▶ the store ─▶ memory

It stops at the first place with a token that meets the demand. Three invariants:

- A caller with a usable token does not wait for a renewal. Any number of callers that wait share
  one renewal.
- A refused renewal ends a session only if the store, read again, has no other refresh token.
- What the issuer gives is saved before it is used. If it cannot be saved, it is held in memory, and
  that is logged.

Threads: a demand that needs the issuer runs in a thread that cannot be interrupted, one at a time
(`osdu_auth.single_flight`). Sign-in, sign-out and the first read of the store run in the caller's
thread, and no other of these calls runs at the same time. Only these calls replace the state and
the fresh window; any thread reads both. After a fork the child has new locks and keeps the state.
Listeners are called when no lock is held and the waiting callers have their token.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial

from osdu_auth.backoff import Backoff
from osdu_auth.errors import (
    ErrorsWithReader,
    NothingSent,
    OsduAuthError,
    SessionEnded,
    SignInRequired,
    StoreConflict,
    StoreUnavailable,
    UsageError,
)
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.log import logger
from osdu_auth.session.demand import Demand, Wanted
from osdu_auth.session.state import Ended, HeldToken, State, Unsaved
from osdu_auth.single_flight import SingleFlight
from osdu_auth.stores.saved_session import SavedSession
from osdu_auth.stores.token_store import last_generation_of, note_left_while_waiting
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.clocks import Clocks
    from osdu_auth.credentials.credential import IssuedTokens
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.session.current import CurrentSession
    from osdu_auth.session.events import Listeners
    from osdu_auth.stores.token_store import HeldSession

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds, after a failed renewal
# The demand of a renewal in the background; it waits a second for another process that renews.
_IN_BACKGROUND = Demand(wanted=Wanted.FRESH, patience=1.0)


class Renewer:
    """Gets tokens of one session that meet a demand.

    Args:
        config: profile, store and credential.
        current: what this process knows of the session.
        clocks: this machine's clocks.
        listeners: the functions that are called with events.
    """

    def __init__(
        self,
        config: SessionConfig,
        current: CurrentSession,
        clocks: Clocks,
        listeners: Listeners,
    ) -> None:
        self._current = current
        self._config = config
        self._clocks = clocks
        self._single_flight: SingleFlight[HeldToken] = SingleFlight(
            "osdu-auth renewal", listeners.deliver_queued
        )
        # The first one begins when the issuer fails: no caller asks it until the end. The second
        # one begins after any failed renewal in the background, and stops only such renewals.
        self._backoff = Backoff(clocks, FIRST_PAUSE, LONGEST_PAUSE)
        self._background_backoff = Backoff(clocks, FIRST_PAUSE, LONGEST_PAUSE)

    def get_from_memory(self, demand: Demand) -> HeldToken | None:
        """Return a token in memory that meets a demand; None if the caller has to wait for one."""
        held, freshness = self._current.newest_token(demand)
        if held is not None:
            self._config.trace("%s, in memory", freshness.name.lower())
        is_plain = demand.wanted is Wanted.USABLE and demand.refused is None
        if freshness is Freshness.STALE and is_plain and not self._is_backing_off:
            self._single_flight.start_in_background(self._renew_in_background)
        self._current.report_near_end()
        if held is None or demand.is_met_by(held.token, freshness):
            return held
        # While another thread renews the token, a usable one is enough.
        is_enough = demand.may_use(held.token, freshness) and self._single_flight.is_under_way
        return held if is_enough else None

    def get(self, demand: Demand) -> HeldToken:
        """Return a token that meets a demand; wait for it if necessary.

        Raises:
            OsduAuthError: as `Session.token` does.
        """
        if self._current.state.held is None:
            self._load()
        while True:
            held = self.get_from_memory(demand)
            if held is not None:
                return held
            if self._single_flight.is_in_this_thread:
                return self._usable_for_store(demand)
            call, is_mine = self._single_flight.run(partial(self._obtain_or_fall_back, demand))
            try:
                held = call.result()
            except OsduAuthError as error:
                _raise_for_caller(error, is_mine=is_mine)
            finally:
                if is_mine and demand.wanted is not Wanted.USABLE and call.is_done:
                    call.wait()  # for the listeners, as the program may end soon
            if held is not None and (is_mine or demand.was_met_by(held)):
                # `get_from_memory` also renews a stale token in the background.
                return self.get_from_memory(demand) or held

    async def aget(self, demand: Demand) -> HeldToken:
        """Do what `get` does; only this task waits."""
        while True:
            held = self.get_from_memory(demand)
            if held is not None:
                return held
            if self._single_flight.is_in_this_thread:
                return self._usable_for_store(demand)
            call, is_mine = self._single_flight.start(partial(self._obtain_or_fall_back, demand))
            try:
                held = await call.aresult()
            except OsduAuthError as error:
                _raise_for_caller(error, is_mine=is_mine)
            if held is not None and (is_mine or demand.was_met_by(held)):
                return self.get_from_memory(demand) or held

    @contextmanager
    def replacing(self) -> Iterator[HeldSession]:
        """Hold the right to replace the session, among all threads and all processes."""
        with (
            ErrorsWithReader(self._config),
            self._single_flight.exclusive(),
            self._config.open() as held,
        ):
            yield held

    def adopt_sign_in(self, saved: SavedSession) -> None:
        """Hold the session of a sign-in with this object, of any user."""
        self._backoff.end()
        self._background_backoff.end()
        self._current.state = State(held=self._current.state.held)
        self._current.adopt(saved)
        self._config.trace("signed in")

    def forget(self) -> None:
        """Forget the session."""
        self._backoff.end()
        self._background_backoff.end()
        self._current.forget()
        self._config.trace("forgotten in this process")

    def wait(self) -> None:
        """Wait for a running renewal."""
        self._single_flight.wait()

    # These run in a thread that cannot be interrupted, one at a time.

    def _obtain_or_fall_back(self, demand: Demand) -> HeldToken:
        """Obtain a token; if that fails, use one that is good enough."""
        try:
            return self._obtain(demand)
        except OsduAuthError as error:
            error.note_reader(self._config.reader)
            if isinstance(error, (SessionEnded, SignInRequired)):
                raise
            held, freshness = self._current.newest_token(demand)
            if held is None or not demand.may_use(held.token, freshness):
                raise
            _log_postponed(error)
            return held

    def _renew_in_background(self) -> HeldToken | None:
        """Renew a stale token while callers use it; a failure is logged, and tried again later."""
        try:
            held = self._obtain(_IN_BACKGROUND)
        except Exception as error:  # noqa: BLE001 - logged below
            if isinstance(error, OsduAuthError):
                error.note_reader(self._config.reader)
            if not isinstance(error, OsduAuthError):  # of a store that a user wrote
                logger().exception("The renewal failed.")
            elif isinstance(error, SessionEnded) and not self._background_backoff.has_begun:
                logger().warning("%s", error)
            else:
                _log_postponed(error)
            self._background_backoff.begin(error)
            return None
        self._background_backoff.end()
        return held

    def _obtain(self, demand: Demand) -> HeldToken:
        """Obtain a token that meets a demand: from memory, from the store, or from the issuer."""
        held, has_usable = self._current.state.held or self._adopt_stored(), False
        if held is not None:
            freshness = self._current.freshness(held, demand)
            is_met = demand.is_met_by(held.token, freshness)
            if is_met or self._current.would_be_refused_again(demand):
                return held
            demand.require_possible(held.saved)
            has_usable = demand.may_use(held.token, freshness)
        try:
            with self._config.open(demand.patience if has_usable else None) as opened:
                return self._obtain_with(opened, demand)
        except StoreUnavailable:
            # The process that holds the right may have saved a new token already.
            held = self._adopt_stored()
            if held is None:
                raise
            if demand.is_met_by(held.token, self._current.freshness(held, demand)):
                return held
            raise

    def _obtain_with(self, opened: HeldSession, demand: Demand) -> HeldToken:
        """Obtain a token with the right to renew: from the store, or from the issuer."""
        stored = opened.load()
        if self._config.must_begin_without_person(stored):
            self._backoff.require_over()
            return self._current.adopt(self._begin(opened, stored))
        newest = self._current.newest_session(stored)
        held = self._current.adopt_same_user(newest)
        freshness = self._current.freshness(held, demand)
        if demand.is_met_by(held.token, freshness):
            self._current.note_replacement(held, demand)
            self._config.trace("adopted, as another process had renewed it")
            return held
        if demand.wanted is not Wanted.NEW:
            self._backoff.require_over()
        hurried = demand.may_use(held.token, freshness)
        held = self._current.adopt_same_user(
            self._renew(opened, stored or newest, newest, hurried=hurried)
        )
        self._current.note_replacement(held, demand)
        return held

    def _begin(self, opened: HeldSession, stored: SavedSession | None) -> SavedSession:
        """Begin a session without a person, and save it before it is used.

        Raises:
            OsduAuthError: the issuer gave no tokens; a backoff begins.
        """
        credential, now = self._config.credential, self._clocks.wall()
        before = None if stored is None else stored.issued
        issued = self._ask(opened, lambda: credential.obtain(None, before))
        self._config.trace("begun, without a person")
        last = last_generation_of(self._config.store, self._config.key)
        begun = SavedSession.begun(issued, credential.binding, now, stored, last)
        self._save(opened, begun, stored)
        return begun

    def _renew(
        self, opened: HeldSession, stored: SavedSession, newest: SavedSession, *, hurried: bool
    ) -> SavedSession:
        """Have the issuer renew a session, and save it before it is used.

        Args:
            opened: the store, with the right to renew.
            stored: what the store has.
            newest: the newest session: `stored`, or one that could not be saved.
            hurried: whether the issuer has only a few seconds, as the token is still good.

        Raises:
            SessionEnded: the issuer refused to renew it.
            OsduAuthError: the issuer gave no answer; a backoff begins.
            StoreUnavailable: the refresh tokens rotate, and `newest` could not be saved.
        """
        if newest.tokens.rotates:
            # If the store cannot be written, the issuer is not asked: it would replace the refresh
            # token, and the new one would be lost.
            opened.save(newest, instead_of=stored)
            stored, self._current.state = newest, self._current.state._replace(unsaved=None)
        credential = self._config.credential
        try:
            issued = self._ask(opened, lambda: credential.renew(newest.issued, hurried=hurried))
        except SessionEnded as ended:
            return self._adopt_or_end(opened, newest, ended)
        renewed = newest.renewed(issued, self._clocks.wall())
        self._config.trace("renewed")
        try:
            self._save(opened, renewed, stored)
        except StoreConflict:
            return self._current.newest_session(opened.load())  # all processes use the same one
        return renewed

    def _ask(self, opened: HeldSession, ask: Callable[[], IssuedTokens]) -> IssuedTokens:
        """Ask the issuer, unless it refused the same request while this process waited.

        Raises:
            SessionEnded: the issuer refused to renew the session.
            OsduAuthError: the issuer gave no tokens; a backoff begins.
        """
        binding = self._config.credential.binding
        note, refused = note_left_while_waiting(opened), None
        if note is not None:
            from osdu_auth.session.shared_refusal import refusal_in

            refused = refusal_in(note, binding)
        try:
            if refused is not None:
                self._config.trace("refused, as another process was refused a moment ago")
                raise refused
            issued = ask()
        except SessionEnded:  # `_adopt_or_end` handles it
            raise
        except OsduAuthError as error:
            if not isinstance(error, NothingSent):
                self._backoff.begin(error)
            if refused is None:
                from osdu_auth.session.shared_refusal import leave_refusal

                leave_refusal(opened, binding, error, self._config.reader)
            raise
        self._backoff.end()
        return issued

    def _save(self, opened: HeldSession, newer: SavedSession, stored: SavedSession | None) -> None:
        """Save a session that the issuer gave; if that fails, hold it in memory and log that.

        Raises:
            StoreConflict: another session is stored now.
        """
        unsaved = None
        try:
            opened.save(newer, instead_of=stored)
        except StoreConflict:
            raise
        except Exception as error:  # noqa: BLE001 - a store that a user wrote may raise anything
            unsaved = Unsaved(stored, newer)
            why = error if isinstance(error, StoreUnavailable) else type(error).__name__
            self._config.trace("not saved")
            logger().warning("The renewed session could not be saved: %s", why)
        self._current.state = self._current.state._replace(unsaved=unsaved)

    def _adopt_or_end(
        self, opened: HeldSession, refused: SavedSession, ended: SessionEnded
    ) -> SavedSession:
        """Adopt what another process has renewed; otherwise mark the refused session as ended.

        A lock prevents that two processes renew, but on some network file systems it does not work.

        Raises:
            SessionEnded: no other process has renewed it.
        """
        stored = opened.load()
        newest = self._current.newest_session(stored)
        if newest.tokens.refresh_token != refused.tokens.refresh_token:
            self._config.trace("refused, and adopted what another process had renewed")
            return newest
        self._config.trace("ended, %s", ended.code)
        self._current.end(Ended(ended, refused.tokens.refresh_token))
        try:
            opened.save(newest.marked(ended), instead_of=stored)
        except StoreUnavailable as trouble:
            logger().warning("The end of the session could not be saved: %s", trouble)
        raise ended

    def _load(self) -> None:
        """Read the store, as this process has no token yet; the issuer is not asked."""
        is_loaded = lambda: self._current.state.held is not None  # noqa: E731
        with ErrorsWithReader(self._config), self._single_flight.exclusive(is_loaded) as must_load:
            if must_load:
                self._adopt_stored()

    def _adopt_stored(self) -> HeldToken | None:
        """Hold the stored session; None if a session must begin without a person."""
        stored = self._config.peek()
        self._config.trace("read from the store" if stored else "not in the store")
        if self._config.must_begin_without_person(stored):
            return None
        return self._current.adopt_same_user(self._current.newest_session(stored))

    # These run in any thread.

    @property
    def _is_backing_off(self) -> bool:
        """Whether a failure is so recent that no renewal begins in the background."""
        return bool(self._backoff.left or self._background_backoff.left)

    def _usable_for_store(self, demand: Demand) -> HeldToken:
        """Return a usable token to a store that calls its own session during a renewal.

        Raises:
            UsageError: OA-U202: there is no usable token.
        """
        held, freshness = self._current.newest_token(demand)
        if held is not None and demand.may_use(held.token, freshness):
            return held
        raise UsageError(
            "The store asked its own session for a token during a renewal.",
            code="OA-U202",
            why="The session has no usable token, and gets one only after the store has answered.",
            fix="Give the store a token of another session.",
        )


def _raise_for_caller(error: OsduAuthError, *, is_mine: bool) -> None:
    """Raise the error of a renewal for a caller that waited for it.

    A `UsageError` is about the demand of the caller that began the renewal (OA-U201, OA-U202); it
    is not raised for the other callers, which try again.
    """
    if is_mine:
        raise error
    if not isinstance(error, UsageError):
        raise error.copied() from None  # each caller has a traceback of its own


def _log_postponed(error: OsduAuthError) -> None:
    logger().info("The renewal is postponed, as the token is still good: %s", error)
