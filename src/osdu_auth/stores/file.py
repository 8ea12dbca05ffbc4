"""FileStore: sessions in private files, the month-long part of each sealed.

    <state folder>/                 0700
        key, key.lock               the key of the sessions, where no OS key store is usable
        current                     which profile is in force while none is named
        sessions/                   0700
            <profile>.session       0600, replaced as a whole (`osdu_auth.stores.session_text`)
            <profile>.lock          never deleted

The law of this module: a session on disk is given up only for another whole session or because the
user signs out. What cannot be read is reported and left; what a newer version wrote is not touched.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.errors import StoreUnavailable
from osdu_auth.file_lock import Lock, hold_lock
from osdu_auth.places import state_directory as customary_state_directory
from osdu_auth.private_files import TEMPORARY, PrivateFolder
from osdu_auth.profiles.checks import check_profile_name
from osdu_auth.profiles.stamp import NO_SETTINGS
from osdu_auth.stores.faults import in_our_words
from osdu_auth.stores.hot import CURRENT, SESSION_SUFFIX, SESSIONS, read_current
from osdu_auth.stores.keys import Keys
from osdu_auth.stores.session_text import (
    NewerSession,
    UnreadableSession,
    open_session,
    read_lines,
    write_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.stores.session_text import SessionText
    from osdu_auth.stores.token_store import SavedSession, StorageLevel

LOCK_SUFFIX = ".lock"
PATIENCE = 30.0  # seconds


class FileStore:
    """Sessions in the user's own files; it implements `TokenStore`.

    Args:
        state_directory: the folder to keep them in; None for `places.state_directory()`.
        settings_stamp: of the file of profiles, taken before the profile was read from it; saved
            with each session, so that the hot path notices any later edit. `-` where the profile
            comes from elsewhere, which the hot path never serves.
        require_sealed: whether to refuse where no OS key store is usable.
        patience: seconds to wait for another holder of a lock.
    """

    def __init__(
        self,
        state_directory: str | None = None,
        *,
        settings_stamp: str = NO_SETTINGS,
        require_sealed: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        # How to make this store again in another process.
        self._again = partial(
            FileStore,
            state_directory,
            settings_stamp=settings_stamp,
            require_sealed=require_sealed,
            patience=patience,
        )
        self._state_directory = state_directory or customary_state_directory()
        self._sessions = os.path.join(self._state_directory, SESSIONS)
        self._settings_stamp = settings_stamp
        self._patience = patience
        self._keys = Keys(self._state_directory, require_sealed=require_sealed)

    def __repr__(self) -> str:
        return f"FileStore({self._state_directory!r})"

    def __reduce__(self) -> tuple[Callable[[], FileStore], tuple[()]]:
        return self._again, ()

    def load(self, profile_name: str) -> SavedSession | None:
        """Return the session of that profile, None where there is none.

        Raises:
            StoreUnavailable: there is one, but it cannot be read: OA-F805, OA-F806, OA-F811 to
                OA-F814.
        """
        lines = self._lines(profile_name)
        if lines is None:
            return None
        key = self._keys.for_reading(lines.kind_of_key, profile_name)
        try:
            return open_session(lines, key)
        except UnreadableSession as fault:
            raise _unreadable(profile_name, fault) from None

    def save(self, profile_name: str, session: SavedSession) -> None:
        """Keep a session, whole or not at all, in place of the profile's former one.

        Raises:
            StoreUnavailable: it could not be written; the former one is still there: OA-F801 to
                OA-F808, OA-F811, OA-F815, OA-F816.
        """
        with self.lock(profile_name), self._folder(profile_name, "could not be saved") as folder:
            self._refuse_newer(profile_name)
            key = self._keys.for_saving()
            try:
                lines = write_lines(session, profile_name, self._settings_stamp, key)
            except UnreadableSession as fault:
                raise StoreUnavailable(
                    f'The session of "{profile_name}" cannot be kept.',
                    code="OA-F816",
                    why=f"It {fault}.",
                    fix="Sign in again; if it stays, tell the user pool's administrator.",
                ) from None
            folder.replace(profile_name + SESSION_SUFFIX, lines.text())

    def restamp(self, profile_name: str, session: SavedSession) -> None:
        """Note that the saved `session` still fits its profile after an edit of the settings.

        Without this each command would take the long way until the next renewal. It needs no key,
        and waits for nobody.

        Args:
            profile_name: whose session it is.
            session: as `load` returned it; one that was replaced meanwhile is left alone.

        Raises:
            StoreUnavailable: as of `save`.
        """
        lines = self._lines(profile_name)
        if lines is None or lines.settings == self._settings_stamp:
            return
        from dataclasses import replace

        with (
            self._locked(profile_name, 0),
            self._folder(profile_name, "could not be saved") as folder,
        ):
            lines = self._lines(profile_name)
            if lines is not None and lines.access == session.tokens.access_token.reveal():
                stamped = replace(lines, settings=self._settings_stamp)
                folder.replace(profile_name + SESSION_SUFFIX, stamped.text())

    def remember_current(self, profile_name: str) -> None:
        """Note which profile is in force while none is named, for the hot path; wait for nobody.

        Raises:
            StoreUnavailable: it could not be written.
        """
        name = check_profile_name(profile_name)
        if read_current(self._state_directory, self._settings_stamp) == name:
            return
        with (
            in_our_words("The profile in force could not be noted", self._state_directory),
            PrivateFolder(self._state_directory, make=True) as folder,
            hold_lock(folder, CURRENT + LOCK_SUFFIX, patience=0),
        ):
            folder.replace(CURRENT, f"{self._settings_stamp}\n{name}\n".encode("ascii"))

    def delete(self, profile_name: str) -> bool:
        """Wipe the session of that profile; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        name = check_profile_name(profile_name) + SESSION_SUFFIX
        path = os.path.join(self._sessions, name)
        if not (os.path.lexists(path) or os.path.lexists(path + TEMPORARY)):
            return False
        with self.lock(profile_name), self._folder(profile_name, "could not be wiped") as folder:
            folder.remove(name + TEMPORARY)
            return folder.remove(name)

    @contextmanager
    def lock(self, profile_name: str, patience: float | None = None) -> Iterator[None]:
        """Hold the one right to renew or replace that profile's session, across processes.

        Its holder may take it again.

        Args:
            profile_name: whose session.
            patience: seconds to wait for another holder; None for this store's own.

        Raises:
            StoreUnavailable: OA-F807: somebody else held it for too long; or it cannot be made.
        """
        with self._locked(profile_name, self._patience if patience is None else patience):
            yield

    def level(self) -> StorageLevel:
        """Say how well the month-long part is kept, or would be.

        It may ask the OS key store once: see `Keys.level` for what that costs.
        """
        return self._keys.level()

    @contextmanager
    def _locked(self, profile_name: str, patience: float) -> Iterator[None]:
        name = check_profile_name(profile_name) + LOCK_SUFFIX
        path = os.path.join(self._sessions, name)
        with self._folder(profile_name, "cannot be locked", path) as folder:
            lock = Lock(folder, name, patience)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _folder(
        self, profile_name: str, what_fails: str, path: str = ""
    ) -> Iterator[PrivateFolder]:
        """Open the folder of sessions, and make it where there is none."""
        what_fails = f'The session of "{profile_name}" {what_fails}'
        with in_our_words(what_fails, path or self._sessions):
            with PrivateFolder(self._state_directory, make=True):
                pass  # it is ours alone now, or was refused
            with PrivateFolder(self._sessions, make=True) as folder:
                yield folder

    # The content of a file is never a name in a frame that an error of ours comes through: tools
    # that log tracebacks log those.

    def _lines(self, profile_name: str) -> SessionText | None:
        """Read a session's lines, None where there is no session."""
        try:
            return _taken_apart(self._content(profile_name), profile_name)
        except NewerSession:
            raise _newer(profile_name, self._sessions) from None
        except UnreadableSession as fault:
            raise _unreadable(profile_name, fault) from None

    def _content(self, profile_name: str) -> bytes | None:
        name = check_profile_name(profile_name) + SESSION_SUFFIX
        path = os.path.join(self._sessions, name)
        with in_our_words(f'The session of "{profile_name}" cannot be read', path):
            try:
                with PrivateFolder(self._sessions) as folder:
                    return folder.read(name)
            except FileNotFoundError:
                return None

    def _refuse_newer(self, profile_name: str) -> None:
        try:
            _taken_apart(self._content(profile_name), profile_name)
        except NewerSession:
            raise _newer(profile_name, self._sessions) from None
        except UnreadableSession:
            return  # to be replaced by one that can be read


def _taken_apart(content: bytes | None, profile_name: str) -> SessionText | None:
    return None if content is None else read_lines(content, profile_name)


def _newer(profile_name: str, folder: str) -> StoreUnavailable:
    return StoreUnavailable(
        f'The session of "{profile_name}" was saved by a newer osdu-auth, and is left as it is.',
        code="OA-F811",
        why=f"Path: {os.path.join(folder, profile_name + SESSION_SUFFIX)}.",
        fix="Upgrade osdu-auth, or keep sessions of this version elsewhere: "
        "export OSDU_AUTH_STATE_DIR=/a/folder/of/yours",
    )


def _unreadable(profile_name: str, fault: UnreadableSession) -> StoreUnavailable:
    return StoreUnavailable(
        f'The session of "{profile_name}" cannot be read.',
        code="OA-F812",
        why=f"Its file {fault}.",
        fix=f"osdu-auth login -p {profile_name}",
    )
