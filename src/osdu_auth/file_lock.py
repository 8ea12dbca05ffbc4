"""FileLock: a lock with one holder at a time, across threads and processes.

Invariants:

- The kernel keeps the lock, so the lock ends when the holder's process ends, for any reason.
- The lock file is never renamed or removed. If it were replaced, two processes could lock two
  files of the same name at the same time. There is one exception: `exec` removes its lock file
  while it holds the lock, together with the folder, which no program makes again.
- The holder may leave a note in the lock file for the next holder. A crash may lose or damage it.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.private_paths import close_quietly

if TYPE_CHECKING:
    from typing_extensions import Self

    from osdu_auth.private_files import PrivateFolder

_FIRST_PAUSE = 0.02  # seconds
_LONGEST_PAUSE = 0.1  # seconds
_PAUSE_GROWTH = 1.5
_LONGEST_NOTE = 65_536  # bytes

# The descriptors of the locks that are held or waited for.
_descriptors: set[int] = set()


class FileLock:
    """A lock that is held when the constructor returns; `release()` it, or use `with`.

    Args:
        folder: the folder of the lock file, which is made if it is absent.
        name: the name of the lock file.
        patience: seconds to wait for another holder.

    Raises:
        TimeoutError: another holder kept the lock for all of `patience`.
        NotPrivate: the lock file is not safe to use.
        OSError: the operating system or the file system refused.
    """

    def __init__(self, folder: PrivateFolder, name: str, patience: float) -> None:
        self._process = os.getpid()
        descriptor = folder.open_lock_file(name)
        _descriptors.add(descriptor)
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
        """Release the lock."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or os.getpid() != self._process:
            return  # the parent process holds the lock; this child process does not
        # The work under the lock is finished, and closing the file releases the lock in any case.
        with suppress(OSError):
            _unlock(descriptor)
        _close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def _close(descriptor: int) -> None:
    _descriptors.discard(descriptor)
    close_quietly(descriptor)


def _after_fork() -> None:
    """Close the child's copies, which would keep the parent's locks held after the parent's end."""
    while _descriptors:
        os.close(_descriptors.pop())


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
