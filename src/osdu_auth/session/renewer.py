"""Renewer: the one way to a session's token, for every caller.

    memory ─▶ the right to renew ─▶ the store again ─▶ the issuer ─▶ the store ─▶ memory

It stops at the first place that meets the demand. The laws of this module:

- A caller with a usable token waits for no other, and however many wait, one renewal serves all.
- A session is given up only when the issuer refuses to renew what was read again.
- What the issuer gives is stored before it is used or, where that fails, held and said.

What runs where: a demand that needs the issuer runs in a thread that is not left
(`osdu_auth.single_flight`), one at a time; sign-in, sign-out and the first look into the store run
in the caller's thread, alone. Only they replace the state and the fresh window; any thread reads
both. A fork makes new locks and keeps the state. Listeners hear of what happened when no lock is
held, and after those who wait for a token have it.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.backoff import Backoff
from osdu_auth.errors import (
    ErrorsFor,
    NothingSent,
    OsduAuthError,
    SessionEnded,
    SignInRequired,
    StoreConflict,
    StoreNotWritable,
    StoreUnavailable,
    UsageError,
)
from osdu_auth.log import logger
from osdu_auth.session.demand import Demand, Wanted
from osdu_auth.session.state import (
    Ended,
    HeldToken,
    State,
    Unkept,
)
from osdu_auth.single_flight import SingleFlight
from osdu_auth.stores.saved_session import SavedSession
from osdu_auth.stores.token_store import last_generation_of
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.clocks import Clocks
    from osdu_auth.session.config import SessionConfig
    from osdu_auth.session.current import CurrentSession
    from osdu_auth.session.events import Listeners
    from osdu_auth.stores.token_store import HeldSession

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds, after a failed renewal
# What is asked while others use the token; it waits a moment for another process that renews.
_IN_BACKGROUND = Demand(wanted=Wanted.FRESH, patience=1.0)


class Renewer:
    """Gets tokens of one session that meet a demand.

    Args:
        config: profile, store and credential.
        current: what this process knows of the session.
        clocks: this machine's.
        listeners: are told what happens.
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
        self._flights: SingleFlight[HeldToken] = SingleFlight("osdu-auth renewal", listeners.tell)
        # The issuer is left alone after it failed, by all; the background also after a refusal.
        self._backoff = Backoff(clocks, FIRST_PAUSE, LONGEST_PAUSE)
        self._background_backoff = Backoff(clocks, FIRST_PAUSE, LONGEST_PAUSE)

    def current(self, demand: Demand) -> HeldToken | None:
        """Return a token that meets a demand at once; None where one has to be waited for."""
        held, freshness = self._current.look(demand)
        if held is not None:
            self._config.trace("%s, in memory", freshness.name.lower())
        is_plain = demand.wanted is Wanted.USABLE and demand.other_than is None
        if freshness is Freshness.STALE and is_plain and not self._is_left_alone:
            self._flights.start_in_background(self._renew_in_background)
        self._current.tell_of_near_end()
        if held is None or demand.is_met_by(held.token, freshness):
            return held
        # Another thread is renewing it: its caller has a usable one, and does not wait.
        is_enough = demand.may_use(held.token, freshness) and self._flights.is_under_way
        return held if is_enough else None

    def get(self, demand: Demand) -> HeldToken:
        """Return a token that meets a demand, and wait for one where that is necessary.

        Raises:
            OsduAuthError: as of `Session.token`.
        """
        if self._current.state.held is None:
            self._load()
        while True:
            held = self.current(demand)
            if held is not None:
                return held
            if self._flights.is_in_this_thread:
                return self._usable_for_store(demand)
            flight, is_mine = self._flights.run(partial(self._obtain_or_fall_back, demand))
            try:
                held = flight.result()
            except OsduAuthError as error:
                _raise_for_one(error, is_mine=is_mine)
            finally:
                if is_mine and demand.wanted is not Wanted.USABLE and flight.is_done:
                    flight.wait()  # a program that ends soon has its listeners told before
            if held is not None and (is_mine or _meets_when_adopted(held, demand)):
                return self.current(demand) or held  # what is stale is renewed in the background

    async def aget(self, demand: Demand) -> HeldToken:
        """Return a token as `get` does; only this task waits, and not its event loop."""
        while True:
            held = self.current(demand)
            if held is not None:
                return held
            if self._flights.is_in_this_thread:
                return self._usable_for_store(demand)
            flight, is_mine = self._flights.start(partial(self._obtain_or_fall_back, demand))
            try:
                held = await flight.aresult()
            except OsduAuthError as error:
                _raise_for_one(error, is_mine=is_mine)
            if held is not None and (is_mine or _meets_when_adopted(held, demand)):
                return self.current(demand) or held

    @contextmanager
    def replacing(self) -> Iterator[HeldSession]:
        """Hold the right to replace the session, in this process and among all."""
        with ErrorsFor(self._config), self._flights.alone(), self._right_to_renew() as right:
            yield right

    def adopt_sign_in(self, saved: SavedSession) -> None:
        """Go on with a session that was signed in to with this very object, by whatever user."""
        self._backoff.end()
        self._background_backoff.end()
        self._current.state = State(held=self._current.state.held)
        self._current.adopt(saved)
        self._config.trace("signed in")

    def forget(self) -> None:
        """Know of no session any more."""
        self._backoff.end()
        self._background_backoff.end()
        self._current.forget()
        self._config.trace("forgotten here")

    def wait(self) -> None:
        """Wait for the renewal that is under way."""
        self._flights.wait()

    # In a thread that is not left, one at a time.

    def _obtain_or_fall_back(self, demand: Demand) -> HeldToken:
        """Obtain a token, or use one that would do where no better one can be had."""
        try:
            return self._obtain(demand)
        except OsduAuthError as error:
            error.note_reader(self._config.reader)
            if isinstance(error, (SessionEnded, SignInRequired)):
                raise
            held, freshness = self._current.look(demand)
            if held is None or not demand.may_use(held.token, freshness):
                raise
            _say_put_off(error)
            return held

    def _renew_in_background(self) -> HeldToken | None:
        """Renew what is stale while others use it; what fails is said, and tried again later."""
        try:
            held = self._obtain(_IN_BACKGROUND)
        except Exception as error:  # noqa: BLE001 - said below
            if isinstance(error, OsduAuthError):
                error.note_reader(self._config.reader)
            if not isinstance(error, OsduAuthError):  # a user's own store raises what it likes
                logger().exception("The renewal failed.")
            elif isinstance(error, SessionEnded) and not self._background_backoff.has_begun:
                logger().warning("%s", error)
            else:
                _say_put_off(error)
            self._background_backoff.begin(error)
            return None
        self._background_backoff.end()
        return held

    def _obtain(self, demand: Demand) -> HeldToken:
        """Obtain a token that meets a demand: from memory, from the store, or from the issuer."""
        held, has_usable = self._current.state.held or self._stored(), False
        if held is not None:
            freshness = self._current.freshness(held, demand)
            is_met = demand.is_met_by(held.token, freshness)
            if is_met or self._current.is_refused_anyway(demand):
                return held  # another thread was faster
            require_lifetime(held.saved, demand.min_ttl)
            has_usable = demand.may_use(held.token, freshness)
        try:
            with self._right_to_renew(demand.patience if has_usable else None) as right:
                return self._obtain_with(right, demand)
        except StoreUnavailable:
            # Its holder does not let go of it, and may have written a new token all the same.
            held = self._stored()
            if held is None:
                raise
            if demand.is_met_by(held.token, self._current.freshness(held, demand)):
                return held
            raise

    def _obtain_with(self, right: HeldSession, demand: Demand) -> HeldToken:
        """Obtain a token with the right to renew: from the store, or from the issuer."""
        stored = right.load()
        if self._config.begins_itself(stored):
            self._backoff.require_over()
            return self._current.adopt(self._begun(right, stored))
        newest = self._current.newest(stored)
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
            self._renewed(right, stored or newest, newest, hurried=hurried)
        )
        self._current.note_replacement(held, demand)
        return held

    def _begun(self, right: HeldSession, stored: SavedSession | None) -> SavedSession:
        """Begin a session that no person is needed for, and store it before it is used.

        Raises:
            OsduAuthError: the issuer did not give tokens; it is left alone for a while.
        """
        credential, now = self._config.credential, self._clocks.wall()
        try:
            issued = credential.obtain(None, None if stored is None else stored.issued)
        except OsduAuthError as error:
            self._backoff.begin(error)
            raise
        self._backoff.end()
        self._config.trace("begun, without a person")
        last = last_generation_of(self._config.store, self._config.key)
        begun = SavedSession.begun(issued, credential.binding, now, stored, last)
        self._keep(right, begun, stored)
        return begun

    def _renewed(
        self, right: HeldSession, stored: SavedSession, newest: SavedSession, *, hurried: bool
    ) -> SavedSession:
        """Have the issuer renew a session, and store it before it is used.

        Args:
            right: to renew it.
            stored: what the store has.
            newest: the same, or what the store did not take.
            hurried: whether the issuer has only a moment to answer, as the token is still good.

        Raises:
            SessionEnded: the issuer will not.
            OsduAuthError: it did not answer; it is left alone for a while.
            StoreUnavailable: its refresh tokens rotate, and the store did not take what it has.
        """
        if newest.tokens.rotates:
            # What cannot be stored is not asked for: the issuer would take the old one back.
            right.save(newest, instead_of=stored)
            stored, self._current.state = newest, self._current.state._replace(unkept=None)
        try:
            issued = self._config.credential.renew(newest.issued, hurried=hurried)
        except SessionEnded as ended:
            return self._renewed_elsewhere(right, newest, ended)
        except OsduAuthError as error:
            if not isinstance(error, NothingSent):  # an issuer that was not asked is not left alone
                self._backoff.begin(error)
            raise
        self._backoff.end()
        renewed = newest.renewed(issued, self._clocks.wall())
        self._config.trace("renewed")
        try:
            self._keep(right, renewed, stored)
        except StoreConflict:
            return self._current.newest(right.load())  # what is stored decides, for all
        return renewed

    def _keep(self, right: HeldSession, newer: SavedSession, stored: SavedSession | None) -> None:
        """Store a session that the issuer gave or, where that fails, hold it and say so.

        The caller's work goes on with the token in memory; the next process may have to ask.

        Raises:
            StoreConflict: something else is stored by now.
        """
        unkept = None
        try:
            right.save(newer, instead_of=stored)
        except StoreConflict:
            raise
        except Exception as error:  # noqa: BLE001 - users' own stores raise what they like
            unkept = Unkept(stored, newer)
            why = error if isinstance(error, StoreUnavailable) else type(error).__name__
            self._config.trace("not kept")
            logger().warning("The renewed session could not be kept: %s", why)
        self._current.state = self._current.state._replace(unkept=unkept)

    def _renewed_elsewhere(
        self, right: HeldSession, refused: SavedSession, ended: SessionEnded
    ) -> SavedSession:
        """Return what another process renewed, or mark the session that the issuer refused.

        No other process can renew it where locks hold; on some network file systems they do not.

        Raises:
            SessionEnded: none did.
        """
        stored = right.load()
        newest = self._current.newest(stored)
        if newest.tokens.refresh_token != refused.tokens.refresh_token:
            self._config.trace("refused, and adopted what another process had renewed")
            return newest
        self._config.trace("ended, %s", ended.code)
        self._current.note_end(Ended(ended, refused.tokens.refresh_token))
        try:
            right.save(newest.marked(ended), instead_of=stored)
        except StoreUnavailable as trouble:
            logger().warning("The end of the session could not be noted: %s", trouble)
        raise ended

    # With no other thread beside.

    def _load(self) -> None:
        """Look into the store where this process has no token yet; the issuer is not asked."""
        is_loaded = lambda: self._current.state.held is not None  # noqa: E731
        with ErrorsFor(self._config), self._flights.alone(is_loaded) as is_to_be_done:
            if is_to_be_done:
                self._stored()

    def _stored(self) -> HeldToken | None:
        """Hold what is stored; None where a session begins without a person."""
        stored = self._config.peek()
        self._config.trace("read from the store" if stored else "not in the store")
        if self._config.begins_itself(stored):
            return None
        return self._current.adopt_same_user(self._current.newest(stored))

    @contextmanager
    def _right_to_renew(self, patience: float | None = None) -> Iterator[HeldSession]:
        """Hold the one right to renew, or only read where nothing can be written.

        Args:
            patience: seconds to wait for another holder; None for the store's own.
        """
        with ExitStack() as held:
            right: HeldSession
            try:
                right = held.enter_context(self._config.store.open(self._config.key, patience))
            except StoreNotWritable as refusal:
                right = _ReadOnly(self._config, refusal)
            yield right

    # In any thread.

    @property
    def _is_left_alone(self) -> bool:
        """Whether so lately something failed that nothing is begun while a token is good."""
        return bool(self._backoff.left or self._background_backoff.left)

    def _usable_for_store(self, demand: Demand) -> HeldToken:
        """Return a usable token to a store that asks its own session while that renews.

        Raises:
            UsageError: OA-U202: there is none.
        """
        held, freshness = self._current.look(demand)
        if held is not None and demand.may_use(held.token, freshness):
            return held
        raise UsageError(
            "The store asked its own session for a token while that was being renewed.",
            code="OA-U202",
            why="The session has no usable token, and gets one only when the store has answered.",
            fix="Give the store a token of another session.",
        )


class _ReadOnly:
    """Stands for the right to renew where nothing can be written: it reads, and saves nothing.

    Args:
        config: the session's.
        refusal: why nothing can be written.
    """

    def __init__(self, config: SessionConfig, refusal: StoreNotWritable) -> None:
        self._refusal = refusal
        self.load = config.peek

    def save(self, session: SavedSession, instead_of: SavedSession | None = None) -> None:
        """Raise why nothing can be written."""
        del session, instead_of
        raise copy(self._refusal)

    def delete(self) -> bool:
        """Raise why nothing can be written."""
        raise copy(self._refusal)


def require_lifetime(saved: SavedSession, min_ttl: float) -> None:
    """Refuse to renew for a life that no token of this app client has.

    Raises:
        UsageError: OA-U201.
    """
    lifetime = saved.tokens.expires_at - saved.tokens.issued_at
    if min_ttl > lifetime:
        raise UsageError(
            f"No token of this app client has {min_ttl:.0f} s left.",
            code="OA-U201",
            why=f"The user pool gives its tokens {lifetime:.0f} s to live.",
            fix="Ask for less, or ask the pool's administrator for a longer life.",
        )


def _meets_when_adopted(held: HeldToken, demand: Demand) -> bool:
    """Say whether a token met a demand when it came: by now it may be a moment too old."""
    return demand.is_met_by(held.token, held.freshness(0.0, demand.min_ttl))


def _raise_for_one(error: OsduAuthError, *, is_mine: bool) -> None:
    """Raise what a renewal came to, for one of those who waited for it.

    An error of another caller's own demand says nothing about this caller's.
    """
    if is_mine:
        raise error
    if not isinstance(error, UsageError):
        raise copy(error) from None  # each has a traceback of its own


def _say_put_off(error: OsduAuthError) -> None:
    logger().info("Renewal is put off, as the token is still good: %s", error)
