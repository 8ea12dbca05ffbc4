"""FileStore: sessions in private files.

The month-long part of a session (the refresh token, the id token, the user's name) is sealed.

    <folder>/                       0700, see `osdu_auth.stores.state_folder`
        key, key.lock               the key of the sessions, if no OS key store is usable
        current                     the profile in force when no profile is named
        sessions/                   0700
            <profile>.session       0600, replaced as a whole (`osdu_auth.stores.session_text`)
            <profile>.lock          never deleted
            <profile>.generation    of the last sign-out; the next session has a higher one

Invariant: a session on disk is only replaced by another complete session, or removed by a sign-out.
A file that cannot be read is reported and stays; a file of a newer version is not changed.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from functools import partial

from osdu_auth.errors import StoreConflict, StoreUnavailable
from osdu_auth.file_lock import FileLock
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.places import NO_SETTINGS
from osdu_auth.places import state_directory as customary_state_directory
from osdu_auth.profiles.checks import check_profile_name
from osdu_auth.stores.fast_path import CURRENT, read_current
from osdu_auth.stores.os_errors import translate_os_errors
from osdu_auth.stores.session_files import LOCK_SUFFIX, REPLACEABLE, SessionFiles
from osdu_auth.stores.state_folder import MOUNT_TABLE, StateFolder, network_disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from typing_extensions import Self

    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.sealing import Key
    from osdu_auth.stores.session_files import OpenFolders
    from osdu_auth.stores.session_text import SessionText
    from osdu_auth.stores.token_store import HeldSession, SessionKey, StorageLevel

PATIENCE = 30.0  # seconds

_THIS_COMPUTER_ONLY = "; kept for this computer only"


class FileStore:
    """Sessions in the user's own files; it implements `TokenStore`.

    Args:
        state_directory: the folder of the sessions; a relative path is made absolute now, and a `~`
            at its start is the home folder. None for `places.state_directory()`.
        settings_fingerprint: the fingerprint of the file of profiles, taken before the profile was
            read, or of the variables that make the profile. It is saved with each session, so that
            the fast path sees a later change. `-` if the profile comes from elsewhere: then the
            fast path is not used.
        require_sealed: whether to refuse to save a session if no OS key store is usable.
        patience: seconds to wait for another holder of a lock.
        mount_table: the file in which Linux lists the mounted file systems.
    """

    def __init__(
        self,
        state_directory: str | None = None,
        *,
        settings_fingerprint: str = NO_SETTINGS,
        require_sealed: bool = False,
        patience: float = PATIENCE,
        mount_table: str = MOUNT_TABLE,
    ) -> None:
        state_directory = _absolute(state_directory)
        # For pickle: makes this store in another process.
        self._copy = partial(
            FileStore,
            state_directory,
            settings_fingerprint=settings_fingerprint,
            require_sealed=require_sealed,
            patience=patience,
            mount_table=mount_table,
        )
        self._root = StateFolder(state_directory or customary_state_directory())
        self._settings_fingerprint = settings_fingerprint
        self._patience = patience
        self._mount_table = mount_table
        # A session is looked for in this computer's folder first, then in the shared one.
        folders = (self._root.of_this_computer(), self._root)
        self._files = [SessionFiles(folder, require_sealed=require_sealed) for folder in folders]
        self._place_found: int | None = None

    def __repr__(self) -> str:
        return f"FileStore({self._root.path!r})"

    def __reduce__(self) -> tuple[Callable[[], FileStore], tuple[()]]:
        return self._copy, ()

    def peek(self, key: SessionKey) -> SavedSession | None:
        """Return the session of that profile; None if there is none.

        Raises:
            StoreUnavailable: there is one, but it cannot be read: OA-F805, OA-F806, OA-F809,
                OA-F811 to OA-F814.
        """
        name = check_profile_name(key.profile)
        for files in self._files:
            session = files.read(name)
            if session is not None:
                return session
        return None

    def names(self) -> list[str]:
        """Return the names of the profiles that have a session here, of any binding.

        Raises:
            StoreUnavailable: the folder cannot be read.
        """
        return sorted({name for files in self._files for name in files.names()})

    def open(
        self, key: SessionKey, patience: float | None = None
    ) -> AbstractContextManager[HeldSession]:
        """Hold the one right to renew or replace that profile's session, among all processes.

        Args:
            key: which session; only the profile's name is used.
            patience: seconds to wait for another holder; None for this store's own.

        Raises:
            StoreNotWritable: OA-F801 to OA-F805: the file system refused to write.
            StoreUnavailable: OA-F807: another holder kept it for too long; OA-F806: the lock file
                is not private; OA-F808: the file system has no locks.
        """
        return self._held(key.profile, self._patience if patience is None else patience)

    def level(self, key: SessionKey | None = None) -> StorageLevel:
        """Return how well the month-long part is kept, or would be.

        It may call the OS key store once: `SealingKeys.level` says how long that takes.

        Args:
            key: which session; None for a session that is not saved yet.

        Raises:
            StoreUnavailable: as for `peek`.
        """
        found = None if key is None else self._find(check_profile_name(key.profile))
        files = found[0] if found else self._files[self._place_to_write]
        level = files.keys.level(found[1].kind_of_key if found else None)
        return level._replace(description=level.description + self._sharing(files))

    def last_generation(self, key: SessionKey) -> int:
        """Return the generation of the last sign-out; 0 if there was none."""
        name = check_profile_name(key.profile)
        return max(files.last_generation(name) for files in self._files)

    def update_fingerprint(self, profile_name: str, session: SavedSession) -> None:
        """Note that the saved `session` still fits its profile after an edit of the settings.

        Without this each `token` would start the whole program until the next renewal. It needs no
        key, and waits for no other process.

        Args:
            profile_name: of the session.
            session: as `peek` returned it; if it was replaced since then, nothing is done.

        Raises:
            StoreUnavailable: as for `HeldFile.save`.
        """
        found = self._find(check_profile_name(profile_name))
        if found is None or found[1].settings == self._settings_fingerprint:
            return
        files, _ = found
        with self._held(profile_name, patience=0), files.opened_to_write(profile_name) as folders:
            lines = files.lines_in(folders, profile_name)
            if lines is not None and lines.access == session.tokens.access_token.reveal():
                files.replace(lines._replace(settings=self._settings_fingerprint), folders)

    def remember_current(self, profile_name: str) -> None:
        """Note for the fast path which profile is in force when no profile is named.

        It does not wait for a lock.

        Raises:
            StoreUnavailable: it could not be written.
        """
        name = check_profile_name(profile_name)
        if read_current(self._root.path, self._settings_fingerprint) == name:
            return
        state = self._files[self._place_to_write].state
        with (
            translate_os_errors(
                "The profile in force could not be noted", state.path, writing=True
            ),
            state.opened(make=True) as folder,
            FileLock(folder, CURRENT + LOCK_SUFFIX, patience=0),
        ):
            folder.replace(CURRENT, f"{self._settings_fingerprint}\n{name}\n".encode("ascii"))

    def _held(self, profile_name: str, patience: float) -> HeldFile:
        name, place = check_profile_name(profile_name), self._place_to_write
        files, shared = self._files[place], self._files[place + 1 :]
        return HeldFile(name, files, shared, self._settings_fingerprint, patience)

    def _sharing(self, files: SessionFiles) -> str:
        """Return which computers use these files; "" if they are on a local disk."""
        disk = network_disk(self._root.path, self._mount_table)
        where = f"; its folder is on {disk}" if disk else ""
        if files.state != self._root:
            return f"{where}: kept for this computer only" if where else _THIS_COMPUTER_ONLY
        return f"{where}: shared with other computers until it is renewed" if where else ""

    @property
    def _place_to_write(self) -> int:
        """The index of the folder that this computer saves sessions in, found on first use.

        It is not a `cached_property`: before Python 3.12 that has one lock for all stores, which
        may stay locked in a forked child.
        """
        if self._place_found is None:
            with translate_os_errors("The saved sessions cannot be found", self._root.path):
                for_writing = self._root.folder_for_writing(self._mount_table)
            self._place_found = [files.state for files in self._files].index(for_writing)
        return self._place_found

    def _find(self, profile_name: str) -> tuple[SessionFiles, SessionText] | None:
        """Return the files of a session's folder, and its lines; None if there is no session."""
        for files in self._files:
            lines = files.read_lines(profile_name)
            if lines is not None:
                return files, lines
        return None


class HeldFile:
    """The right to renew or replace the session of one profile; it implements `HeldSession`.

    Args:
        profile_name: the profile's name, checked.
        files: where the session is saved.
        shared: the folders that other computers use too; the session may be there until this
            computer saves it.
        settings_fingerprint: as for `FileStore`.
        patience: seconds to wait for another holder.

    Raises:
        StoreNotWritable, StoreUnavailable: as for `FileStore.open`.
    """

    def __init__(
        self,
        profile_name: str,
        files: SessionFiles,
        shared: list[SessionFiles],
        settings_fingerprint: str,
        patience: float,
    ) -> None:
        self._name = profile_name
        self._files = files
        self._shared = shared
        self._settings_fingerprint = settings_fingerprint
        self._patience = patience
        self._open_folders = ExitStack()
        self._lock: FileLock
        self._waited_since = 0.0
        self._folders: OpenFolders
        self._loaded: SessionText | None = None
        self._key: Key | None = None  # read once for each hold

    def __enter__(self) -> Self:
        lock_file = self._name + LOCK_SUFFIX
        what_fails = f'The session of "{self._name}" cannot be locked'
        lock_path = self._files.path(lock_file)
        self._waited_since = time.time()
        try:
            with translate_os_errors(what_fails, lock_path, writing=True, replaceable=True):
                self._folders = self._open_folders.enter_context(self._files.opened(make=True))
                self._lock = self._open_folders.enter_context(
                    FileLock(self._folders.sessions, lock_file, self._patience)
                )
        except BaseException:
            self._open_folders.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._open_folders.close()

    def leave_note(self, note: str) -> None:
        """Write a note into the lock file; as for `HeldSessionWithNotes`."""
        text = f"{time.time()!r} {self._settings_fingerprint}\n{note}"
        with suppress(OSError):
            self._lock.leave_note(text.encode("ascii"))

    def note_left_while_waiting(self) -> str | None:
        """Return the note that was left while this holder waited; as for `HeldSessionWithNotes`."""
        try:
            head, _, note = self._lock.read_note().decode("ascii").partition("\n")
            left_at, _, settings = head.partition(" ")
            was_left_while_waiting = self._waited_since <= float(left_at) <= time.time()
        except (OSError, ValueError):  # there is no note, or it is damaged
            return None
        return note if was_left_while_waiting and settings == self._settings_fingerprint else None

    def load(self) -> SavedSession | None:
        """Return the session; None if there is none.

        Raises:
            StoreUnavailable: as for `FileStore.peek`.
        """
        self._loaded = self._files.lines_in(self._folders, self._name)
        if self._loaded is not None:
            session, self._key = self._files.session_of(self._loaded, self._folders)
            return session
        for files in self._shared:
            shared = files.read(self._name)
            if shared is not None:
                return shared
        return None

    def save(self, session: SavedSession, instead_of: SavedSession | None = None) -> None:
        """Save a session in place of the former one, completely or not at all.

        Args:
            session: the session.
            instead_of: the session that must still be stored; None to save over anything.

        Raises:
            StoreConflict: OA-F817: another session is stored, or none.
            StoreNotWritable: OA-F801 to OA-F805: the file system refused to write; the former
                session is still stored.
            StoreUnavailable: OA-F806 to OA-F808, OA-F811, OA-F815, OA-F816: it must not be written;
                the former session is still stored.
        """
        try:
            present = self._files.lines_in(self._folders, self._name)
        except StoreUnavailable as fault:
            if fault.code not in REPLACEABLE or instead_of is not None:
                raise
        else:
            if instead_of and present != self._loaded and self.load() != instead_of:
                raise StoreConflict.of(self._name)
        self._loaded = self._files.write(
            session, self._name, self._settings_fingerprint, self._folders, self._key
        )

    def delete(self) -> bool:
        """Wipe the session in all folders; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        self._files.note_sign_out(self._name, self._folders)
        was_there = self._files.remove(self._name, self._folders)
        for files in self._shared:
            if files.has_any(self._name):
                with files.opened_to_write(self._name) as folders:
                    was_there |= files.remove(self._name, folders)
        return was_there


def _absolute(state_directory: str | None) -> str | None:
    """Return the absolute path of a folder, which does not depend on the current folder."""
    if not state_directory:
        return None
    path = os.path.expanduser(state_directory)
    with translate_os_errors("The saved sessions cannot be found", path):
        # Not `abspath`: after a symbolic link, `..` is not the folder before the link.
        return path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
