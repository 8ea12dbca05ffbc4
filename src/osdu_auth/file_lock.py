"""Lock: one holder at a time, across threads and processes, on a file that stays where it is.

The law of this module: the kernel holds the lock, so it ends with its holder however that ends; and
the file that it is taken on is never renamed or removed, since two processes that lock two files of
one name would both think they hold it. Only `exec` removes one, for its token file: it does so as
the holder, together with the folder, which is not made again. A holder may leave a note in the file
for the next one. It may be lost or torn by a crash, and is no more than a note.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from osdu_auth.private_paths import close_unwritten

if TYPE_CHECKING:
    from typing_extensions import Self

    from osdu_auth.private_files import PrivateFolder

_FIRST_PAUSE = 0.02  # seconds
_LONGEST_PAUSE = 0.1  # seconds
_PAUSE_GROWTH = 1.5
_LONGEST_NOTE = 65_536  # bytes

# The descriptors that locks are held or waited for on.
_open: set[int] = set()


class FileLock:
    """A lock that is held from now on; `release()` it, or use it in a `with` statement.

    Args:
        folder: where its file lies, or is made.
        name: the name of its file.
        patience: seconds to wait for another holder.

    Raises:
        TimeoutError: another holder kept it for all of `patience`.
        NotPrivate: the file is not one to trust.
        OSError: the operating system or the file system refused.
    """

    def __init__(self, folder: PrivateFolder, name: str, patience: float) -> None:
        self._process = os.getpid()
        descriptor = folder.open_lock_file(name)
        _open.add(descriptor)
        try:
            _wait(descriptor, patience)
        except BaseException:
            _close(descriptor)
            raise
        self._descriptor: int | None = descriptor

    def leave_note(self, note: bytes) -> None:
        """Write a note for the next holders, in place of the former one.

        Raises:
            OSError: the operating system or the file system refused.
        """
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, note)

    def read_note(self) -> bytes:
        """Return the note of a former holder; empty where there is none.

        Raises:
            OSError: the operating system or the file system refused.
        """
        if self._descriptor is None:
            return b""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, _LONGEST_NOTE)

    def release(self) -> None:
        """Let the next one have it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or os.getpid() != self._process:
            return  # it is the parent's hold, which this child has no part in
        # What was done under the lock is done, and the kernel frees it whatever it answers here.
        with suppress(OSError):
            _unlock(descriptor)
        _close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def _close(descriptor: int) -> None:
    _open.discard(descriptor)
    close_unwritten(descriptor)


def _after_fork() -> None:
    """Close a child's copies: the kernel would keep the parent's locks for it when that dies."""
    while _open:
        os.close(_open.pop())


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)


def _wait(descriptor: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    pause = _FIRST_PAUSE
    while not _try_lock(descriptor):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        time.sleep(min(pause, left))
        pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE)


if sys.platform == "win32":  # not tried
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
