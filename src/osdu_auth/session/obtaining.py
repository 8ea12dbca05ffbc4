"""How one thread of a process, alone, comes to a good token: each way is a method, top to bottom.

Before the pool is asked, what somebody else may have written is read under the lock; who needs no
newer token than another process may have renewed looks without the lock first.

The law of this module: a token that is still good is used even if nothing else works; only a
program that ends soon (`due`) is told at once that its session has ended.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError, SessionEnded, SignInRequired, StoreUnavailable
from osdu_auth.session.log import logger
from osdu_auth.session.pause import Pause
from osdu_auth.session.renewing import LONGEST_PAUSE, Renewing
from osdu_auth.stores.fitness import require_lifetime
from osdu_auth.tokens import Freshness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.secret import Secret
    from osdu_auth.session.clocks import Clocks, Moment
    from osdu_auth.session.events import Listeners
    from osdu_auth.session.held import HeldToken
    from osdu_auth.session.newest import NewestToken
    from osdu_auth.session.sources import Sources
    from osdu_auth.stores.token_store import SavedSession

# What is done meanwhile waits this long, in seconds, for another process that renews.
MEANWHILE = 1.0
# A token that a renewal brought less than this many seconds ago, and that a platform refuses, is
# not renewed again: the next one would be refused as well.
REFUSED_ANYWAY = 10.0


class Obtaining:
    """Obtains newer tokens for one session.

    Args:
        newest: is given what is found or renewed.
        sources: profile, store and credential.
        clocks: this machine's.
        listeners: are to hear what happens; whoever calls tells them when it is over.
    """

    def __init__(
        self, newest: NewestToken, sources: Sources, clocks: Clocks, listeners: Listeners
    ) -> None:
        self._newest = newest
        self._sources = sources
        self._clocks = clocks
        self._renewing = Renewing(sources, clocks, listeners)
        self._rest = Pause(clocks, MEANWHILE, LONGEST_PAUSE)
        self._forced: tuple[Moment, Secret] | None = None
        self.after_fork()

    def after_fork(self) -> None:
        """Begin with nobody at it: the thread that may have been is not in this process."""
        self._lock = threading.RLock()

    @property
    def is_resting(self) -> bool:
        """Whether something failed so lately that nothing is begun while a token is good."""
        return bool(self._renewing.pause.left or self._rest.left)

    def good(self, min_ttl: float) -> HeldToken:
        """Return a token that is good for `min_ttl` seconds, fresh or not."""
        with self._lock:
            held, _ = self._newest.good(min_ttl)
            if held is None:
                self._load()
                held, _ = self._newest.good(min_ttl)
            return held or self._renewed(min_ttl)

    def have_one_at_hand(self) -> None:
        """Load the session where this process has no token of it yet."""
        if self._newest.held is not None:
            return  # without waiting for whoever is renewing it
        with self._lock:
            if self._newest.held is None:
                self._load()

    def due(self, min_ttl: float) -> HeldToken:
        """Return a good token, renewed where it is not fresh and nobody is at that already."""
        held, _ = self._newest.good(min_ttl)
        if held is not None and self._is_somebody_at_it():
            return held
        with self._lock:
            held = self._newest.held
            if held is None or self._newest.freshness(held, min_ttl) is Freshness.EXPIRED:
                held = self._load()  # another process may have written one that is good
            freshness = self._newest.freshness(held, min_ttl)
            if freshness is Freshness.FRESH:  # another thread or process was faster
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
        with self._lock, self._renewing.lock():
            saved = self._renewing.load()
            self._newest.take(saved)
            return self._newest.take(self._renewing.renew(saved))

    def instead_of(self, refused: Secret) -> HeldToken:
        """Return another token than one that a platform refused, or it if it has just come."""
        with self._lock:
            held, _ = self._newest.good()
            if held is not None and held.token != refused:
                return held
            if self._newest.held is not None and self._forced is not None:
                when, token = self._forced
                if token == refused and self._clocks.now().since(when) < REFUSED_ANYWAY:
                    return self._newest.held
            try:
                with self._renewing.lock():
                    saved = self._renewing.load()
                    held = self._newest.take(saved)
                    if held.token != refused and self._newest.is_fresh(held):
                        return held
                    hurried = self._is_another(held, refused)
                    self._renewing.pause.require_over()
                    held = self._newest.take(self._renewing.renew(saved, hurried=hurried))
            except (SessionEnded, SignInRequired):
                raise
            except OsduAuthError as error:
                held = self._load()
                if not self._is_another(held, refused):
                    raise
                _put_off(error)
                return held
            self._forced = self._clocks.now(), held.token
            return held

    def meanwhile(self) -> HeldToken | None:
        """Renew what is stale while others use it; what fails is said, and tried again later."""
        try:
            with self._lock:
                held = self._load()
                if not self._newest.is_fresh(held):
                    held = self._renewed(0.0, patience=MEANWHILE, hurried=True)
        except Exception as error:  # noqa: BLE001 - said below
            if not isinstance(error, OsduAuthError):  # a user's own store raises what it likes
                logger().exception("The renewal failed.")
            elif isinstance(error, SessionEnded) and not self._rest.has_begun:
                logger().warning("%s", error)
            else:
                _put_off(error)
            self._rest.begin(error)
            return None
        self._rest.end()
        return held

    def keep(self, saved: SavedSession) -> None:
        """Write down a session that was just made, and hold it; call it within `exclusively`."""
        self._renewing.keep(saved)
        self._renewing.pause.end()
        self._rest.end()
        self._newest.take_anybodys(saved)

    def forget(self) -> None:
        """Know of no session any more."""
        self._newest.forget()
        self._renewing.forget()
        self._rest.end()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the right to replace the session, in this process and among all."""
        with self._lock, self._renewing.lock():
            yield

    def _is_somebody_at_it(self) -> bool:
        if not self._lock.acquire(blocking=False):
            return True
        self._lock.release()
        return False

    def _is_another(self, held: HeldToken, refused: Secret) -> bool:
        """Say whether a token is good, if near its end, and another than one that was refused."""
        is_good = self._newest.freshness(held) is not Freshness.EXPIRED
        return is_good and held.token != refused

    def _load(self) -> HeldToken:
        return self._newest.take(self._renewing.load())

    def _renewed(
        self, min_ttl: float, *, patience: float | None = None, hurried: bool = False
    ) -> HeldToken:
        """Adopt the token of whoever was faster, or renew."""
        if self._newest.held is not None:
            require_lifetime(self._newest.held.saved, min_ttl)
        try:
            with self._renewing.lock(patience):
                saved = self._renewing.load()
                held = self._newest.take(saved)
                if self._newest.is_fresh(held, min_ttl):
                    return held
                self._renewing.pause.require_over()
                return self._newest.take(self._renewing.renew(saved, hurried=hurried))
        except StoreUnavailable:
            # Whoever has the lock and does not let go of it may have written a new token all the
            # same.
            held = self._load()
            if self._newest.is_fresh(held, min_ttl):
                return held
            raise


def _put_off(error: OsduAuthError) -> None:
    logger().info("Renewal is put off, as the token is still good: %s", error)
