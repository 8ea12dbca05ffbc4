"""The newest token of a session in this process, and how a newer one comes.

    FRESH     used as it is
    STALE     used as it is, while one thread of one process renews it
    EXPIRED   everybody waits for the one renewal

The law of this module: a token that is still good is used even if nothing else works, and whoever
has one waits for nobody.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from osdu_auth.errors import OsduAuthError, SessionEnded, SignInRequired
from osdu_auth.secret import Secret
from osdu_auth.session.deadline import deadline_of
from osdu_auth.session.events import SessionEvent
from osdu_auth.session.flight import OneFlight
from osdu_auth.session.held import take_up
from osdu_auth.session.log import logger
from osdu_auth.session.pause import Pause
from osdu_auth.session.renewing import LONGEST_PAUSE, Renewing
from osdu_auth.stores.fitness import require_lifetime
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.session.clocks import Clocks, Moment
    from osdu_auth.session.deadline import SessionDeadline
    from osdu_auth.session.events import Listeners
    from osdu_auth.session.held import HeldToken
    from osdu_auth.session.sources import Sources
    from osdu_auth.stores.token_store import SavedSession

# For how long the hot path goes by the wall clock alone; after that both clocks are asked.
LONGEST_LEG = 30.0  # seconds
# What is done meanwhile waits this long, in seconds, for another process that renews.
MEANWHILE = 1.0
# A token that a renewal brought less than this many seconds ago, and that a platform refuses, is
# not renewed again: the next one would be refused as well.
REFUSED_ANYWAY = 10.0


# A stretch of time in which a token is fresh, whatever the clocks may do meanwhile: its begin and
# its end, in seconds since 1970, and the token. A time before the begin says that the clock was set
# back. It is replaced as a whole, and a plain tuple, as nothing else is as fast to take apart.
Leg = tuple[float, float, Secret]

_NO_LEG: Leg = (0.0, 0.0, Secret(""))


class TokenHolder:
    """Holds the newest token of one session.

    Args:
        sources: profile, store and credential.
        clocks: this machine's.
        listeners: are told what happens.
    """

    def __init__(self, sources: Sources, clocks: Clocks, listeners: Listeners) -> None:
        self.leg: Leg = _NO_LEG
        self._sources = sources
        self._clocks = clocks
        self._listeners = listeners
        self._held: HeldToken | None = None
        self._renewing = Renewing(sources, clocks, listeners)
        self._rest = Pause(clocks, MEANWHILE, LONGEST_PAUSE)
        self._end_told: SessionDeadline | None = None
        self._forced: tuple[Moment, Secret] | None = None
        self.after_fork()
        _holders.add(self)

    def after_fork(self) -> None:
        """Begin with nobody renewing: the threads that may have been are not in this process."""
        self._lock = threading.RLock()
        self._flight = OneFlight()

    def in_hand(self, min_ttl: float = 0.0) -> HeldToken | None:
        """Return a token that is good without waiting for anybody; None where there is none.

        Args:
            min_ttl: seconds for which it has to be good.
        """
        held = self._held
        if held is None:
            return None
        now = self._clocks.now()
        elapsed = now.since(held.since)
        freshness = held.freshness(elapsed, min_ttl)
        if freshness is Freshness.EXPIRED:
            return None
        if freshness is Freshness.FRESH:
            end = now.wall + min(LONGEST_LEG, held.fresh_for - elapsed)
            self.leg = (now.wall, end, held.token)
            if self._held is not held:  # another thread has a newer one
                self.leg = _NO_LEG
        elif not (self._renewing.pause.left or self._rest.left):
            self._flight.start(self._renew_meanwhile)
        return held

    def brought(self, min_ttl: float = 0.0) -> HeldToken:
        """Return a good token, and wait for one where that is necessary."""
        with self._alone():
            held = self.in_hand(min_ttl)
            if held is None and self._held is None:
                self._hold(self._renewing.load())
                held = self.in_hand(min_ttl)
            return held or self._renewed(min_ttl)

    async def abrought(self, min_ttl: float = 0.0) -> HeldToken:
        """Return a good token as `brought` does; only this task waits, and not its event loop."""
        from asyncio import wrap_future

        while True:
            held = self.in_hand(min_ttl)
            if held is None:
                flight = self._flight.start(partial(self.brought, min_ttl))
                try:
                    held = await wrap_future(flight)
                except OsduAuthError as error:
                    raise copy(error) from None  # each task has a traceback of its own
            # The work under way may have been somebody's who needs less.
            if held is not None and held.good_for >= min_ttl:
                return held

    def due(self, min_ttl: float = 0.0) -> HeldToken:
        """Return a good token, renewed here and now where that is due.

        For a program that ends soon: it leaves nothing to be done meanwhile.
        """
        with self._alone():
            held = self._held or self._hold(self._renewing.load())
            freshness = held.freshness(self._clocks.now().since(held.since), min_ttl)
            if freshness is Freshness.FRESH:
                return held
            if freshness is Freshness.EXPIRED:
                return self._renewed(min_ttl)
            try:
                return self._renewed(min_ttl, patience=0, hurried=True)
            except (SessionEnded, SignInRequired):
                raise
            except OsduAuthError as error:
                _put_off(error)
                return held

    def renewed_now(self) -> HeldToken:
        """Return a new token, however fresh the present one is."""
        with self._alone(), self._renewing.lock():
            return self._hold(self._renewing.renew(self._renewing.load()))

    def instead_of(self, refused: Secret) -> HeldToken:
        """Return another token than one that a platform refused.

        All who were refused the same token are served by one renewal. Where the newest token is one
        that was refused as soon as it came, it is returned as it is.
        """
        with self._alone():
            held = self._held
            if held is not None and held.token != refused and self.in_hand() is not None:
                return held
            now = self._clocks.now()
            if held is not None and self._forced is not None:
                when, token = self._forced
                if token == refused and now.since(when) < REFUSED_ANYWAY:
                    return held
            with self._renewing.lock():
                saved = self._renewing.load()
                held = self._hold(saved)
                if held.token != refused and self._is_fresh(held):
                    return held
                self._renewing.pause.require_over()
                held = self._hold(self._renewing.renew(saved))
            self._forced = now, held.token
            return held

    def keep(self, saved: SavedSession) -> None:
        """Write down a session that was just made, and hold it; call it within `exclusively`."""
        self._renewing.keep(saved)
        self._renewing.pause.end()
        self._hold(saved)

    def forget(self) -> None:
        """Hold no token any more."""
        self._held, self.leg = None, _NO_LEG
        self._renewing.forget()

    def wait(self) -> None:
        """Wait for what is being done meanwhile."""
        self._flight.wait()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the right to replace the session, in this process and among all."""
        with self._alone(), self._sources.lock():
            yield

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Have one thread at a time at it; what there is to tell is told when it is over."""
        try:
            with self._lock:
                yield
        finally:
            self._listeners.tell()

    def _renew_meanwhile(self) -> HeldToken | None:
        try:
            with self._alone():
                held = self._renewed(0.0, patience=MEANWHILE, hurried=True)
        except OsduAuthError as error:
            if isinstance(error, SessionEnded) and not self._rest.has_begun:
                logger().warning("%s", error)
            else:
                _put_off(error)
            self._rest.begin(error)
            return None
        self._rest.end()
        return held

    def _renewed(
        self, min_ttl: float, *, patience: float | None = None, hurried: bool = False
    ) -> HeldToken:
        """Adopt the token of whoever was faster, or renew."""
        if self._held is not None:
            require_lifetime(self._held.saved, min_ttl)
        with self._renewing.lock(patience):
            saved = self._renewing.load()
            held = self._hold(saved)
            if self._is_fresh(held, min_ttl):
                return held
            self._renewing.pause.require_over()
            return self._hold(self._renewing.renew(saved, hurried=hurried))

    def _hold(self, saved: SavedSession) -> HeldToken:
        held = self._held
        if held is not None and held.saved == saved:
            return held  # with the moment at which it was taken up, whatever the clock says now
        self._held = taken = take_up(saved, self._clocks.now())
        self.leg = _NO_LEG
        name = self._sources.profile.name
        if held is not None:
            self._listeners.note(SessionEvent("renewed", name, saved.tokens.expires_at))
        self._tell_of_end(saved, taken.since.wall)
        return taken

    def _tell_of_end(self, saved: SavedSession, now: float) -> None:
        """Tell when the session's end is near, once for each end."""
        profile = self._sources.profile
        deadline = deadline_of(saved, profile, now)
        if deadline is None or deadline == self._end_told or not deadline.is_near(now):
            return
        self._end_told = deadline
        self._listeners.note(SessionEvent("ending", profile.name, deadline.at))
        logger().warning("%s", deadline.in_words(now, profile.name))

    def _is_fresh(self, held: HeldToken, min_ttl: float = 0.0) -> bool:
        elapsed = self._clocks.now().since(held.since)
        return held.freshness(elapsed, min_ttl) is Freshness.FRESH


def _put_off(error: OsduAuthError) -> None:
    logger().info("Renewal is put off, as the token is still good: %s", error)


_holders: WeakSet[TokenHolder] = WeakSet()


def _after_fork() -> None:
    for holder in _holders:
        holder.after_fork()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
