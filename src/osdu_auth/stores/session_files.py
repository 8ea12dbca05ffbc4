"""Session files: the session files of one folder, and the key that seals them.

Each operation opens the folder once, proves then that it is this user's alone, and does all of its
work through the open folder.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import StoreUnavailable
from osdu_auth.fixes import Run
from osdu_auth.private_files import TEMPORARY, PrivateFolder
from osdu_auth.private_paths import is_there
from osdu_auth.stores.fast_path import SESSION_SUFFIX, SESSIONS
from osdu_auth.stores.faults import CHANGEABLE, ELSEWHERE, in_our_words
from osdu_auth.stores.keys import Keys
from osdu_auth.stores.session_text import (
    NewerSession,
    UnreadableSession,
    open_session,
    read_lines,
    write_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.sealing import Key
    from osdu_auth.stores.session_text import SessionText
    from osdu_auth.stores.state_folder import StateFolder

LOCK_SUFFIX = ".lock"
GENERATION_SUFFIX = ".generation"  # of the last sign-out


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
        state: the folder that holds both.
        require_sealed: as of `Keys`.
    """

    def __init__(self, state: StateFolder, *, require_sealed: bool) -> None:
        self.state = state
        self._folder = os.path.join(state.path, SESSIONS)
        self.keys = Keys(state, require_sealed=require_sealed)

    @contextmanager
    def opened(self, *, make: bool = False) -> Iterator[OpenFolders]:
        """Open the folders.

        Args:
            make: whether to make them where they lack.

        Raises:
            FileNotFoundError, NotPrivate, OSError: as of `PrivateFolder`.
        """
        with (
            self.state.opened(make=make) as state,
            PrivateFolder(SESSIONS, make=make, inside=state) as sessions,
        ):
            yield OpenFolders(state, sessions)

    @contextmanager
    def opened_to_write(self, profile_name: str) -> Iterator[OpenFolders]:
        """Open the folders as they are; raises as `replace`."""
        what_fails = f'The session of "{profile_name}" could not be changed'
        with in_our_words(what_fails, self.path(""), writing=True), self.opened() as folders:
            yield folders

    def has_any(self, profile_name: str) -> bool:
        """Say whether there is a session of that profile, or what a killed process left of one.

        Raises:
            StoreUnavailable: OA-F804, OA-F805: the operating system refused to say.
        """
        path = self.path(profile_name + SESSION_SUFFIX)
        with in_our_words(f'The session of "{profile_name}" cannot be found', path):
            return is_there(path) or is_there(path + TEMPORARY)

    def names(self) -> list[str]:
        """Return the names of the profiles that have a session, or what a killed process left.

        Raises:
            StoreUnavailable: the folder cannot be read.
        """
        found: list[str] = []
        with in_our_words("The saved sessions cannot be listed", self.path("")):
            if self.state.may_be_there():
                with suppress(FileNotFoundError), self.opened() as folders:
                    found = os.listdir(folders.sessions.descriptor or folders.sessions.path)
        whole = {name.removesuffix(TEMPORARY) for name in found}
        return [
            name.removesuffix(SESSION_SUFFIX) for name in whole if name.endswith(SESSION_SUFFIX)
        ]

    # The content of a file is never a name in a frame that an error of ours comes through: tools
    # that log tracebacks log those.

    def read(self, profile_name: str) -> SavedSession | None:
        """Return the session of a profile, None where there is none; raises as `TokenStore.peek`.

        Args:
            profile_name: of the profile, checked.
        """
        with self._to_read(profile_name) as folders:
            if folders is None:
                return None
            lines = self.lines_in(folders, profile_name)
            return None if lines is None else self.session_of(lines, folders)[0]

    def read_lines(self, profile_name: str) -> SessionText | None:
        """Return the lines of a session, not yet opened; as of `read`."""
        with self._to_read(profile_name) as folders:
            return None if folders is None else self.lines_in(folders, profile_name)

    def lines_in(self, folders: OpenFolders, profile_name: str) -> SessionText | None:
        """Return the lines of a session, not yet opened; None where there is none.

        Raises:
            StoreUnavailable: OA-F809: others could have changed it; OA-F811: a newer version wrote
                it; OA-F812: it is no session of this profile; or it cannot be read at all.
        """
        name = profile_name + SESSION_SUFFIX
        what_fails = f'The session of "{profile_name}" cannot be read'
        advice = partial(_known_to_others, profile_name)
        path = self.path(name)
        try:
            with in_our_words(what_fails, path, replaceable=True, profile_name=profile_name):
                return _taken_apart(folders.sessions.read(name, advice), profile_name)
        except NewerSession:
            raise self._newer(profile_name) from None
        except UnreadableSession as fault:
            raise _unreadable(profile_name, fault) from None

    def session_of(self, lines: SessionText, folders: OpenFolders) -> tuple[SavedSession, Key]:
        """Return the session of its lines, and the key that opened it.

        Raises:
            StoreUnavailable: OA-F812: the key does not fit; OA-F809, OA-F813, OA-F814: there is
                none that may be used.
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
        """Write a session, whole or not at all, and return its lines; call it under the lock.

        Args:
            session: the session.
            profile_name: of the profile, checked.
            settings: the fingerprint of the settings that it is written under.
            folders: the open folders.
            key: that the former session was just opened with; None where none was.

        Raises:
            StoreNotWritable: it could not be written; the former one is still there.
            StoreUnavailable: OA-F816: it cannot be kept; or as of `Keys.for_saving`.
        """
        key = self.keys.for_saving(folders.state, session, key)
        try:
            lines = write_lines(session, profile_name, settings, key)
        except UnreadableSession as fault:
            raise StoreUnavailable(
                f'The session of "{profile_name}" cannot be kept.',
                code="OA-F816",
                why=f"It {fault}.",
                fix="Sign in again; if it stays, tell the user pool's administrator.",
            ) from None
        self.replace(lines, folders)
        return lines

    def replace(self, lines: SessionText, folders: OpenFolders) -> None:
        """Put lines in the place of the profile's former ones; as of `write`."""
        what_fails = f'The session of "{lines.profile}" could not be saved'
        with in_our_words(what_fails, self.path(""), writing=True):
            folders.sessions.replace(lines.profile + SESSION_SUFFIX, lines.text())

    def remove(self, profile_name: str, folders: OpenFolders) -> bool:
        """Wipe a session, and what a killed process left of one; return whether there was one.

        Raises:
            StoreUnavailable: it could not be wiped.
        """
        name = profile_name + SESSION_SUFFIX
        what_fails = f'The session of "{profile_name}" could not be wiped'
        with in_our_words(what_fails, self.path(""), writing=True):
            folders.sessions.remove(name + TEMPORARY)
            return folders.sessions.remove(name)

    def last_generation(self, profile_name: str) -> int:
        """Return the generation of the last sign-out; 0 where there was none, or it is not known.

        Args:
            profile_name: of the profile, checked.
        """
        text = b""
        with suppress(StoreUnavailable, OSError), self._to_read(profile_name) as folders:
            if folders is not None:
                text = folders.sessions.read(profile_name + GENERATION_SUFFIX) or b""
        return int(text) if text.isdigit() and len(text) < _LONGEST_GENERATION else 0

    def note_sign_out(self, profile_name: str, folders: OpenFolders) -> None:
        """Note the generation of a sign-out, as far as it can be: nothing is held up for it."""
        with suppress(StoreUnavailable, OSError):
            lines = self.lines_in(folders, profile_name)
            generation = 0 if lines is None else self.session_of(lines, folders)[0].generation
            if generation:
                text = str(generation + 1).encode("ascii")
                folders.sessions.replace(profile_name + GENERATION_SUFFIX, text)

    def path(self, name: str) -> str:
        """Return where a file of that name lies; "" for the folder of sessions itself."""
        return os.path.join(self._folder, name).rstrip(os.sep)

    @contextmanager
    def _to_read(self, profile_name: str) -> Iterator[OpenFolders | None]:
        what_fails = f'The session of "{profile_name}" cannot be read'
        with ExitStack() as open_ones:
            folders = None
            with in_our_words(what_fails, self.path(profile_name + SESSION_SUFFIX)):
                if self.state.may_be_there():
                    with suppress(FileNotFoundError):
                        folders = open_ones.enter_context(self.opened())
            yield folders

    def _newer(self, profile_name: str) -> StoreUnavailable:
        return StoreUnavailable(
            f'The session of "{profile_name}" was saved by a newer osdu-auth, and is left as it '
            "is.",
            code="OA-F811",
            why=f"Path: {self.path(profile_name + SESSION_SUFFIX)}.",
            fix="Upgrade osdu-auth, or keep sessions of this version elsewhere: " + ELSEWHERE,
        )


UNREADABLE = "OA-F812"
# What is not believed, or cannot be read, gives way to a sign-in.
REPLACEABLE = frozenset({UNREADABLE, CHANGEABLE})


def _unreadable(profile_name: str, fault: UnreadableSession) -> StoreUnavailable:
    """Return the error for a session file that is none of this profile, or cannot be opened."""
    return StoreUnavailable(
        f'The session of "{profile_name}" cannot be read.',
        code=UNREADABLE,
        why=f"Its file {fault}.",
        fix=Run("login", profile=profile_name),
    )


def _known_to_others(profile_name: str) -> str:
    sign_in = Run("login", profile=profile_name)
    return (
        "The session's tokens may be known to them. To end it, and begin another one: "
        f"{Run('logout', profile=profile_name).then(sign_in)}"
    )


def _taken_apart(content: bytes | None, profile_name: str) -> SessionText | None:
    return None if content is None else read_lines(content, profile_name)
