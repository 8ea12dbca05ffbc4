"""The token file: the bare access token, in a folder for one running command.

    <runtime folder>/osdu-auth/     0700; else <state folder>/exec/<this host>/
        lock                        held while a folder is made, and while old ones are removed
        <16 hex digits>/            0700, one for each running `exec`
            lock                    held by that `exec` until it ends
            token                   0600, replaced as a whole

Invariant: if the lock of a folder is free, the `exec` of the folder has ended. The kernel releases
a lock when its process ends, even by SIGKILL. A process id in a file would not show that, as ids
are used again. No child inherits the lock, so a command that runs on after a killed `exec` does not
hold it.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from osdu_auth.errors import StoreNotWritable
from osdu_auth.file_lock import FileLock
from osdu_auth.fixes import Export, ShellExpression
from osdu_auth.ownership import is_private
from osdu_auth.places import state_directory
from osdu_auth.private_files import TEMPORARY_SUFFIX, NotPrivate, PrivateFolder
from osdu_auth.stores.fast_path import name_of_this_computer
from osdu_auth.stores.os_errors import translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.secret import Secret

_TOKEN, _LOCK = "token", "lock"
_FOLDER_OF_ONE_EXEC = re.compile(r"[0-9a-f]{16}")
_PATIENCE = 10.0  # seconds; a process holds the lock of all folders for milliseconds
_CANNOT_BE_MADE = "The token file cannot be made"


class TokenFile:
    """A file for one access token; made by `token_file`.

    Args:
        folder: the open folder of this one file.
    """

    def __init__(self, folder: PrivateFolder) -> None:
        self._folder = folder
        self.path = os.path.join(folder.path, _TOKEN)

    def write(self, token: Secret) -> None:
        """Replace the token; a reader finds the old token or the new one, never a part.

        Raises:
            StoreUnavailable: OA-F801 to OA-F806: it could not be written; the old token stays.
        """
        with translate_os_errors("The token file cannot be written", self.path):
            self._folder.replace(_TOKEN, token.reveal().encode("ascii"))


@contextmanager
def token_file() -> Iterator[TokenFile]:
    """Make a token file, and remove it after the block; also remove files of killed `exec`s.

    Raises:
        StoreUnavailable: OA-F801 to OA-F808: no folder can hold the file.
    """
    try:
        with translate_os_errors(
            _CANNOT_BE_MADE, os.path.join(state_directory(), "exec"), writing=True
        ):
            folder, lock = _new_folder()
    except StoreNotWritable as error:
        # Another state folder would hold no session; only the token file can be in another place.
        place = Export("XDG_RUNTIME_DIR", ShellExpression("$(mktemp -d)"))
        error.advice = "Name a private folder for the file: " + place
        raise
    try:
        yield TokenFile(folder)
    finally:
        with suppress(OSError):
            _remove(folder)
        lock.release()
        folder.__exit__()


def _new_folder() -> tuple[PrivateFolder, FileLock]:
    """Make a folder and take its lock, before another `exec` can find the lock free."""
    from secrets import token_hex

    with _place() as place, FileLock(place, _LOCK, _PATIENCE):
        _remove_abandoned(place)
        folder = PrivateFolder(os.path.join(place.path, token_hex(8)), make=True)
        return folder, FileLock(folder, _LOCK, patience=0)


def remove_token_folders() -> None:
    """Remove the folders for token files, except those of a running `exec`."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    below_state = os.path.join(state_directory(), "exec")
    places = [os.path.join(below_state, name_of_this_computer())]
    if os.path.isabs(runtime):
        places.append(os.path.join(runtime, "osdu-auth"))
    for path in places:
        # A folder that is missing, in use or another user's is left alone.
        with suppress(OSError, NotPrivate), PrivateFolder(path) as place:
            with FileLock(place, _LOCK, _PATIENCE):
                _remove_abandoned(place)
                if os.listdir(path) == [_LOCK]:
                    place.remove(_LOCK)
            os.rmdir(path)
    with suppress(OSError):
        os.rmdir(below_state)


def _place() -> PrivateFolder:
    """Open the folder for token files: in memory (XDG_RUNTIME_DIR) rather than on a disk."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    with suppress(OSError, NotPrivate):
        if _is_private(runtime):
            return PrivateFolder(os.path.join(runtime, "osdu-auth"), make=True)
    with PrivateFolder(state_directory(), make=True) as state:
        # Hosts may share this folder, and on some file systems they do not see each other's locks.
        return PrivateFolder(os.path.join(state.path, "exec", name_of_this_computer()), make=True)


def _is_private(path: str) -> bool:
    """Return whether only this user can use a folder; a folder of the system is not changed."""
    status = os.stat(path)
    return os.path.isabs(path) and stat.S_ISDIR(status.st_mode) and is_private(status)


def _remove_abandoned(place: PrivateFolder) -> None:
    """Remove the folders of `exec`s that were killed."""
    for name in filter(_FOLDER_OF_ONE_EXEC.fullmatch, os.listdir(place.path)):
        # A folder that cannot be opened or locked is in use, or its owner is removing it.
        with (
            suppress(OSError, NotPrivate),
            PrivateFolder(os.path.join(place.path, name)) as folder,
            FileLock(folder, _LOCK, patience=0),
        ):
            _remove(folder)


def _remove(folder: PrivateFolder) -> None:
    for name in (_TOKEN, _TOKEN + TEMPORARY_SUFFIX, _LOCK):
        folder.remove(name)
    os.rmdir(folder.path)
