"""MemoryStore: sessions that end with the process.

The law of this module: a refresh token stays with the process that it was given to. A forked one
has the access token, which it may use up: two copies of a refresh token that is good for one use
would end the session for both.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

from osdu_auth.errors import StoreConflict, StoreUnavailable
from osdu_auth.profiles.checks import check_profile_name
from osdu_auth.stores.token_store import StorageLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import HeldSession, SessionKey

PATIENCE = 30.0  # seconds


class MemoryStore:
    """Sessions in this process's memory; it implements `TokenStore`.

    Args:
        patience: seconds to wait for another holder of the right to renew one.
    """

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._process = os.getpid()
        self._sessions: dict[str, SavedSession] = {}
        self._last_generations: dict[str, int] = {}
        self._notes: dict[str, tuple[float, str]] = {}
        self._begin_locks()

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._sessions)} sessions)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a MemoryStore does not travel; give workers session.for_workers(ttl) instead"
        )

    def peek(self, key: SessionKey) -> SavedSession | None:
        """Return the session of that profile, None where there is none."""
        self._notice_fork()
        return self._sessions.get(check_profile_name(key.profile))

    @contextmanager
    def open(self, key: SessionKey, patience: float | None = None) -> Iterator[HeldSession]:
        """Hold the one right to renew or replace that profile's session, across threads.

        Args:
            key: which session; its profile's name alone counts.
            patience: seconds to wait for another holder; None for this store's own.

        Raises:
            StoreUnavailable: OA-F807: another thread held it for too long.
        """
        self._notice_fork()
        name = check_profile_name(key.profile)
        waited_since = time.monotonic()
        with self._making_locks:
            lock = self._locks.setdefault(name, Lock())
        if not lock.acquire(timeout=self._patience if patience is None else patience):
            raise StoreUnavailable(
                f'The session of "{name}" cannot be locked.',
                code="OA-F807",
                why="Another thread has held its lock for too long.",
                fix="Try again.",
            )
        try:
            yield HeldInMemory(
                self._sessions, name, self._last_generations, self._notes, waited_since
            )
        finally:
            lock.release()

    def level(self, key: SessionKey | None = None) -> StorageLevel:  # noqa: ARG002 - all alike
        """Say how well the month-long part is kept."""
        return StorageLevel(sealed=True, description="in this process's memory alone")

    def last_generation(self, key: SessionKey) -> int:
        """Return the generation of the last sign-out; 0 where there was none."""
        return self._last_generations.get(check_profile_name(key.profile), 0)

    def _begin_locks(self) -> None:
        self._locks: dict[str, Lock] = {}
        self._making_locks = Lock()

    def _notice_fork(self) -> None:
        if self._process == os.getpid():
            return
        self._process = os.getpid()
        self._begin_locks()  # the thread that held one is not in this process
        self._sessions = {name: _to_use_up(saved) for name, saved in self._sessions.items()}


class HeldInMemory:
    """The right to renew or replace one session in memory; it implements `HeldSession`.

    Args:
        sessions: of all profiles.
        profile_name: whose session it is about.
        last_generations: of the sign-outs of all profiles.
        notes: of holders of all profiles, each with when it was left, by the monotonic clock.
        waited_since: when this holder began to wait, by that clock.
    """

    def __init__(
        self,
        sessions: dict[str, SavedSession],
        profile_name: str,
        last_generations: dict[str, int],
        notes: dict[str, tuple[float, str]],
        waited_since: float,
    ) -> None:
        self._sessions = sessions
        self._last_generations = last_generations
        self._name = profile_name
        self._notes = notes
        self._waited_since = waited_since

    def leave_note(self, note: str) -> None:
        """Leave a note for those who wait; as of `NoteTaking`."""
        self._notes[self._name] = (time.monotonic(), note)

    def note_left_while_waiting(self) -> str | None:
        """Return the note that was left while this holder waited; as of `NoteTaking`."""
        left_at, note = self._notes.get(self._name, (0.0, None))
        return note if left_at >= self._waited_since else None

    def load(self) -> SavedSession | None:
        """Return the session, None where there is none."""
        return self._sessions.get(self._name)

    def save(self, session: SavedSession, instead_of: SavedSession | None = None) -> None:
        """Keep a session in place of the former one.

        Raises:
            StoreConflict: OA-F817: something else than `instead_of` is there.
        """
        if instead_of is not None and self.load() != instead_of:
            raise StoreConflict.of(self._name)
        self._sessions[self._name] = session

    def delete(self) -> bool:
        """Wipe the session; return whether there was one."""
        gone = self._sessions.pop(self._name, None)
        if gone is not None and gone.generation:
            self._last_generations[self._name] = gone.generation + 1
        return gone is not None


def _to_use_up(saved: SavedSession) -> SavedSession:
    return replace(saved, tokens=replace(saved.tokens, refresh_token=None))
