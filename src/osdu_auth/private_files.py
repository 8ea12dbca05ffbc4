"""Private files: reading and replacing files that contain secrets, in a private folder.

Invariants:

- A file that contains a secret is opened here and nowhere else.
- The file is opened relative to its open folder, so a link that appears later changes nothing.
- The file is private from the moment it exists.
- The file is replaced in the order write, fsync, rename, fsync of the folder. A reader, and a
  restart after a crash, find the whole old content or the whole new content.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import suppress

from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.ownership import NOTHING, access_of_others, is_private
from osdu_auth.private_paths import (
    ChangeableByOthers,
    NotPrivate,
    close_if_readable_by_others,
    close_quietly,
    make_folder,
    mode_of,
    open_folder,
    require_not_changeable,
    require_not_shared,
    require_own_and_close,
    require_safe_parents,
)
from osdu_auth.trusted_paths import OPEN_FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

__all__ = ["LARGEST_FILE", "TEMPORARY_SUFFIX", "ChangeableByOthers", "NotPrivate", "PrivateFolder"]

MEBIBYTE = 1024 * 1024
LARGEST_FILE = 16 * MEBIBYTE
TEMPORARY_SUFFIX = ".new"

_PRIVATE_FILE = 0o600
_NO_FILE = "is not a regular file"


class PrivateFolder:
    """An open folder, and the files in it by their names.

    `path` is the folder's path. `descriptor` is the open folder; None on Windows, where folders
    cannot be opened.

    Args:
        path: the folder; its last part must not be a link.
        make: whether to make the folder, and the folders above it, where they do not exist.
        must_be_private: whether the folder must belong to this user and be closed to others. No
            other user may be able to replace a folder above it, and its files may have no hard
            link.
        closes_to_others: whether permissions of other users that are found here are removed. If
            not, they are left, and an error is raised for a folder that others could write to, or
            a file that others could read.
        inside: an open folder in which `path` is a name; None if `path` is a path.

    Raises:
        FileNotFoundError: there is no such folder and `make` is false.
        ChangeableByOthers: others could write to it, and `closes_to_others` is false.
        NotPrivate: it belongs to another user, is a link or not a folder, or others use it.
        OSError: the operating system refused.
    """

    def __init__(
        self,
        path: str,
        *,
        make: bool = False,
        must_be_private: bool = True,
        closes_to_others: bool = True,
        inside: PrivateFolder | None = None,
    ) -> None:
        self.path: str = path if inside is None else os.path.join(inside.path, path)
        self._must_be_private = must_be_private
        self._closes_to_others = closes_to_others
        self.descriptor: int | None = None
        if sys.platform == "win32":  # not tried: a user's profile folder is private there
            if make:
                os.makedirs(self.path, exist_ok=True)
            if not os.path.isdir(self.path):
                raise FileNotFoundError(self.path)
            return
        if must_be_private and inside is None:
            require_safe_parents(path)
        within = None if inside is None else inside.descriptor
        if make:
            make_folder(path, within)
        self.descriptor = open_folder(path, within, self.path)
        try:
            if not closes_to_others:
                require_not_changeable(self.descriptor, self.path)
            elif must_be_private:
                if inside is None:  # others cannot use files in a folder that is closed to them
                    require_not_shared(self.descriptor, self.path)
                require_own_and_close(self.descriptor, self.path)
        except BaseException:
            close_quietly(self.descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.descriptor is not None:
            close_quietly(self.descriptor)
            self.descriptor = None

    def read(self, name: str, advice: Callable[[], str] = str) -> bytes | None:
        """Return the content of a file; None where there is no such file.

        A file that others could read is closed to them, and that is logged once.

        Args:
            name: the file's name in this folder.
            advice: returns a sentence for the log: what others may have read, and what to do now.

        Raises:
            ChangeableByOthers: others could have changed it, or it is another user's.
            NotPrivate: it is a link, not a regular file, or larger than 16 MiB; or has a hard
                link.
            OSError: the operating system refused.
        """
        try:
            # Without O_NONBLOCK, opening a named pipe would wait until another program writes.
            descriptor = self._open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        try:
            status = self._require_file(descriptor, name)
            if not is_private(status):
                self._require_unchanged_by_others(descriptor, name, advice)
            if status.st_size > LARGEST_FILE:
                raise NotPrivate(self._path(name), "is larger than 16 MiB")
            with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
                return file.read()
        finally:
            close_quietly(descriptor)

    def replace(self, name: str, content: bytes, mode: int = _PRIVATE_FILE) -> None:
        """Replace a file by one with new content, atomically.

        The caller holds a lock for this file. The temporary file has a fixed name, so a program
        that was killed leaves at most one, and the next call removes it.

        Args:
            name: the file's name in this folder.
            content: the whole new content.
            mode: the permissions; others may read only content that is sealed.

        Raises:
            OSError: the operating system refused; the old file is unchanged.
        """
        temporary = name + TEMPORARY_SUFFIX
        self.remove(temporary)
        try:
            descriptor = self._open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                self._write_all(descriptor, content, mode)
            finally:
                os.close(descriptor)
            self._rename(temporary, name)
        except BaseException:
            self._remove_quietly(temporary)
            raise
        self._flush_folder()

    def remove(self, name: str) -> bool:
        """Delete a file, and return whether it existed."""
        try:
            if self.descriptor is None:
                os.unlink(self._path(name))
            else:
                os.unlink(name, dir_fd=self.descriptor)
        except FileNotFoundError:
            return False
        self._flush_folder()
        return True

    def open_lock_file(self, name: str) -> int:
        """Return a descriptor of a lock file, which is made if it is absent.

        Raises:
            NotPrivate: it is a link, not a regular file, or another user's; or has a second name.
            OSError: the operating system refused.
        """
        descriptor = self._open(name, os.O_RDWR | os.O_CREAT)
        try:
            self._require_file(descriptor, name)
            if sys.platform != "win32":
                require_own_and_close(descriptor, self._path(name))
                os.fchmod(descriptor, _PRIVATE_FILE)  # the umask may have removed bits
        except BaseException:
            close_quietly(descriptor)
            raise
        return descriptor

    def _open(self, name: str, flags: int) -> int:
        try:
            if self.descriptor is None:
                return os.open(self._path(name), flags | OPEN_FLAGS, _PRIVATE_FILE)
            return os.open(name, flags | OPEN_FLAGS, _PRIVATE_FILE, dir_fd=self.descriptor)
        except OSError as error:
            kind = mode_of(self._path(name), None)
            if stat.S_ISLNK(kind):
                raise NotPrivate(self._path(name), "is a symbolic link") from error
            if kind and not stat.S_ISREG(kind):
                raise NotPrivate(self._path(name), _NO_FILE) from error
            raise

    def _require_file(self, descriptor: int, name: str) -> os.stat_result:
        """Return the status of an open file that is regular and has one name; refuse any other."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotPrivate(self._path(name), _NO_FILE)
        # A change here would also change the file under its other name.
        if self._must_be_private and status.st_nlink > 1:
            raise NotPrivate(self._path(name), "has a second name, a hard link")
        return status

    def _require_unchanged_by_others(
        self, descriptor: int, name: str, advice: Callable[[], str]
    ) -> None:
        """Refuse an open file that others could have changed; close one that others could read."""
        path = self._path(name)
        if not self._must_be_private:
            require_own_and_close(descriptor, path)
        elif self._closes_to_others:
            close_if_readable_by_others(descriptor, path, advice)
        elif access_of_others(os.fstat(descriptor), descriptor) != NOTHING:
            raise NotPrivate(path, "can be read by others")

    @staticmethod
    def _write_all(descriptor: int, content: bytes, mode: int) -> None:
        if sys.platform != "win32":
            os.fchmod(descriptor, mode)  # the umask may have removed bits
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        # This computer's time: a file server would set the time of its own clock.
        with suppress(OSError):
            os.utime(descriptor, ns=(time.time_ns(),) * 2)
        os.fsync(descriptor)

    def _rename(self, temporary: str, name: str) -> None:
        if self.descriptor is None:
            os.replace(self._path(temporary), self._path(name))
            return
        os.replace(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def _flush_folder(self) -> None:
        """Have the folder's change written to the disk, where the file system can do that.

        Where it cannot, that is not an error: every reader sees the new content already, and after
        a loss of power the whole old content would be there.
        """
        if self.descriptor is not None:
            with suppress(OSError):
                os.fsync(self.descriptor)

    def _remove_quietly(self, name: str) -> None:
        with suppress(OSError):
            self.remove(name)

    def _path(self, name: str) -> str:
        return os.path.join(self.path, name)
