"""Trusted paths: whether only this user and root can change a file.

Invariant: a file of settings may be readable by all users, but only this user and
root can change it. So the file, and each folder and link on its path, belong to this user or to
root, and no other user may write to them. A sticky folder, such as /tmp, is accepted: in it users
can change only their own files.

The path is checked from the root directory downwards. Once a folder is known to be closed to other
users, they can no longer replace its entries between the check and the use. The file
itself is checked after it was opened.
"""

from __future__ import annotations

import errno
import os
import stat
import sys

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.ownership import WRITE, is_own, others_may

if TYPE_CHECKING:
    from osdu_auth.fixes import Fix

# Not tried: Windows has neither of these flags, nor folders that can be opened.
OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_MOST_LINKS = 40  # as many as Linux follows in one path
_UNMAPPED_USER = 65534  # Linux's user id for each user without an id in this container
_ALL_USERS = b"4294967295"  # how many ids are mapped outside of such a container


class PathProblem(NamedTuple):
    """A reason why another user can change a file.

    Args:
        path: the file, or a folder or link on the way to it.
        reason: a clause that completes "it …".
        is_removable: whether this user may remove the permission.
    """

    path: str
    reason: str
    is_removable: bool = False

    @property
    def fix(self) -> str | Fix:
        """The command that removes the problem; "" where this user cannot remove it."""
        return _closing_command([self])


class NotTrusted(Exception):
    """Another user could change a file of settings.

    Args:
        problems: the reasons, at least one.
    """

    def __init__(self, problems: list[PathProblem]) -> None:
        first = next((problem for problem in problems if not problem.is_removable), problems[0])
        super().__init__(f"{first.path} {first.reason}")
        self.fix = _closing_command(problems)


def open_trusted(path: str) -> int:
    """Open a file for reading, and return its descriptor.

    Args:
        path: the file; links are followed, and checked.

    Raises:
        NotTrusted: another user could change it.
        FileNotFoundError: there is no such file; its path may have problems, too.
        OSError: the operating system refused.
    """
    # Without O_NONBLOCK, opening a named pipe would wait until another program writes.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | OPEN_FLAGS
    if sys.platform == "win32":  # not tried: its access lists are not checked
        return os.open(path, flags)
    true_path, problems = inspect_path(path)
    if true_path is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    descriptor = os.open(true_path, flags)
    try:
        _require_no_problems(problems + _problems_of_file(descriptor, true_path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def require_trusted(path: str) -> None:
    """Require that no other user can change a file, or the folder where it will be made.

    Raises:
        NotTrusted: another user can.
        OSError: the operating system refused.
    """
    if sys.platform == "win32":  # not tried
        return
    try:
        os.close(open_trusted(path))
    except FileNotFoundError:
        _require_no_problems(inspect_path(path)[1])


def inspect_path(path: str) -> tuple[str | None, list[PathProblem]]:
    """Return the real path, None where it does not exist, and the problems of the path.

    Args:
        path: a file or folder; a folder is checked as well.

    Raises:
        OSError: the operating system refused.
    """
    here, problems, links = "/", _problems_of_folder(os.lstat("/"), "/"), 0
    # The current folder may be deleted; an absolute path does not need it.
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
            return None, problems
        if not stat.S_ISLNK(status.st_mode):
            here = step
            if stat.S_ISDIR(status.st_mode):
                problems += _problems_of_folder(status, step)
            continue
        if not _is_own_or_of_root(status):
            problems.append(PathProblem(step, "is a link of another user, who could replace it"))
        links += 1
        if links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(step)
        here = "/" if target.startswith("/") else here
        names += target.split("/")[::-1]
    return here, problems


def _closing_command(problems: list[PathProblem]) -> str | Fix:
    if not all(problem.is_removable for problem in problems):
        return ""
    from osdu_auth.fixes import Chmod

    return Chmod("go-w", *(problem.path for problem in problems))


def _require_no_problems(problems: list[PathProblem]) -> None:
    if problems:
        raise NotTrusted(problems) from None


def _problems_of_folder(status: os.stat_result, path: str) -> list[PathProblem]:
    if not _is_own_or_of_root(status):
        return [PathProblem(path, "belongs to another user, who could replace what is in it")]
    if status.st_mode & stat.S_ISVTX or not others_may(WRITE, status, path):
        return []
    reason = "can be written to by others, who could replace what is in it"
    return [PathProblem(path, reason, is_own(status))]


def _problems_of_file(descriptor: int, path: str) -> list[PathProblem]:
    status = os.fstat(descriptor)
    if not _is_own_or_of_root(status):
        return [PathProblem(path, "belongs to another user, who could change its content")]
    if not others_may(WRITE, status, descriptor):
        return []
    reason = "can be written to by others, who could have changed its content"
    return [PathProblem(path, reason, is_own(status))]


def _is_own_or_of_root(status: os.stat_result) -> bool:
    return is_own(status) or status.st_uid == 0 or _is_unmapped_root(status.st_uid)


def _is_unmapped_root(user: int) -> bool:
    """Say whether a user id stands for the machine's root in a container of an ordinary user."""
    if user != _UNMAPPED_USER:
        return False
    try:
        with open("/proc/self/uid_map", "rb") as mapping:
            return mapping.read().split() != [b"0", b"0", _ALL_USERS]
    except OSError:
        return False
