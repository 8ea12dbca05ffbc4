"""Private files: reading and replacing files that hold secrets, in a folder of the user's own.

The law of this module: a file that keeps a secret is opened here and nowhere else. It is reached
through its open folder, so no link that appears later can lead elsewhere; it is private from its
first instant; and it is replaced in the order write, fsync, rename, fsync of the folder, so that
whoever reads, and whatever dies, finds the whole old or the whole new content.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

MEBIBYTE = 1024 * 1024
LARGEST_FILE = 16 * MEBIBYTE
TEMPORARY = ".new"

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_OPEN_TO_OTHERS = 0o077
# Not tried: Windows has neither of these flags, nor folders that can be opened.
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class NotPrivate(Exception):
    """A file or folder is not one that secrets can be kept in, or trusted to come from.

    Args:
        path: what it is.
        reason: a clause that completes "it …".
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path = path
        self.reason = reason


class PrivateFolder:
    """An open folder, and the files in it by their names.

    Args:
        path: the folder; its last part must not be a link.
        make: whether to make it, and what lacks above it, where it does not exist.
        ours_alone: whether it must belong to this user, and is closed to all others.

    Raises:
        FileNotFoundError: there is no such folder and `make` is false.
        NotPrivate: it belongs to another user, or is a link or no folder.
        OSError: the operating system refused.
    """

    def __init__(self, path: str, *, make: bool = False, ours_alone: bool = True) -> None:
        self.path = path
        if make:
            _make(path)
        self._descriptor: int | None = None
        if sys.platform == "win32":  # not tried: the profile folder is private there by custom
            if not os.path.isdir(path):
                raise FileNotFoundError(path)
            return
        self._descriptor = _open_folder(path)
        try:
            if ours_alone:
                _require_ours(self._descriptor, path)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, None where there is no such file.

        Args:
            name: the file's name in this folder.

        Raises:
            NotPrivate: it is a link, no regular file, another user's, or larger than 16 MiB.
            OSError: the operating system refused.
        """
        try:
            # Without O_NONBLOCK a named pipe in the file's place would hold us until it is written.
            descriptor = self._open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        try:
            size = self._require_private_file(descriptor, name)
            if size > LARGEST_FILE:
                raise NotPrivate(self._path(name), "is larger than 16 MiB")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(LARGEST_FILE)
        finally:
            os.close(descriptor)

    def replace(self, name: str, content: bytes) -> None:
        """Put `content` in the place of a file, whole or not at all.

        Call it under a lock that is held for this file: its temporary name is fixed, so that a
        program that was killed leaves at most one, and the next call sweeps it away.

        Args:
            name: the file's name in this folder.
            content: all of its new content.

        Raises:
            OSError: the operating system refused; the old file is as it was.
        """
        temporary = name + TEMPORARY
        self.remove(temporary)
        try:
            descriptor = self._open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                self._fill(descriptor, content)
            finally:
                os.close(descriptor)
            self._rename(temporary, name)
        except BaseException:
            self._remove_quietly(temporary)
            raise
        self._settle()

    def remove(self, name: str) -> bool:
        """Take a file away, and return whether there was one."""
        try:
            if self._descriptor is None:
                os.unlink(self._path(name))
            else:
                os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return False
        self._settle()
        return True

    def open_lock_file(self, name: str) -> int:
        """Return a descriptor of the file that a lock is taken on, made where there is none.

        Raises:
            NotPrivate: it is a link, no regular file, or another user's.
            OSError: the operating system refused.
        """
        descriptor = self._open(name, os.O_RDWR | os.O_CREAT)
        try:
            self._require_private_file(descriptor, name)
            if sys.platform != "win32":
                os.fchmod(descriptor, _PRIVATE_FILE)  # whatever the umask took away
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _open(self, name: str, flags: int) -> int:
        try:
            if self._descriptor is None:
                return os.open(self._path(name), flags | _FLAGS, _PRIVATE_FILE)
            return os.open(name, flags | _FLAGS, _PRIVATE_FILE, dir_fd=self._descriptor)
        except OSError as error:
            if self._is_link(name):
                raise NotPrivate(self._path(name), "is a symbolic link") from error
            raise

    def _is_link(self, name: str) -> bool:
        try:
            status = os.stat(self._path(name), follow_symlinks=False)
        except OSError:
            return False
        return stat.S_ISLNK(status.st_mode)

    def _require_private_file(self, descriptor: int, name: str) -> int:
        """Return the size of an open file that is regular and ours."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotPrivate(self._path(name), "is not a regular file")
        if sys.platform != "win32":
            _require_ours(descriptor, self._path(name))
        return status.st_size

    @staticmethod
    def _fill(descriptor: int, content: bytes) -> None:
        if sys.platform != "win32":
            os.fchmod(descriptor, _PRIVATE_FILE)  # whatever the umask took away
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)

    def _rename(self, temporary: str, name: str) -> None:
        if self._descriptor is None:
            os.replace(self._path(temporary), self._path(name))
            return
        os.replace(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def _settle(self) -> None:
        """Have the folder's own change written to the disk, where the file system can do that.

        It is no failure where it cannot: every reader has the new content already, and a loss of
        power would bring back the whole old one.
        """
        if self._descriptor is not None:
            with suppress(OSError):
                os.fsync(self._descriptor)

    def _remove_quietly(self, name: str) -> None:
        with suppress(OSError):
            self.remove(name)

    def _path(self, name: str) -> str:
        return os.path.join(self.path, name)


def _open_folder(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | _FLAGS)
    except OSError as error:
        if os.path.islink(path):
            raise NotPrivate(path, "is a symbolic link") from error
        if os.path.lexists(path) and not os.path.isdir(path):
            raise NotPrivate(path, "is not a folder") from error
        raise


def _require_ours(descriptor: int, path: str) -> None:
    """Refuse what belongs to another user, and close what is ours to all others."""
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        raise NotPrivate(path, "belongs to another user")
    if status.st_mode & _OPEN_TO_OTHERS:
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~_OPEN_TO_OTHERS)


def _make(path: str) -> None:
    """Make a folder and what lacks above it, each private whatever the umask says."""
    if os.path.lexists(path):
        return
    above = os.path.dirname(os.path.abspath(path))
    _make(above)
    try:
        os.mkdir(path, _PRIVATE_FOLDER)
    except FileExistsError:  # another process was faster
        return
    os.chmod(path, _PRIVATE_FOLDER)
