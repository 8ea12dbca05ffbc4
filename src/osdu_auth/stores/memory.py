"""MemoryStore: sessions that end with the process.

A refresh token stays in the process that signed in. A forked child has the access token only: if a
refresh token is good for one use, two copies of it would end the session of both processes.
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
        self._reset_locks()

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._sessions)} sessions)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a MemoryStore cannot be pickled; give workers session.for_workers(ttl) instead"
        )

    def peek(self, key: SessionKey) -> SavedSession | None:
        """Return the session of that profile; None if there is none."""
        self._check_fork()
        return self._sessions.get(check_profile_name(key.profile))

    @contextmanager
    def open(self, key: SessionKey, patience: float | None = None) -> Iterator[HeldSession]:
        """Hold the one right to renew or replace that profile's session, among all threads.

        Args:
            key: which session; only the profile's name is used.
            patience: seconds to wait for another holder; None for this store's own.

        Raises:
            StoreUnavailable: OA-F807: another thread held it for too long.
        """
        self._check_fork()
        name = check_profile_name(key.profile)
        waited_since = time.monotonic()
        with self._locks_guard:
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

    def level(self, key: SessionKey | None = None) -> StorageLevel:  # noqa: ARG002 - all the same
        """Return how well the month-long part is kept."""
        return StorageLevel(sealed=True, description="in this process's memory only")

    def last_generation(self, key: SessionKey) -> int:
        """Return the generation of the last sign-out; 0 if there was none."""
        return self._last_generations.get(check_profile_name(key.profile), 0)

    def _reset_locks(self) -> None:
        self._locks: dict[str, Lock] = {}
        self._locks_guard = Lock()

    def _check_fork(self) -> None:
        if self._process == os.getpid():
            return
        self._process = os.getpid()
        self._reset_locks()  # the thread that held one is not in this process
        self._sessions = {
            name: _without_refresh_token(saved) for name, saved in self._sessions.items()
        }


class HeldInMemory:
    """The right to renew or replace one session in memory; it implements `HeldSession`.

    Args:
        sessions: the sessions of all profiles, by the profiles' names.
        profile_name: the name of this profile.
        last_generations: the generations of the last sign-outs, by the profiles' names.
        notes: the notes of all profiles, each with its time by the monotonic clock.
        waited_since: when this holder began to wait, by the same clock.
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
        """Leave a note for the holders that wait; as for `HeldSessionWithNotes`."""
        self._notes[self._name] = (time.monotonic(), note)

    def note_left_while_waiting(self) -> str | None:
        """Return the note that was left while this holder waited; as for `HeldSessionWithNotes`."""
        left_at, note = self._notes.get(self._name, (0.0, None))
        return note if left_at >= self._waited_since else None

    def load(self) -> SavedSession | None:
        """Return the session; None if there is none."""
        return self._sessions.get(self._name)

    def save(self, session: SavedSession, instead_of: SavedSession | None = None) -> None:
        """Save a session in place of the former one.

        Raises:
            StoreConflict: OA-F817: `instead_of` is not what is stored now.
        """
        if instead_of is not None and self.load() != instead_of:
            raise StoreConflict.of(self._name)
        self._sessions[self._name] = session

    def delete(self) -> bool:
        """Wipe the session; return whether there was one."""
        removed = self._sessions.pop(self._name, None)
        if removed is not None and removed.generation:
            self._last_generations[self._name] = removed.generation + 1
        return removed is not None


def _without_refresh_token(saved: SavedSession) -> SavedSession:
    return replace(saved, tokens=replace(saved.tokens, refresh_token=None))
