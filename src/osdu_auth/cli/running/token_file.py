"""The token file: the bare access token, in a folder that is there for one running command.

    <runtime folder>/osdu-auth/     0700; else <state folder>/exec/<this host>/
        lock                        held while a folder is made, and while dead ones are swept
        <16 hex digits>/            0700, one for each `exec` that runs
            lock                    held by that `exec` for as long as it lives
            token                   0600, replaced as a whole

The law of this module: a folder whose lock can be had belongs to nobody who lives. The kernel gives
a lock back however its holder ends, which a number in a file could not tell: process ids are used
again. No child inherits the lock, so a command that outlives a killed `exec` keeps nothing here.
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
from osdu_auth.ownership import is_ours_alone
from osdu_auth.places import state_directory
from osdu_auth.private_files import TEMPORARY, NotPrivate, PrivateFolder
from osdu_auth.stores.fast_path import name_of_this_computer
from osdu_auth.stores.os_errors import translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.secret import Secret

_TOKEN, _LOCK = "token", "lock"
_OWN_FOLDER = re.compile(r"[0-9a-f]{16}")
_PATIENCE = 10.0  # seconds; whoever holds the lock of all folders does so for milliseconds
_CANNOT_BE_MADE = "The token file cannot be made"


class TokenFile:
    """A file for one access token; made by `token_file`.

    Args:
        folder: the open folder that it lies in alone.
    """

    def __init__(self, folder: PrivateFolder) -> None:
        self._folder = folder
        self.path = os.path.join(folder.path, _TOKEN)

    def write(self, token: Secret) -> None:
        """Put a token in the place of the former one; whoever reads finds one of them, whole.

        Raises:
            StoreUnavailable: OA-F801 to OA-F806: it could not be written; the former is there.
        """
        with translate_os_errors("The token file cannot be written", self.path):
            self._folder.replace(_TOKEN, token.reveal().encode("ascii"))


@contextmanager
def token_file() -> Iterator[TokenFile]:
    """Make a folder for a token file, and remove both at the end; sweep what the dead have left.

    Raises:
        StoreUnavailable: OA-F801 to OA-F808: there is no place for it.
    """
    try:
        with translate_os_errors(
            _CANNOT_BE_MADE, os.path.join(state_directory(), "exec"), writing=True
        ):
            folder, lock = _new_folder()
    except StoreNotWritable as error:
        # In another state folder nobody is signed in; the token file alone can be elsewhere.
        place = Export("XDG_RUNTIME_DIR", ShellExpression("$(mktemp -d)"))
        error.advice = "Give it a private folder to be in: " + place
        raise
    try:
        yield TokenFile(folder)
    finally:
        with suppress(OSError):
            _remove(folder)
        lock.release()
        folder.__exit__()


def _new_folder() -> tuple[PrivateFolder, FileLock]:
    """Make a folder and take its lock, while nobody can take it for one of the dead."""
    from secrets import token_hex

    with _place() as place, FileLock(place, _LOCK, _PATIENCE):
        _sweep(place)
        folder = PrivateFolder(os.path.join(place.path, token_hex(8)), make=True)
        return folder, FileLock(folder, _LOCK, patience=0)


def remove_places() -> None:
    """Remove the folders that token files are made in, but where a command of `exec` runs."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    below_state = os.path.join(state_directory(), "exec")
    places = [os.path.join(below_state, name_of_this_computer())]
    if os.path.isabs(runtime):
        places.append(os.path.join(runtime, "osdu-auth"))
    for path in places:
        # What is not there, or is another user's or in use, is not ours to remove.
        with suppress(OSError, NotPrivate), PrivateFolder(path) as place:
            with FileLock(place, _LOCK, _PATIENCE):
                _sweep(place)
                if os.listdir(path) == [_LOCK]:
                    place.remove(_LOCK)
            os.rmdir(path)
    with suppress(OSError):
        os.rmdir(below_state)


def _place() -> PrivateFolder:
    """Open the folder that token files are made in; memory is better for them than a disk."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    with suppress(OSError, NotPrivate):
        if _is_private(runtime):
            return PrivateFolder(os.path.join(runtime, "osdu-auth"), make=True)
    with PrivateFolder(state_directory(), make=True) as state:
        # Hosts may share this folder, and not every file system lets them see each other's locks.
        return PrivateFolder(os.path.join(state.path, "exec", name_of_this_computer()), make=True)


def _is_private(path: str) -> bool:
    """Say whether a folder is ours alone; what the system has made for us is not ours to mend."""
    status = os.stat(path)
    return os.path.isabs(path) and stat.S_ISDIR(status.st_mode) and is_ours_alone(status)


def _sweep(place: PrivateFolder) -> None:
    """Remove the folders of those who were killed."""
    for name in filter(_OWN_FOLDER.fullmatch, os.listdir(place.path)):
        # What cannot be opened or locked is another's, or is being removed by its owner.
        with (
            suppress(OSError, NotPrivate),
            PrivateFolder(os.path.join(place.path, name)) as folder,
            FileLock(folder, _LOCK, patience=0),
        ):
            _remove(folder)


def _remove(folder: PrivateFolder) -> None:
    for name in (_TOKEN, _TOKEN + TEMPORARY, _LOCK):
        folder.remove(name)
    os.rmdir(folder.path)
