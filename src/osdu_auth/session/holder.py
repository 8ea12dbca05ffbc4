"""Who gives out a session's token, and who waits for one.

    FRESH     used as it is
    STALE     used as it is, while one thread of one process renews it
    EXPIRED   everybody waits for the one renewal

The laws of this module:

- Whoever has a good token waits for nobody, and however many wait, one thread obtains the token for
  all of them.
- Listeners hear of it when no lock is held, and after those who wait for a token have it.
"""

from __future__ import annotations

import atexit
import os
from contextlib import contextmanager, suppress
from copy import copy
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from osdu_auth.errors import OsduAuthError, UsageError
from osdu_auth.session.flight import OneFlight, seen_through
from osdu_auth.session.obtaining import Obtaining
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.secret import Secret
    from osdu_auth.session.clocks import Clocks
    from osdu_auth.session.events import Listeners
    from osdu_auth.session.flight import Flight
    from osdu_auth.session.held import HeldToken
    from osdu_auth.session.newest import NewestToken
    from osdu_auth.session.sources import Sources
    from osdu_auth.stores.token_store import SavedSession


class TokenHolder:
    """Gives out the newest token of one session, and has newer ones obtained.

    Args:
        newest: what this process has.
        sources: profile, store and credential.
        clocks: this machine's.
        listeners: are told what happens.
    """

    def __init__(
        self, newest: NewestToken, sources: Sources, clocks: Clocks, listeners: Listeners
    ) -> None:
        self._newest = newest
        self._listeners = listeners
        self._obtaining = Obtaining(newest, sources, clocks, listeners)
        self.after_fork()
        _holders.add(self)

    def after_fork(self) -> None:
        """Begin with nobody renewing: the threads that may have been are not in this process."""
        self._obtaining.after_fork()
        self._flight = OneFlight(self._listeners.tell)
        self._replacing = OneFlight(self._listeners.tell)

    def in_hand(self, min_ttl: float = 0.0) -> HeldToken | None:
        """Return a token that is good without waiting for anybody; None where there is none.

        Args:
            min_ttl: seconds for which it has to be good.
        """
        held, freshness = self._newest.good(min_ttl)
        if freshness is Freshness.STALE and not self._obtaining.is_resting:
            with suppress(RuntimeError):  # at the interpreter's end there are no new threads
                self._flight.start(self._obtaining.meanwhile)
        self._tell_of_near_end()
        return held

    def brought(self, min_ttl: float = 0.0) -> HeldToken:
        """Return a good token, and wait for one where that is necessary."""
        while True:
            held = self.in_hand(min_ttl)
            if held is not None:
                return held
            flight, is_mine = self._obtained(min_ttl)
            if flight is None:
                return self._obtained_here(min_ttl)
            try:
                held = flight.result()
            except OsduAuthError as error:
                _raise_for_one(error, is_mine=is_mine)
            if held is not None and (is_mine or held.good_for >= min_ttl):
                return self.in_hand(min_ttl) or held  # what is stale is renewed meanwhile

    async def abrought(self, min_ttl: float = 0.0) -> HeldToken:
        """Return a good token as `brought` does; only this task waits, and not its event loop."""
        while True:
            held = self.in_hand(min_ttl)
            if held is not None:
                return held
            flight, is_mine = self._obtained(min_ttl)
            if flight is None:
                return self._obtained_here(min_ttl)
            try:
                held = await flight.aresult()
            except OsduAuthError as error:
                _raise_for_one(error, is_mine=is_mine)
            if held is not None and (is_mine or held.good_for >= min_ttl):
                return self.in_hand(min_ttl) or held  # what is stale is renewed meanwhile

    def due(self, min_ttl: float = 0.0) -> HeldToken:
        """Return a good token, renewed here and now where that is due.

        For a program that ends soon: it leaves nothing to be done meanwhile.
        """
        with self._told_afterwards():
            self._obtaining.have_one_at_hand()
        held, freshness = self._newest.good(min_ttl)
        self._tell_of_near_end()
        if held is not None and freshness is Freshness.FRESH:
            return held
        return seen_through(partial(self._obtaining.due, min_ttl), self._listeners.tell)

    def renewed_now(self) -> HeldToken:
        """Return a new token, however fresh the present one is."""
        return seen_through(self._obtaining.renewed_now, self._listeners.tell)

    def instead_of(self, refused: Secret) -> HeldToken:
        """Return another token than one that a platform refused.

        All who were refused the same token are served by one renewal. Where the newest token is one
        that was refused as soon as it came, it is returned as it is.
        """
        held, _ = self._newest.good()
        if held is not None and held.token != refused:
            return held
        return seen_through(partial(self._obtaining.instead_of, refused), self._listeners.tell)

    async def ainstead_of(self, refused: Secret) -> HeldToken:
        """Return what `instead_of` returns; only this task waits, and not its event loop."""
        work = partial(self._obtaining.instead_of, refused)
        while True:
            held, _ = self._newest.good()
            if held is not None and held.token != refused:
                return held
            try:
                flight, is_mine = self._replacing.start(work)
            except RuntimeError:  # no thread can be started
                return self.instead_of(refused)
            try:
                held = await flight.aresult()
            except OsduAuthError as error:
                _raise_for_one(error, is_mine=is_mine)
            if is_mine and held is not None:
                return held

    def _obtained(self, min_ttl: float) -> tuple[Flight[HeldToken | None] | None, bool]:
        """Return the flight that brings a token, and whether it is ours; None where none can."""
        if self._flight.is_flown_here:  # a store of the user's own asks
            return None, True
        try:
            return self._flight.start(partial(self._obtaining.good, min_ttl))
        except RuntimeError:  # no thread can be started
            return None, True

    def _obtained_here(self, min_ttl: float) -> HeldToken:
        if self._flight.is_flown_here:
            return self._obtaining.good(min_ttl)  # under its locks, and told at its end
        with self._told_afterwards():
            return self._obtaining.good(min_ttl)

    def keep(self, saved: SavedSession) -> None:
        """Write down a session that was just made, and hold it; call it within `exclusively`."""
        self._obtaining.keep(saved)

    def forget(self) -> None:
        """Hold no token any more."""
        self._obtaining.forget()

    def wait(self) -> None:
        """Wait for what is being done meanwhile."""
        self._flight.wait()
        self._replacing.wait()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the right to replace the session, in this process and among all."""
        with self._told_afterwards(), self._obtaining.exclusively():
            yield

    def _tell_of_near_end(self) -> None:
        """Tell it at once: nobody holds a lock here, and no token is waited for."""
        near_end = self._newest.near_end()
        if near_end is not None:
            self._listeners.tell_of(near_end)

    @contextmanager
    def _told_afterwards(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._listeners.tell()


def _raise_for_one(error: OsduAuthError, *, is_mine: bool) -> None:
    """Raise what a flight came to, for one of those who waited for it.

    What was wrong with somebody else's question says nothing about this one's.
    """
    if is_mine:
        raise error
    if not isinstance(error, UsageError):
        raise copy(error) from None  # each has a traceback of its own


_holders: WeakSet[TokenHolder] = WeakSet()


def _after_fork() -> None:
    for holder in _holders:
        holder.after_fork()


def _at_exit() -> None:
    for holder in tuple(_holders):
        holder.wait()


# Functions of atexit may use a session; whatever they began, nobody else waits for.
atexit.register(_at_exit)

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
