"""Direct access of tests to a store: read a session, save one, wipe it."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.credentials.user_pool import UserPoolCredential
from osdu_auth.stores.token_store import SessionKey

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from osdu_auth.session import Session
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import HeldSession, TokenStore


def stored(store: TokenStore, profile_name: str = "acme") -> SavedSession | None:
    """Return the session of a profile."""
    return store.peek(SessionKey(profile_name))


def store_session(store: TokenStore, profile_name: str, session: SavedSession) -> None:
    """Save a session in place of any other, as a sign-in does."""
    with store.open(SessionKey(profile_name)) as held:
        held.save(session)


def wipe_session(store: TokenStore, profile_name: str = "acme") -> bool:
    """Wipe the session of a profile, as signing out does."""
    with store.open(SessionKey(profile_name)) as held:
        return held.delete()


def right_to_renew(
    store: TokenStore, profile_name: str = "acme", patience: float | None = None
) -> AbstractContextManager[HeldSession]:
    """Hold the right to renew the session of a profile."""
    return store.open(SessionKey(profile_name), patience)


def wait_until_waiting(*threads: threading.Thread) -> None:
    """Wait until each of the threads waits for the right to renew a session."""
    for thread in threads:
        while not _waits(thread):
            assert thread.is_alive()
            time.sleep(0.001)


def _waits(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        is_of_store = "/stores/" in frame.f_code.co_filename
        if frame.f_code.co_name == "_wait" or (is_of_store and "waited_since" in frame.f_locals):
            return True
        frame = frame.f_back
    return False


class Hooks:
    """A mixin for a store, with which a test can intercept its operations."""

    def saving(self, save: partial[None]) -> None:
        """Save a session; a test may override this."""
        save()

    def reading(self, read: Callable[[], SavedSession | None]) -> SavedSession | None:
        """Read a session; a test may override this."""
        return read()

    def wiping(self, wipe: Callable[[], bool]) -> bool:
        """Wipe a session; a test may override this."""
        return wipe()

    def peek(self, key: SessionKey) -> SavedSession | None:
        """Read a session through `reading`."""
        return self.reading(partial(super().peek, key))  # type: ignore[misc]

    @contextmanager
    def open(self, key: SessionKey, patience: float | None = None) -> Iterator[HeldSession]:
        """Hold the right to renew a session, whose operations go through the methods above."""
        with super().open(key, patience) as held:  # type: ignore[misc]
            yield HookedSession(self, held)


class HookedSession:
    """The held session that `Hooks.open` gives.

    Args:
        hooks: the methods that its operations go through.
        held: the held session of the store.
    """

    def __init__(self, hooks: Hooks, held: HeldSession) -> None:
        self._hooks = hooks
        self._held = held

    def load(self) -> SavedSession | None:
        return self._hooks.reading(self._held.load)

    def save(self, session: SavedSession, instead_of: SavedSession | None = None) -> None:
        self._hooks.saving(partial(self._held.save, session, instead_of))

    def delete(self) -> bool:
        return self._hooks.wiping(self._held.delete)


def user_pool_of(session: Session) -> UserPoolCredential:
    """Return a session's credential, which is that of a user pool."""
    credential = session.credential
    assert isinstance(credential, UserPoolCredential)
    return credential
