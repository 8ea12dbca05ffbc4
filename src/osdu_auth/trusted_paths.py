"""Trusted paths: whether this user and root alone can change a file, and what is on the way to it.

The law of this module: what is obeyed may be read by all, and changed by this user and root alone.
So the file and each folder and link on the way belong to one of the two, and no other user may
write to them; a folder that is sticky, as /tmp is, lets users change what is their own, and no
more. The way is looked at from the root on: once a folder is known to be closed to other users,
they can no longer exchange what lies in it, so there is no race to win. The file itself is looked
at when it is open.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.ownership import WRITE, is_ours, others_may

if TYPE_CHECKING:
    from osdu_auth.fixes import Fix

# Not tried: Windows has neither of these flags, nor folders that can be opened.
FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_MOST_LINKS = 40  # as many as Linux follows on one way
_NOBODY = 65534  # Linux's name for a user that this container has no number for
_EVERY_USER = b"4294967295"  # how many are mapped where this is no such container


class Fault(NamedTuple):
    """What lets another user change a file.

    Args:
        path: the file, or a folder or link on the way to it.
        reason: a clause that completes "it …".
        is_ours: whether this user may close it to others.
    """

    path: str
    reason: str
    is_ours: bool = False

    @property
    def fix(self) -> str | Fix:
        """The command that mends it; "" where this user cannot."""
        return _closing([self])


class NotTrusted(Exception):
    """Another user could change a file that is to be obeyed.

    Args:
        faults: what lets them, one at least.
    """

    def __init__(self, faults: list[Fault]) -> None:
        first = next((fault for fault in faults if not fault.is_ours), faults[0])
        super().__init__(f"{first.path} {first.reason}")
        self.fix = _closing(faults)


def open_trusted(path: str) -> int:
    """Open a file for reading, and return its descriptor.

    Args:
        path: the file; links are followed, and looked at.

    Raises:
        NotTrusted: another user could change it.
        FileNotFoundError: there is no such file, whatever there is on the way.
        OSError: the operating system refused.
    """
    # Without O_NONBLOCK a named pipe would hold us until another program writes.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | FLAGS
    if sys.platform == "win32":  # not tried: its access lists are not looked at
        return os.open(path, flags)
    true_path, faults = way_to(path)
    if true_path is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    descriptor = os.open(true_path, flags)
    try:
        _require_none(faults + _faults_of_file(descriptor, true_path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def require_trusted(path: str) -> None:
    """See that a file, or the place where it is to be made, can be changed by no other user.

    Raises:
        NotTrusted: it can.
        OSError: the operating system refused.
    """
    if sys.platform == "win32":  # not tried
        return
    try:
        os.close(open_trusted(path))
    except FileNotFoundError:
        _require_none(way_to(path)[1])


def way_to(path: str) -> tuple[str | None, list[Fault]]:
    """Return where a path leads, None where that does not exist, and what is wrong on the way.

    Args:
        path: a file or folder; if it is a folder, it is looked at as well.

    Raises:
        OSError: the operating system refused.
    """
    here, faults, links = "/", _faults_of_folder(os.lstat("/"), "/"), 0
    # The current folder may be gone, which is no matter for a path from the first / on.
    whole = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    names = whole.split("/")[::-1]
    while names:
        name = names.pop()
        if name in {"", "."}:
            continue
        if name == "..":
            here = os.path.dirname(here)
            continue
        step = os.path.join(here, name)
        try:
            status = os.lstat(step)
        except FileNotFoundError:
            return None, faults
        if not stat.S_ISLNK(status.st_mode):
            here = step
            if stat.S_ISDIR(status.st_mode):
                faults += _faults_of_folder(status, step)
            continue
        if not _is_ours_or_root_s(status):
            faults.append(Fault(step, "is a link of another user's, who could exchange it"))
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(step)
        here = "/" if target.startswith("/") else here
        names += target.split("/")[::-1]
    return here, faults


def _closing(faults: list[Fault]) -> str | Fix:
    if not all(fault.is_ours for fault in faults):
        return ""
    from osdu_auth.fixes import Chmod

    return Chmod("go-w", *(fault.path for fault in faults))


def _require_none(faults: list[Fault]) -> None:
    if faults:
        raise NotTrusted(faults) from None


def _faults_of_folder(status: os.stat_result, path: str) -> list[Fault]:
    if not _is_ours_or_root_s(status):
        return [Fault(path, "belongs to another user, who could exchange what lies in it")]
    if status.st_mode & stat.S_ISVTX or not others_may(WRITE, status, path):
        return []
    reason = "can be written to by others, who could exchange what lies in it"
    return [Fault(path, reason, is_ours(status))]


def _faults_of_file(descriptor: int, path: str) -> list[Fault]:
    status = os.fstat(descriptor)
    if not _is_ours_or_root_s(status):
        return [Fault(path, "belongs to another user, who could change what it says")]
    if not others_may(WRITE, status, descriptor):
        return []
    reason = "can be written to by others, who could have changed what it says"
    return [Fault(path, reason, is_ours(status))]


def _is_ours_or_root_s(status: os.stat_result) -> bool:
    return is_ours(status) or status.st_uid == 0 or _is_unmapped_root(status.st_uid)


def _is_unmapped_root(user: int) -> bool:
    """Say whether that is how a container of an ordinary user shows the machine's own root."""
    if user != _NOBODY:
        return False
    try:
        with open("/proc/self/uid_map", "rb") as mapping:
            return mapping.read().split() != [b"0", b"0", _EVERY_USER]
    except OSError:
        return False
