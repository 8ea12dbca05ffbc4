"""Session files: the session files of one folder, and the key that seals them.

Each operation opens the folder once, checks then that it is this user's alone, and does all of its
work through the open folder.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

from osdu_auth.errors import StoreUnavailable
from osdu_auth.fixes import Run
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.private_files import TEMPORARY_SUFFIX, PrivateFolder
from osdu_auth.private_paths import path_exists
from osdu_auth.stores.fast_path import SESSION_SUFFIX, SESSIONS
from osdu_auth.stores.os_errors import CHANGEABLE, ELSEWHERE, translate_os_errors
from osdu_auth.stores.sealing_keys import SealingKeys
from osdu_auth.stores.session_text import (
    NewerSession,
    UnreadableSession,
    lines_of,
    open_session,
    parse_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.sealing import Key
    from osdu_auth.stores.session_text import SessionText
    from osdu_auth.stores.state_folder import StateFolder

LOCK_SUFFIX = ".lock"
GENERATION_SUFFIX = ".generation"  # the file with the generation of the last sign-out

_LONGEST_GENERATION = 17  # digits


class OpenFolders(NamedTuple):
    """Two open folders, each this user's alone.

    Args:
        state: holds the key.
        sessions: holds the session files.
    """

    state: PrivateFolder
    sessions: PrivateFolder


class SessionFiles:
    """The session files of one folder, and the key that seals them.

    Args:
        state: the folder of the files and the key.
        require_sealed: as for `SealingKeys`.
    """

    def __init__(self, state: StateFolder, *, require_sealed: bool) -> None:
        self.state = state
        self._folder = os.path.join(state.path, SESSIONS)
        self.keys = SealingKeys(state, require_sealed=require_sealed)

    @contextmanager
    def opened(self, *, make: bool = False) -> Iterator[OpenFolders]:
        """Open the folders.

        Args:
            make: whether to make missing folders.

        Raises:
            FileNotFoundError, NotPrivate, OSError: as for `PrivateFolder`.
        """
        with (
            self.state.opened(make=make) as state,
            PrivateFolder(SESSIONS, make=make, inside=state) as sessions,
        ):
            yield OpenFolders(state, sessions)

    @contextmanager
    def opened_to_write(self, profile_name: str) -> Iterator[OpenFolders]:
        """Open the existing folders; errors as for `replace`."""
        what_fails = f'The session of "{profile_name}" could not be changed'
        with translate_os_errors(what_fails, self.path(""), writing=True), self.opened() as folders:
            yield folders

    def has_any(self, profile_name: str) -> bool:
        """Return whether that profile has a session, or a temporary file of a killed process.

        Raises:
            StoreUnavailable: OA-F804, OA-F805: the operating system did not say whether it exists.
        """
        path = self.path(profile_name + SESSION_SUFFIX)
        with translate_os_errors(f'The session of "{profile_name}" cannot be found', path):
            return path_exists(path) or path_exists(path + TEMPORARY_SUFFIX)

    def names(self) -> list[str]:
        """Return the names of the profiles that have a session, or a temporary file of one.

        Raises:
            StoreUnavailable: the folder cannot be read.
        """
        found: list[str] = []
        with translate_os_errors("The saved sessions cannot be listed", self.path("")):
            if self.state.may_be_there():
                with suppress(FileNotFoundError), self.opened() as folders:
                    found = os.listdir(folders.sessions.descriptor or folders.sessions.path)
        whole = {name.removesuffix(TEMPORARY_SUFFIX) for name in found}
        return [
            name.removesuffix(SESSION_SUFFIX) for name in whole if name.endswith(SESSION_SUFFIX)
        ]

    # Some tools log the local variables of each frame in a traceback. So no local variable here has
    # the content of a file when one of our errors is raised.

    def read(self, profile_name: str) -> SavedSession | None:
        """Return the session of a profile; None if there is none. Errors as for `TokenStore.peek`.

        Args:
            profile_name: of the profile, checked.
        """
        with self._to_read(profile_name) as folders:
            if folders is None:
                return None
            lines = self.lines_in(folders, profile_name)
            return None if lines is None else self.session_of(lines, folders)[0]

    def read_lines(self, profile_name: str) -> SessionText | None:
        """Return the lines of a session, still sealed; as for `read`."""
        with self._to_read(profile_name) as folders:
            return None if folders is None else self.lines_in(folders, profile_name)

    def lines_in(self, folders: OpenFolders, profile_name: str) -> SessionText | None:
        """Return the lines of a session, still sealed; None if there is none.

        Raises:
            StoreUnavailable: OA-F809: other users could have changed it; OA-F811: a newer version
                wrote it; OA-F812: it is not a session of this profile; or the file cannot be read.
        """
        name = profile_name + SESSION_SUFFIX
        what_fails = f'The session of "{profile_name}" cannot be read'
        advice = partial(_advice_for_known_tokens, profile_name)
        path = self.path(name)
        try:
            with translate_os_errors(what_fails, path, replaceable=True, profile_name=profile_name):
                return _parsed(folders.sessions.read(name, advice), profile_name)
        except NewerSession:
            raise self._newer(profile_name) from None
        except UnreadableSession as fault:
            raise _unreadable(profile_name, fault) from None

    def session_of(self, lines: SessionText, folders: OpenFolders) -> tuple[SavedSession, Key]:
        """Return the session of its lines, and the key that opened it.

        Raises:
            StoreUnavailable: OA-F812: the key does not fit; OA-F809, OA-F813, OA-F814: there is no
                key that may be used.
        """
        key = self.keys.for_reading(lines.kind_of_key, lines.profile, folders.state)
        try:
            return open_session(lines, key), key
        except UnreadableSession as fault:
            raise _unreadable(lines.profile, fault) from None

    def write(
        self,
        session: SavedSession,
        profile_name: str,
        settings: str,
        folders: OpenFolders,
        key: Key | None = None,
    ) -> SessionText:
        """Write a session, completely or not at all, and return its lines; the lock must be held.

        Args:
            session: the session.
            profile_name: of the profile, checked.
            settings: the fingerprint of the settings that it is written under.
            folders: the open folders.
            key: the key that has just opened the former session; None if there was none.

        Raises:
            StoreNotWritable: it could not be written; the former session is still stored.
            StoreUnavailable: OA-F816: it could not be read again; or as `SealingKeys.for_saving`.
        """
        key = self.keys.for_saving(folders.state, session, key)
        try:
            lines = lines_of(session, profile_name, settings, key)
        except UnreadableSession as fault:
            raise StoreUnavailable(
                f'The session of "{profile_name}" cannot be kept.',
                code="OA-F816",
                why=f"It {fault}.",
                fix="Sign in again. If that does not help, tell the user pool's administrator.",
            ) from None
        self.replace(lines, folders)
        return lines

    def replace(self, lines: SessionText, folders: OpenFolders) -> None:
        """Replace the profile's lines; errors as for `write`."""
        what_fails = f'The session of "{lines.profile}" could not be saved'
        with translate_os_errors(what_fails, self.path(""), writing=True):
            folders.sessions.replace(lines.profile + SESSION_SUFFIX, lines.text())

    def remove(self, profile_name: str, folders: OpenFolders) -> bool:
        """Wipe a session, and a temporary file of one; return whether there was a session.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        name = profile_name + SESSION_SUFFIX
        what_fails = f'The session of "{profile_name}" could not be wiped'
        with translate_os_errors(what_fails, self.path(""), writing=True):
            folders.sessions.remove(name + TEMPORARY_SUFFIX)
            return folders.sessions.remove(name)

    def last_generation(self, profile_name: str) -> int:
        """Return the generation of the last sign-out; 0 if there was none, or it is not known.

        Args:
            profile_name: of the profile, checked.
        """
        text = b""
        with suppress(StoreUnavailable, OSError), self._to_read(profile_name) as folders:
            if folders is not None:
                text = folders.sessions.read(profile_name + GENERATION_SUFFIX) or b""
        return int(text) if text.isdigit() and len(text) < _LONGEST_GENERATION else 0

    def note_sign_out(self, profile_name: str, folders: OpenFolders) -> None:
        """Save the generation of a sign-out if that is possible; errors are ignored."""
        with suppress(StoreUnavailable, OSError):
            lines = self.lines_in(folders, profile_name)
            generation = 0 if lines is None else self.session_of(lines, folders)[0].generation
            if generation:
                text = str(generation + 1).encode("ascii")
                folders.sessions.replace(profile_name + GENERATION_SUFFIX, text)

    def path(self, name: str) -> str:
        """Return the path of a file; "" for the folder of sessions itself."""
        return os.path.join(self._folder, name).rstrip(os.sep)

    @contextmanager
    def _to_read(self, profile_name: str) -> Iterator[OpenFolders | None]:
        what_fails = f'The session of "{profile_name}" cannot be read'
        with ExitStack() as stack:
            folders = None
            with translate_os_errors(what_fails, self.path(profile_name + SESSION_SUFFIX)):
                if self.state.may_be_there():
                    with suppress(FileNotFoundError):
                        folders = stack.enter_context(self.opened())
            yield folders

    def _newer(self, profile_name: str) -> StoreUnavailable:
        return StoreUnavailable(
            f'The session of "{profile_name}" was saved by a newer osdu-auth, and is not changed.',
            code="OA-F811",
            why=f"Path: {self.path(profile_name + SESSION_SUFFIX)}.",
            fix="Upgrade osdu-auth, or keep sessions of this version elsewhere: " + ELSEWHERE,
        )


UNREADABLE = "OA-F812"
# The errors of sessions that a sign-in may replace.
REPLACEABLE = frozenset({UNREADABLE, CHANGEABLE})


def _unreadable(profile_name: str, fault: UnreadableSession) -> StoreUnavailable:
    """Return the error of a file that is not a session of this profile, or cannot be opened."""
    return StoreUnavailable(
        f'The session of "{profile_name}" cannot be read.',
        code=UNREADABLE,
        why=f"Its file {fault}.",
        fix=Run("login", profile=profile_name),
    )


def _advice_for_known_tokens(profile_name: str) -> str:
    sign_in = Run("login", profile=profile_name)
    return (
        "Other users may know the session's tokens. To end the session, and begin a new one: "
        f"{Run('logout', profile=profile_name).then(sign_in)}"
    )


def _parsed(content: bytes | None, profile_name: str) -> SessionText | None:
    return None if content is None else parse_lines(content, profile_name)
