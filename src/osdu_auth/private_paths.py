"""Private paths: whether a file or folder, and the folders above it, are safe for secrets.

Invariants:

- A file or folder with secrets belongs to this user, is closed to other users, and has one name.
- No other user can rename or replace a folder above it.
- A file that others could read is closed to them, and that is logged once.
- A file that others could have changed is refused, so its content is never used.
- A folder that others use, such as an open home folder, is refused.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress

from osdu_auth.fixes import Export, Fix
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.ownership import (
    CHANGE,
    OPEN_TO_OTHERS,
    READ,
    access_of_others,
    is_own,
    is_private,
)
from osdu_auth.places import STATE_DIRECTORY
from osdu_auth.trusted_paths import OPEN_FLAGS, inspect_path

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE_FOLDER = 0o700

# Our own files and folders. Others may have got access to them by mistake, for example when a
# backup was restored.
_NAMES_OF_OSDU_AUTH = (
    r"(key|board\.key|current|config\.toml|.+\.(client|sandbox)-secret)(\.lock|\.new)?"
    r"|.+\.sandbox-lock|sessions|hosts|exec"
)
_warned: set[str] = set()  # paths that a warning was logged for


class NotPrivate(Exception):
    """A file or folder is not safe for secrets.

    Args:
        path: the file or folder.
        reason: a clause that completes "it …".
        fix: what to type; "" where the caller decides.
    """

    def __init__(self, path: str, reason: str, fix: str | Fix = "") -> None:
        super().__init__(f"{path} {reason}")
        self.path = path
        self.reason = reason
        self.fix = fix


class ChangeableByOthers(NotPrivate):
    """Others could have changed a file or folder, so its content is not used."""


def open_folder(path: str, inside: int | None, shown: str) -> int:
    """Return a descriptor of a folder that is not a link.

    Args:
        path: the folder.
        inside: a descriptor of the folder that `path` is relative to; None where it is a path.
        shown: the path that an error shows.

    Raises:
        NotPrivate: it is a link, or not a folder.
        OSError: the operating system refused.
    """
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | OPEN_FLAGS, dir_fd=inside)
    except OSError as error:
        kind = mode_of(path, inside)
        if stat.S_ISLNK(kind):
            raise NotPrivate(shown, "is a symbolic link") from error
        if kind and not stat.S_ISDIR(kind):
            raise NotPrivate(shown, "is not a folder") from error
        raise


def close_quietly(descriptor: int) -> None:
    """Close a descriptor; an error of the operating system is ignored."""
    with suppress(OSError):
        os.close(descriptor)


def require_own_and_close(descriptor: int, path: str) -> None:
    """Refuse another user's file or folder, and close this user's to all others.

    This is for a folder, whose files are checked one by one, and for a lock file.

    Raises:
        NotPrivate: it belongs to another user.
        OSError: it could not be closed to others.
    """
    status = os.fstat(descriptor)
    if is_private(status):
        return
    if not is_own(status):
        raise NotPrivate(path, "belongs to another user")
    access = access_of_others(status, descriptor)
    _close_to_others(descriptor, status)
    if access == CHANGE and stat.S_ISDIR(status.st_mode):
        warn_once(path, "could be written to by others, and is closed to them now.")


def require_not_changeable(descriptor: int, path: str) -> None:
    """Refuse a file or folder that others could have changed.

    Raises:
        ChangeableByOthers: they could.
    """
    status = os.fstat(descriptor)
    if access_of_others(status, descriptor) == CHANGE:
        raise _changeable_by_others(status, path)


def close_if_readable_by_others(descriptor: int, path: str, advice: Callable[[], str]) -> None:
    """Refuse a file that others could have changed; close one that they could read, and say so.

    Args:
        descriptor: the open file.
        path: the path that the log shows.
        advice: returns a sentence or two: what others may have read, and what to do now.

    Raises:
        ChangeableByOthers: they could have changed it.
        OSError: it could not be closed to others.
    """
    status = os.fstat(descriptor)
    access = access_of_others(status, descriptor)
    if access == CHANGE:
        raise _changeable_by_others(status, path)
    _close_to_others(descriptor, status)
    if access == READ:
        warn_once(path, f"could be read by others, and is closed to them now. {advice()}")


def warn_once(path: str, what: str) -> None:
    """Log a warning about a path, once in this process.

    Args:
        path: the file or folder.
        what: completes a sentence that begins with the path.
    """
    if path in _warned:
        return
    _warned.add(path)
    from logging import getLogger  # imported only when it is needed

    getLogger("osdu_auth").warning("%s %s", path, what)


def _changeable_by_others(status: os.stat_result, path: str) -> ChangeableByOthers:
    if not is_own(status):
        return ChangeableByOthers(path, "belongs to another user")
    return ChangeableByOthers(path, "could be written to by others")


def _close_to_others(descriptor: int, status: os.stat_result) -> None:
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~OPEN_TO_OTHERS)


def require_not_shared(descriptor: int, path: str) -> None:
    """Refuse a folder that other users may be using, so that it is not closed to them.

    A folder counts as used by others if it has an entry that is open to them and that has no name
    of osdu-auth's files.

    Raises:
        NotPrivate: it contains something else.
        OSError: the operating system refused to list it.
    """
    if not os.fstat(descriptor).st_mode & OPEN_TO_OTHERS:
        return
    if all(_is_closed_or_of_osdu_auth(name, descriptor) for name in os.listdir(descriptor)):
        return
    raise NotPrivate(
        path,
        "is open to others and contains other files than osdu-auth's",
        fix="Give osdu-auth a folder of its own: "
        + Export(STATE_DIRECTORY, os.path.join(path, "osdu-auth")),
    )


def _is_closed_or_of_osdu_auth(name: str, folder: int) -> bool:
    is_closed = not mode_of(name, folder) & OPEN_TO_OTHERS
    return is_closed or re.fullmatch(_NAMES_OF_OSDU_AUTH, name) is not None


def require_safe_parents(path: str) -> None:
    """Refuse a folder that another user could replace by another one.

    A user who may write to a folder above may rename the entries in it, unless that folder is
    sticky, as /tmp is. OpenSSH checks the folders above a file of keys in the same way.

    Raises:
        NotPrivate: a folder above belongs to another user, can be written to by one, or is a link.
        OSError: the operating system refused.
    """
    _, problems = inspect_path(os.path.dirname(os.path.abspath(path)))
    if problems:
        raise NotPrivate(problems[0].path, problems[0].reason, problems[0].fix)


def make_folder(path: str, inside: int | None) -> None:
    """Make a folder and the missing folders above it, each private, with any umask.

    Args:
        path: the folder.
        inside: see `open_folder`.

    Raises:
        OSError: the operating system refused.
    """
    if mode_of(path, inside):
        return
    if inside is None:
        above = os.path.dirname(os.path.abspath(path))
        make_folder(above, None)
    try:
        os.mkdir(path, PRIVATE_FOLDER, dir_fd=inside)
    except FileExistsError:  # another process was faster
        return
    os.chmod(path, PRIVATE_FOLDER, dir_fd=inside)  # the umask may have removed bits
    _flush_parent(path, inside)


def _flush_parent(path: str, inside: int | None) -> None:
    """Have the new folder's entry written to the disk, where the file system can do that."""
    with suppress(OSError):
        if inside is not None:
            os.fsync(inside)
            return
        above = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(above)
        finally:
            os.close(above)


def path_exists(path: str) -> bool:
    """Say whether a file, folder or link has that name.

    `os.path.lexists` would answer no where the operating system reports an error.

    Raises:
        OSError: the operating system refused to answer.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def mode_of(path: str, inside: int | None) -> int:
    """Return the mode of a file or folder, 0 where there is none; see `open_folder`."""
    try:
        return os.stat(path, dir_fd=inside, follow_symlinks=False).st_mode
    except OSError:
        return 0
