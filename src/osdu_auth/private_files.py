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
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from osdu_auth.ownership import NOTHING, access_of_others, is_ours_alone
from osdu_auth.private_paths import (
    Changeable,
    NotPrivate,
    close_unwritten,
    close_what_others_could_read,
    kind_of,
    make_folder,
    open_folder,
    require_ours,
    require_safe_way,
    require_unchanged,
    require_used_by_us_alone,
)
from osdu_auth.trusted_paths import FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

__all__ = ["LARGEST_FILE", "TEMPORARY", "Changeable", "NotPrivate", "PrivateFolder"]

MEBIBYTE = 1024 * 1024
LARGEST_FILE = 16 * MEBIBYTE
TEMPORARY = ".new"

_PRIVATE_FILE = 0o600
_NO_FILE = "is not a regular file"


class PrivateFolder:
    """An open folder, and the files in it by their names.

    `path` is where it lies, `descriptor` the open folder; None on Windows, which opens none.

    Args:
        path: the folder; its last part must not be a link.
        make: whether to make it, and what lacks above it, where it does not exist.
        ours_alone: whether it must belong to this user and is closed to all others, which takes
            nothing from them; nobody else may exchange what stands on the way to it; and its files
            have no second name.
        mend: whether what is found open to others is closed to them; otherwise it is left as it is,
            a folder that they could write to is refused, and so is a file that they could read.
        inside: an open folder in which `path` is a name; None where it is a path.

    Raises:
        FileNotFoundError: there is no such folder and `make` is false.
        Changeable: others could write to it, and it is not to be mended.
        NotPrivate: it belongs to another user, is a link or no folder, or others use it.
        OSError: the operating system refused.
    """

    def __init__(
        self,
        path: str,
        *,
        make: bool = False,
        ours_alone: bool = True,
        mend: bool = True,
        inside: PrivateFolder | None = None,
    ) -> None:
        self.path: str = path if inside is None else os.path.join(inside.path, path)
        self._ours_alone = ours_alone
        self._mend = mend
        self.descriptor: int | None = None
        if sys.platform == "win32":  # not tried: the profile folder is private there by custom
            if make:
                os.makedirs(self.path, exist_ok=True)
            if not os.path.isdir(self.path):
                raise FileNotFoundError(self.path)
            return
        if ours_alone and inside is None:
            require_safe_way(path)
        within = None if inside is None else inside.descriptor
        if make:
            make_folder(path, within)
        self.descriptor = open_folder(path, within, self.path)
        try:
            if not mend:
                require_unchanged(self.descriptor, self.path)
            elif ours_alone:
                if inside is None:  # what lies in a closed folder, nobody else can use
                    require_used_by_us_alone(self.descriptor, self.path)
                require_ours(self.descriptor, self.path)
        except BaseException:
            close_unwritten(self.descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.descriptor is not None:
            close_unwritten(self.descriptor)
            self.descriptor = None

    def read(self, name: str, advice: Callable[[], str] = str) -> bytes | None:
        """Return what a file holds, None where there is no such file.

        A file that others could read is closed to them, and that is logged once.

        Args:
            name: the file's name in this folder.
            advice: says what others who could read it may know now, and what to do about it.

        Raises:
            Changeable: others could have changed it, or it is another user's.
            NotPrivate: it is a link, no regular file, or larger than 16 MiB; or has a second name.
            OSError: the operating system refused.
        """
        try:
            # Without O_NONBLOCK a named pipe in the file's place would hold us until it is written.
            descriptor = self._open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        try:
            status = self._require_file(descriptor, name)
            if not is_ours_alone(status):
                self._require_believable(descriptor, name, advice)
            if status.st_size > LARGEST_FILE:
                raise NotPrivate(self._path(name), "is larger than 16 MiB")
            with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
                return file.read()
        finally:
            close_unwritten(descriptor)

    def replace(self, name: str, content: bytes, mode: int = _PRIVATE_FILE) -> None:
        """Put `content` in the place of a file, whole or not at all.

        Call it under a lock that is held for this file: its temporary name is fixed, so that a
        program that was killed leaves at most one, and the next call sweeps it away.

        Args:
            name: the file's name in this folder.
            content: all of its new content.
            mode: who else may read it; of what is sealed alone.

        Raises:
            OSError: the operating system refused; the old file is as it was.
        """
        temporary = name + TEMPORARY
        self.remove(temporary)
        try:
            descriptor = self._open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                self._fill(descriptor, content, mode)
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
            if self.descriptor is None:
                os.unlink(self._path(name))
            else:
                os.unlink(name, dir_fd=self.descriptor)
        except FileNotFoundError:
            return False
        self._settle()
        return True

    def open_lock_file(self, name: str) -> int:
        """Return a descriptor of the file that a lock is taken on, made where there is none.

        Raises:
            NotPrivate: it is a link, no regular file, or another user's; or has a second name.
            OSError: the operating system refused.
        """
        descriptor = self._open(name, os.O_RDWR | os.O_CREAT)
        try:
            self._require_file(descriptor, name)
            if sys.platform != "win32":
                require_ours(descriptor, self._path(name))
                os.fchmod(descriptor, _PRIVATE_FILE)  # whatever the umask took away
        except BaseException:
            close_unwritten(descriptor)
            raise
        return descriptor

    def _open(self, name: str, flags: int) -> int:
        try:
            if self.descriptor is None:
                return os.open(self._path(name), flags | FLAGS, _PRIVATE_FILE)
            return os.open(name, flags | FLAGS, _PRIVATE_FILE, dir_fd=self.descriptor)
        except OSError as error:
            kind = kind_of(self._path(name), None)
            if stat.S_ISLNK(kind):
                raise NotPrivate(self._path(name), "is a symbolic link") from error
            if kind and not stat.S_ISREG(kind):
                raise NotPrivate(self._path(name), _NO_FILE) from error
            raise

    def _require_file(self, descriptor: int, name: str) -> os.stat_result:
        """Return what is known of an open file that is regular, and has one name."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotPrivate(self._path(name), _NO_FILE)
        if self._ours_alone and status.st_nlink > 1:  # what we did to it would happen there too
            raise NotPrivate(self._path(name), "has a second name, a hard link")
        return status

    def _require_believable(self, descriptor: int, name: str, advice: Callable[[], str]) -> None:
        """Refuse an open file that others could have changed, and close it to them otherwise."""
        path = self._path(name)
        if not self._ours_alone:
            require_ours(descriptor, path)
        elif self._mend:
            close_what_others_could_read(descriptor, path, advice)
        elif access_of_others(os.fstat(descriptor), descriptor) != NOTHING:
            raise NotPrivate(path, "can be read by others")

    @staticmethod
    def _fill(descriptor: int, content: bytes, mode: int) -> None:
        if sys.platform != "win32":
            os.fchmod(descriptor, mode)  # whatever the umask took away
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        # The time by this computer's clock, where the disk of another one would give its own.
        with suppress(OSError):
            os.utime(descriptor, ns=(time.time_ns(),) * 2)
        os.fsync(descriptor)

    def _rename(self, temporary: str, name: str) -> None:
        if self.descriptor is None:
            os.replace(self._path(temporary), self._path(name))
            return
        os.replace(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def _settle(self) -> None:
        """Have the folder's own change written to the disk, where the file system can do that.

        It is no failure where it cannot: every reader has the new content already, and a loss of
        power would bring back the whole old one.
        """
        if self.descriptor is not None:
            with suppress(OSError):
                os.fsync(self.descriptor)

    def _remove_quietly(self, name: str) -> None:
        with suppress(OSError):
            self.remove(name)

    def _path(self, name: str) -> str:
        return os.path.join(self.path, name)
