"""Session files: reading those of one folder, and opening that folder to write."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import StoreUnavailable
from osdu_auth.private_files import TEMPORARY
from osdu_auth.private_paths import is_there
from osdu_auth.profiles.checks import check_profile_name
from osdu_auth.stores.faults import CHANGEABLE, in_our_words
from osdu_auth.stores.hot import SESSION_SUFFIX, SESSIONS
from osdu_auth.stores.keys import Keys
from osdu_auth.stores.session_text import NewerSession, UnreadableSession, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.private_files import PrivateFolder
    from osdu_auth.stores.session_text import SessionText
    from osdu_auth.stores.state_folder import StateFolder

LOCK_SUFFIX = ".lock"


class SessionFiles:
    """The session files of one folder, and the keys that seal them.

    Args:
        state: the folder that holds both.
        require_sealed: as of `Keys`.
    """

    def __init__(self, state: StateFolder, *, require_sealed: bool) -> None:
        self.state = state
        self.keys = Keys(state, require_sealed=require_sealed)

    def has_any(self, profile_name: str) -> bool:
        """Say whether there is a session of that profile, or what a killed process left of one.

        Raises:
            StoreUnavailable: OA-F804, OA-F805: the operating system refused to say.
        """
        path = self._path(profile_name + SESSION_SUFFIX)
        with in_our_words(f'The session of "{profile_name}" cannot be found', path):
            return is_there(path) or is_there(path + TEMPORARY)

    # The content of a file is never a name in a frame that an error of ours comes through: tools
    # that log tracebacks log those.

    def lines(self, profile_name: str) -> SessionText | None:
        """Read a session's lines, None where there is no session.

        Raises:
            StoreUnavailable: OA-F809: others could have changed it; OA-F811: a newer version wrote
                it; OA-F812: it is no session of this profile; or it cannot be read at all.
        """
        try:
            return _taken_apart(self._content(profile_name), profile_name)
        except NewerSession:
            raise self._newer(profile_name) from None
        except UnreadableSession as fault:
            raise unreadable(profile_name, fault) from None

    def refuse_newer(self, profile_name: str) -> None:
        """Refuse to write in the place of what a newer version wrote.

        Raises:
            StoreUnavailable: OA-F811; or it cannot be read at all.
        """
        try:
            _taken_apart(self._content(profile_name), profile_name)
        except NewerSession:
            raise self._newer(profile_name) from None
        except UnreadableSession:
            return  # to be replaced by one that can be read
        except StoreUnavailable as error:
            if error.code != CHANGEABLE:  # what is not believed is to be replaced
                raise

    @contextmanager
    def opened(self, profile_name: str, what_fails: str, name: str = "") -> Iterator[PrivateFolder]:
        """Open the folder of sessions to write there, and make it where there is none.

        Args:
            profile_name: whose session it is about.
            what_fails: the end of the sentence that begins with the session of the profile.
            name: of the file that it is about; "" for the folder.

        Raises:
            StoreUnavailable: as of `in_our_words`.
        """
        what_fails = f'The session of "{profile_name}" {what_fails}'
        with (
            in_our_words(what_fails, self._path(name), writing=True, replaceable=bool(name)),
            self.state.opened(SESSIONS, make=True) as folder,
        ):
            yield folder

    def _content(self, profile_name: str) -> bytes | None:
        name = check_profile_name(profile_name) + SESSION_SUFFIX
        what_fails = f'The session of "{profile_name}" cannot be read'
        sign_in = f"osdu-auth login -p {profile_name}"
        advice = (
            "The session's tokens may be known to them. To end it, and begin another one: "
            f"osdu-auth logout -p {profile_name} && {sign_in}"
        )
        with in_our_words(what_fails, self._path(name), replaceable=True, replaced_by=sign_in):
            if not self.state.may_be_there():
                return None
            try:
                with self.state.opened(SESSIONS) as folder:
                    return folder.read(name, advice)
            except FileNotFoundError:
                return None

    def _path(self, name: str) -> str:
        return os.path.join(self.state.path, SESSIONS, name).rstrip(os.sep)

    def _newer(self, profile_name: str) -> StoreUnavailable:
        return StoreUnavailable(
            f'The session of "{profile_name}" was saved by a newer osdu-auth, and is left as it '
            "is.",
            code="OA-F811",
            why=f"Path: {self._path(profile_name + SESSION_SUFFIX)}.",
            fix="Upgrade osdu-auth, or keep sessions of this version elsewhere: "
            "export OSDU_AUTH_STATE_DIR=/a/folder/of/yours",
        )


def unreadable(profile_name: str, fault: UnreadableSession) -> StoreUnavailable:
    """Return the error for a session file that is none of this profile, or cannot be opened."""
    return StoreUnavailable(
        f'The session of "{profile_name}" cannot be read.',
        code="OA-F812",
        why=f"Its file {fault}.",
        fix=f"osdu-auth login -p {profile_name}",
    )


def _taken_apart(content: bytes | None, profile_name: str) -> SessionText | None:
    return None if content is None else read_lines(content, profile_name)
