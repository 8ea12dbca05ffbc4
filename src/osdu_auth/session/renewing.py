"""A session's way to the store and to the user pool, one step at a time.

The law of this module: a session is given up only when the pool refuses to renew what was read
again; and whatever the pool hands out is written down before it is used or, where that fails, held
and said.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.errors import (
    OsduAuthError,
    SessionEnded,
    SignInRequired,
    StoreNotWritable,
    StoreUnavailable,
)
from osdu_auth.session.events import SessionEvent
from osdu_auth.session.log import logger
from osdu_auth.session.pause import Pause
from osdu_auth.stores.fitness import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.secret import Secret
    from osdu_auth.session.clocks import Clocks
    from osdu_auth.session.events import Listeners
    from osdu_auth.session.sources import Sources
    from osdu_auth.stores.token_store import SavedSession

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds, after a failed renewal


class Renewing:
    """Loads, renews and keeps the session of one profile; the last two under the store's lock.

    Args:
        sources: profile, store and credential.
        clocks: this machine's.
        listeners: are told when the session ends.
    """

    def __init__(self, sources: Sources, clocks: Clocks, listeners: Listeners) -> None:
        self.pause = Pause(clocks, FIRST_PAUSE, LONGEST_PAUSE)
        self._sources = sources
        self._listeners = listeners
        # A session that could not be kept, after the one that the store still has instead.
        self._unkept: tuple[SavedSession, SavedSession] | None = None
        # Why the session ended, and the refresh token that the pool refused.
        self._ended: tuple[SessionEnded, Secret | None] | None = None
        self._has_had_one = False

    @contextmanager
    def lock(self, patience: float | None = None) -> Iterator[None]:
        """Hold the one right to renew, or none where the disk cannot be written to.

        Without it nothing is lost: `renew` asks for no tokens that would have to be kept.

        Args:
            patience: seconds to wait for another holder; None for the store's own.
        """
        with ExitStack() as held:
            with suppress(StoreNotWritable):
                held.enter_context(self._sources.lock(patience))
            yield

    def load(self) -> SavedSession:
        """Return the newest session, kept or not.

        Raises:
            SignInRequired: nobody is signed in.
            SessionEnded: nobody is any more, while this process has had the session.
            StoreUnavailable: it cannot be read.
        """
        try:
            saved = self._sources.load()
        except SignInRequired as nobody:
            if self._ended is None and self._has_had_one and nobody.code == NOBODY:
                self._note_end(_ended_elsewhere(self._sources.profile.name), None)
            if self._ended is not None:
                raise copy(self._ended[0]) from None
            raise
        self._has_had_one = True
        if self._unkept is not None and saved == self._unkept[0]:
            saved = self._unkept[1]
        else:
            self._unkept = None
        if self._ended is not None:
            ended, refused = self._ended
            if refused is not None and refused == saved.tokens.refresh_token:
                raise copy(ended)  # it could not be wiped, and the pool is not asked again
            self._ended = None
        return saved

    def renew(self, saved: SavedSession, *, hurried: bool = False) -> SavedSession:
        """Renew what was read under the lock, and write it down before anybody uses it.

        Args:
            saved: the session.
            hurried: whether the pool has only a moment to answer, as the token is still good.

        Raises:
            SessionEnded: the pool will not.
            OsduAuthError: it did not answer; it is left alone for a while.
            StoreUnavailable: its refresh tokens rotate, and the store did not take what it has.
        """
        if saved.tokens.rotates:
            # What cannot be kept is not asked for: the pool would take the old one back.
            self.keep(saved)
        try:
            tokens = self._sources.credential.renew(saved, hurried=hurried)
        except SessionEnded as ended:
            return self._renewed_by_others(saved, ended)
        except OsduAuthError as error:
            from osdu_auth.cognito.endpoint import NOTHING_SENT

            if error.code not in NOTHING_SENT:  # a pool that was not asked needs no rest
                self.pause.begin(error)
            raise
        self.pause.end()
        renewed = replace(saved, tokens=tokens)
        try:
            self.keep(renewed)
        except Exception as error:  # noqa: BLE001 - users' own stores raise what they like
            # The caller's work goes on with the token in memory; the next process may have to ask.
            kept = saved if self._unkept is None else self._unkept[0]
            self._unkept = kept, renewed
            why = error if isinstance(error, StoreUnavailable) else type(error).__name__
            logger().warning("The renewed session could not be kept: %s", why)
        return renewed

    def keep(self, saved: SavedSession) -> None:
        """Write a session down.

        Raises:
            StoreUnavailable: it could not be written.
        """
        self._sources.store.save(self._sources.profile.name, saved)
        self._unkept, self._has_had_one = None, True

    def forget(self) -> None:
        """Know of no session any more."""
        self._unkept = self._ended = None
        self._has_had_one = False
        self.pause.end()

    def _renewed_by_others(self, refused: SavedSession, ended: SessionEnded) -> SavedSession:
        """Return what somebody else renewed meanwhile, or drop the session that the pool refused.

        Nobody else can where locks hold; on some network file systems they do not.

        Raises:
            SessionEnded: nobody did.
        """
        saved = self.load()
        if saved.tokens.refresh_token != refused.tokens.refresh_token:
            return saved
        self._note_end(ended, refused.tokens.refresh_token)
        try:
            self._sources.store.delete(self._sources.profile.name)
        except StoreUnavailable as trouble:
            logger().warning("The session that has ended could not be wiped: %s", trouble)
        raise ended

    def _note_end(self, ended: SessionEnded, refused: Secret | None) -> None:
        self._ended = ended, refused
        self._listeners.note(SessionEvent("ended", self._sources.profile.name, error=ended))


def _ended_elsewhere(profile_name: str) -> SessionEnded:
    return SessionEnded(
        f'The session of "{profile_name}" has ended.',
        code="OA-S433",
        why="Another program signed out, or met the user pool's refusal to renew it.",
        fix=f"osdu-auth login -p {profile_name}",
    )
