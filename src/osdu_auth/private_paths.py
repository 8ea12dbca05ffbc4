"""Private paths: whether a file or folder, and the way to it, is one that secrets can be kept on.

The law of this module: what secrets lie in belongs to this user, is closed to all others, and has
one name; and nobody else may rename what stands on the way to it. What others could read is closed,
and that is said once; what they could have changed is refused, so that it is not believed; so is an
open folder, a home folder perhaps, that holds what others may use.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from osdu_auth.fixes import Export, Fix
from osdu_auth.ownership import (
    CHANGE,
    OPEN_TO_OTHERS,
    READ,
    access_of_others,
    is_ours,
    is_ours_alone,
)
from osdu_auth.places import STATE_DIRECTORY
from osdu_auth.trusted_paths import FLAGS, way_to

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE_FOLDER = 0o700

# What may have been opened to others by mistake, as a backup that is put back does.
_KEPT_BY_US = (
    r"(key|board\.key|current|config\.toml|.+\.(client|sandbox)-secret)(\.lock|\.new)?"
    r"|.+\.sandbox-lock|sessions|hosts|exec"
)
_told: set[str] = set()  # paths that something was said about


class NotPrivate(Exception):
    """A file or folder is not one that secrets can be kept in, or trusted to come from.

    Args:
        path: what it is.
        reason: a clause that completes "it …".
        fix: what to type; "" where that depends.
    """

    def __init__(self, path: str, reason: str, fix: str | Fix = "") -> None:
        super().__init__(f"{path} {reason}")
        self.path = path
        self.reason = reason
        self.fix = fix


class Changeable(NotPrivate):
    """Others could have changed a file or folder, so what it holds is not believed."""


def open_folder(path: str, inside: int | None, shown: str) -> int:
    """Return a descriptor of a folder that is not a link.

    Args:
        path: the folder.
        inside: a descriptor of the folder that `path` is relative to; None where it is a path.
        shown: what an error calls it.

    Raises:
        NotPrivate: it is a link, or no folder.
        OSError: the operating system refused.
    """
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | FLAGS, dir_fd=inside)
    except OSError as error:
        kind = kind_of(path, inside)
        if stat.S_ISLNK(kind):
            raise NotPrivate(shown, "is a symbolic link") from error
        if kind and not stat.S_ISDIR(kind):
            raise NotPrivate(shown, "is not a folder") from error
        raise


def close_unwritten(descriptor: int) -> None:
    """Close what was not written to; no answer of the operating system makes a difference then."""
    with suppress(OSError):
        os.close(descriptor)


def require_ours(descriptor: int, path: str) -> None:
    """Refuse what belongs to another user, and close what is ours to all others.

    This is for what holds nothing that is believed: a folder, each file of which is looked at by
    itself, and a lock.

    Raises:
        NotPrivate: it belongs to another user.
        OSError: it could not be closed to others.
    """
    status = os.fstat(descriptor)
    if is_ours_alone(status):
        return
    if not is_ours(status):
        raise NotPrivate(path, "belongs to another user")
    access = access_of_others(status, descriptor)
    _close_to_others(descriptor, status)
    if access == CHANGE and stat.S_ISDIR(status.st_mode):
        warn_once(path, "could be written to by others, and is closed to them now.")


def require_unchanged(descriptor: int, path: str) -> None:
    """Refuse what others could have changed.

    Raises:
        Changeable: they could.
    """
    status = os.fstat(descriptor)
    if access_of_others(status, descriptor) == CHANGE:
        raise _changeable(status, path)


def close_what_others_could_read(descriptor: int, path: str, advice: Callable[[], str]) -> None:
    """Refuse a file that others could have changed; close one that they could read, and say so.

    Args:
        descriptor: the open file.
        path: what it is called.
        advice: says what others may know now, and what to do about it: a sentence or two.

    Raises:
        Changeable: they could have changed it.
        OSError: it could not be closed to others.
    """
    status = os.fstat(descriptor)
    access = access_of_others(status, descriptor)
    if access == CHANGE:
        raise _changeable(status, path)
    _close_to_others(descriptor, status)
    if access == READ:
        warn_once(path, f"could be read by others, and is closed to them now. {advice()}")


def warn_once(path: str, what: str) -> None:
    """Log what was found at a path, once in this process.

    Args:
        path: the file or folder.
        what: completes a sentence that begins with the path.
    """
    if path in _told:
        return
    _told.add(path)
    from logging import getLogger  # imported only where there is something to say

    getLogger("osdu_auth").warning("%s %s", path, what)


def _changeable(status: os.stat_result, path: str) -> Changeable:
    if not is_ours(status):
        return Changeable(path, "belongs to another user")
    return Changeable(path, "could be written to by others")


def _close_to_others(descriptor: int, status: os.stat_result) -> None:
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~OPEN_TO_OTHERS)


def require_used_by_us_alone(descriptor: int, path: str) -> None:
    """Refuse an open folder in which others could lose something if it were closed to them.

    They lose nothing in a folder that is empty, or of which each entry is closed to them already or
    bears a name that we give.

    Raises:
        NotPrivate: it holds something else.
        OSError: the operating system refused to say what it holds.
    """
    if not os.fstat(descriptor).st_mode & OPEN_TO_OTHERS:
        return
    if all(_is_closed_or_ours(name, descriptor) for name in os.listdir(descriptor)):
        return
    raise NotPrivate(
        path,
        "is open to others and holds other things than osdu-auth's",
        fix="Give osdu-auth a folder of its own: "
        + Export(STATE_DIRECTORY, os.path.join(path, "osdu-auth")),
    )


def _is_closed_or_ours(name: str, folder: int) -> bool:
    is_closed = not kind_of(name, folder) & OPEN_TO_OTHERS
    return is_closed or re.fullmatch(_KEPT_BY_US, name) is not None


def require_safe_way(path: str) -> None:
    """Refuse a folder that somebody else could put another one in the place of.

    Whoever may write to a folder above may rename what lies in it, unless that folder is sticky as
    /tmp is; so does OpenSSH look at the way to a file of keys.

    Raises:
        NotPrivate: a folder above belongs to, or can be written to by, another user; or a link.
        OSError: the operating system refused.
    """
    _, faults = way_to(os.path.dirname(os.path.abspath(path)))
    if faults:
        raise NotPrivate(faults[0].path, faults[0].reason, faults[0].fix)


def make_folder(path: str, inside: int | None) -> None:
    """Make a folder and what lacks above it, each private whatever the umask says.

    Args:
        path: the folder.
        inside: as of `open_folder`.

    Raises:
        OSError: the operating system refused.
    """
    if kind_of(path, inside):
        return
    if inside is None:
        above = os.path.dirname(os.path.abspath(path))
        make_folder(above, None)
    try:
        os.mkdir(path, PRIVATE_FOLDER, dir_fd=inside)
    except FileExistsError:  # another process was faster
        return
    os.chmod(path, PRIVATE_FOLDER, dir_fd=inside)  # whatever the umask took away
    _settle(path, inside)


def _settle(path: str, inside: int | None) -> None:
    """Have it written to the disk that a folder was made, where the file system can do that."""
    with suppress(OSError):
        if inside is not None:
            os.fsync(inside)
            return
        above = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(above)
        finally:
            os.close(above)


def is_there(path: str) -> bool:
    """Say whether anything has that name; unlike `os.path.lexists`, no fault is taken for a no.

    Raises:
        OSError: the operating system refused to say.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def kind_of(path: str, inside: int | None) -> int:
    """Return the mode of what has that name, 0 where nothing has; arguments as of `open_folder`."""
    try:
        return os.stat(path, dir_fd=inside, follow_symlinks=False).st_mode
    except OSError:
        return 0
