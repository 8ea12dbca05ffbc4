"""MemoryStore: sessions that end with the process.

The law of this module: a refresh token stays with the process that it was given to. A forked one
has the access token, which it may use up: two copies of a refresh token that is good for one use
would end the session for both.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock, RLock
from typing import TYPE_CHECKING, NoReturn

from osdu_auth.errors import StoreUnavailable
from osdu_auth.profiles.checks import check_profile_name
from osdu_auth.stores.token_store import StorageLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.stores.token_store import SavedSession

PATIENCE = 30.0  # seconds


class MemoryStore:
    """Sessions in this process's memory; it implements `TokenStore`.

    Args:
        patience: seconds to wait for another holder of a lock.
    """

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._process = os.getpid()
        self._sessions: dict[str, SavedSession] = {}
        self._begin_locks()

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._sessions)} sessions)"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a MemoryStore does not travel; give workers session.for_workers(ttl) instead"
        )

    def load(self, profile_name: str) -> SavedSession | None:
        """Return the session of that profile, None where there is none."""
        self._notice_fork()
        return self._sessions.get(check_profile_name(profile_name))

    def save(self, profile_name: str, session: SavedSession) -> None:
        """Keep a session in place of the profile's former one.

        Raises:
            StoreUnavailable: as of `lock`.
        """
        with self.lock(profile_name):
            self._sessions[profile_name] = session

    def delete(self, profile_name: str) -> bool:
        """Wipe the session of that profile; return whether there was one.

        Raises:
            StoreUnavailable: as of `lock`.
        """
        with self.lock(profile_name):
            return self._sessions.pop(profile_name, None) is not None

    @contextmanager
    def lock(self, profile_name: str, patience: float | None = None) -> Iterator[None]:
        """Hold the one right to renew or replace that profile's session, across threads.

        Its holder may take it again.

        Args:
            profile_name: whose session.
            patience: seconds to wait for another holder; None for this store's own.

        Raises:
            StoreUnavailable: OA-F807: somebody else held it for too long.
        """
        self._notice_fork()
        with self._making_locks:
            lock = self._locks.setdefault(check_profile_name(profile_name), RLock())
        if not lock.acquire(timeout=self._patience if patience is None else patience):
            raise StoreUnavailable(
                f'The session of "{profile_name}" cannot be locked.',
                code="OA-F807",
                why="Another thread has held its lock for too long.",
                fix="Try again.",
            )
        try:
            yield
        finally:
            lock.release()

    def level(self, profile_name: str | None = None) -> StorageLevel:  # noqa: ARG002 - all alike
        """Say how well the month-long part is kept."""
        return StorageLevel(sealed=True, description="in this process's memory alone")

    def _begin_locks(self) -> None:
        self._locks: dict[str, RLock] = {}
        self._making_locks = Lock()

    def _notice_fork(self) -> None:
        if self._process == os.getpid():
            return
        self._process = os.getpid()
        self._begin_locks()  # whoever held one is not in this process
        self._sessions = {name: _to_use_up(saved) for name, saved in self._sessions.items()}


def _to_use_up(saved: SavedSession) -> SavedSession:
    return replace(saved, tokens=replace(saved.tokens, refresh_token=None))
