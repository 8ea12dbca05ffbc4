"""FileStore: sessions in private files, the month-long part of each sealed.

    <folder>/                       0700, see `osdu_auth.stores.state_folder`
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
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.errors import StoreUnavailable
from osdu_auth.file_lock import Lock, hold_lock
from osdu_auth.places import state_directory as customary_state_directory
from osdu_auth.private_files import TEMPORARY
from osdu_auth.profiles.checks import check_profile_name
from osdu_auth.profiles.stamp import NO_SETTINGS
from osdu_auth.stores.faults import in_our_words
from osdu_auth.stores.hot import CURRENT, SESSION_SUFFIX, read_current
from osdu_auth.stores.network_disk import MOUNT_TABLE, network_disk
from osdu_auth.stores.session_files import LOCK_SUFFIX, SessionFiles, unreadable
from osdu_auth.stores.session_text import UnreadableSession, open_session, write_lines
from osdu_auth.stores.state_folder import StateFolder
from osdu_auth.stores.token_store import StorageLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.stores.session_text import SessionText
    from osdu_auth.stores.token_store import SavedSession

PATIENCE = 30.0  # seconds

_ALONE = "; kept for this computer alone"


class FileStore:
    """Sessions in the user's own files; it implements `TokenStore`.

    Args:
        state_directory: the folder to keep them in, wherever the program goes from here; a `~` that
            it begins with is the home folder. None for `places.state_directory()`.
        settings_stamp: of the file of profiles, taken before the profile was read from it; saved
            with each session, so that the hot path notices any later edit. `-` where the profile
            comes from elsewhere, which the hot path never serves.
        require_sealed: whether to refuse where no OS key store is usable.
        patience: seconds to wait for another holder of a lock.
        mount_table: what is mounted where, as Linux tells it.
    """

    def __init__(
        self,
        state_directory: str | None = None,
        *,
        settings_stamp: str = NO_SETTINGS,
        require_sealed: bool = False,
        patience: float = PATIENCE,
        mount_table: str = MOUNT_TABLE,
    ) -> None:
        state_directory = _found_from_anywhere(state_directory)
        # How to make this store again in another process.
        self._again = partial(
            FileStore,
            state_directory,
            settings_stamp=settings_stamp,
            require_sealed=require_sealed,
            patience=patience,
            mount_table=mount_table,
        )
        self._root = StateFolder(state_directory or customary_state_directory())
        self._settings_stamp = settings_stamp
        self._patience = patience
        self._mount_table = mount_table
        # Where to look for a session, in this order: this computer's own, and all computers'.
        folders = (self._root.of_this_computer(), self._root)
        self._files = [SessionFiles(folder, require_sealed=require_sealed) for folder in folders]
        self._found_to_write: SessionFiles | None = None

    def __repr__(self) -> str:
        return f"FileStore({self._root.path!r})"

    def __reduce__(self) -> tuple[Callable[[], FileStore], tuple[()]]:
        return self._again, ()

    def load(self, profile_name: str) -> SavedSession | None:
        """Return the session of that profile, None where there is none.

        Raises:
            StoreUnavailable: there is one, but it cannot be read: OA-F805, OA-F806, OA-F809,
                OA-F811 to OA-F814.
        """
        found = self._find(profile_name)
        if found is None:
            return None
        files, lines = found
        key = files.keys.for_reading(lines.kind_of_key, profile_name)
        try:
            return open_session(lines, key)
        except UnreadableSession as fault:
            raise unreadable(profile_name, fault) from None

    def save(self, profile_name: str, session: SavedSession) -> None:
        """Keep a session, whole or not at all, in place of the profile's former one.

        Raises:
            StoreNotWritable: it could not be written; the former one is still there: OA-F801 to
                OA-F805.
            StoreUnavailable: it is not to be written; likewise: OA-F806 to OA-F808, OA-F811,
                OA-F815, OA-F816.
        """
        files = self._files_to_write
        with self.lock(profile_name), files.opened(profile_name, "could not be saved") as folder:
            files.refuse_newer(profile_name)
            key = files.keys.for_saving()
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
        found = self._find(profile_name)
        if found is None or found[1].settings == self._settings_stamp:
            return
        files, _ = found
        with (
            self.lock(profile_name, patience=0),
            files.opened(profile_name, "could not be saved") as folder,
        ):
            lines = files.lines(profile_name)
            if lines is not None and lines.access == session.tokens.access_token.reveal():
                stamped = replace(lines, settings=self._settings_stamp)
                folder.replace(profile_name + SESSION_SUFFIX, stamped.text())

    def remember_current(self, profile_name: str) -> None:
        """Note which profile is in force while none is named, for the hot path; wait for nobody.

        Raises:
            StoreUnavailable: it could not be written.
        """
        name = check_profile_name(profile_name)
        if read_current(self._root.path, self._settings_stamp) == name:
            return
        state = self._files_to_write.state
        with (
            in_our_words("The profile in force could not be noted", state.path, writing=True),
            state.opened(make=True) as folder,
            hold_lock(folder, CURRENT + LOCK_SUFFIX, patience=0),
        ):
            folder.replace(CURRENT, f"{self._settings_stamp}\n{name}\n".encode("ascii"))

    def delete(self, profile_name: str) -> bool:
        """Wipe the session of that profile; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        name = check_profile_name(profile_name) + SESSION_SUFFIX
        there = [files for files in self._files if files.has_any(profile_name)]
        if not there:
            return False
        was_there = False
        with self.lock(profile_name):
            for files in there:
                with files.opened(profile_name, "could not be wiped") as folder:
                    folder.remove(name + TEMPORARY)
                    was_there |= folder.remove(name)
        return was_there

    @contextmanager
    def lock(self, profile_name: str, patience: float | None = None) -> Iterator[None]:
        """Hold the one right to renew or replace that profile's session, across processes.

        Its holder may take it again.

        Args:
            profile_name: whose session.
            patience: seconds to wait for another holder; None for this store's own.

        Raises:
            StoreNotWritable: the file system does not let it be taken: OA-F801 to OA-F805.
            StoreUnavailable: OA-F807: somebody else held it for too long; OA-F806: its file is not
                one to trust; OA-F808: the file system has no locks.
        """
        name = check_profile_name(profile_name) + LOCK_SUFFIX
        patience = self._patience if patience is None else patience
        files = self._files_to_write
        with files.opened(profile_name, "cannot be locked", name) as folder:
            lock = Lock(folder, name, patience)
        try:
            yield
        finally:
            lock.release()

    def level(self, profile_name: str | None = None) -> StorageLevel:
        """Say how well the month-long part is kept, or would be.

        It may ask the OS key store once: see `Keys.level` for what that costs.

        Args:
            profile_name: whose session; None for one that is still to be saved.

        Raises:
            StoreUnavailable: as of `load`.
        """
        found = None if profile_name is None else self._find(profile_name)
        files = found[0] if found else self._files_to_write
        level = files.keys.level(found[1].kind_of_key if found else None)
        return StorageLevel(level.sealed, level.description + self._whose(files))

    def _whose(self, files: SessionFiles) -> str:
        """Say which computers use these files, where that is not plain."""
        disk = network_disk(self._root.path, self._mount_table)
        where = f"; its folder is on {disk}" if disk else ""
        if files.state != self._root:
            return f"{where}: kept for this computer alone" if where else _ALONE
        return f"{where}: shared with other computers until it is renewed" if where else ""

    @property
    def _files_to_write(self) -> SessionFiles:
        """Where this computer's sessions are written, found out on first use.

        Not by `cached_property`: before Python 3.12 that has one lock for all stores, and a fork
        may leave it locked in the child.
        """
        if self._found_to_write is None:
            with in_our_words("The saved sessions cannot be found", self._root.path):
                to_write = self._root.to_write_to(self._mount_table)
            self._found_to_write = next(each for each in self._files if each.state == to_write)
        return self._found_to_write

    def _find(self, profile_name: str) -> tuple[SessionFiles, SessionText] | None:
        """Return a session's lines and where they lie, None where there is no session."""
        for files in self._files:
            lines = files.lines(profile_name)
            if lines is not None:
                return files, lines
        return None


def _found_from_anywhere(state_directory: str | None) -> str | None:
    """Return the path of a folder that stays the same when the current folder is another."""
    if not state_directory:
        return None
    path = os.path.expanduser(state_directory)
    with in_our_words("The saved sessions cannot be found", path):
        # Not `abspath`: beyond a link, `..` is not what stands before it.
        return path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
