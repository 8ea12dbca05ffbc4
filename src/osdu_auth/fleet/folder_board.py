"""FolderBoard: a board in a folder that publisher and workers can read, such as a shared folder.

    <folder>/
        token           the line that the board holds; replaced as a whole
        lease           which publisher has the lease, and until when
        refused         the generation that a worker asked to replace
        lock            held while another file is written; never deleted

The token file is sealed, so all users of its folder may read it. A file is not trusted only because
it is in the folder. A worker does not need to write.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from osdu_auth.errors import BoardUnavailable
from osdu_auth.file_lock import FileLock
from osdu_auth.fixes import Blank
from osdu_auth.fleet import board_errors
from osdu_auth.fleet.board import LONGEST_TEXT, Posted, Reading, is_ahead, may_replace
from osdu_auth.fleet.boards_in_process import shared_board
from osdu_auth.private_files import NotPrivate, PrivateFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.fleet.board import Board

_TOKEN, _LEASE, _REFUSED, _LOCK = "token", "lease", "refused", "lock"
_INTERVAL = 0.25  # seconds between two looks at the file's date
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_FORBIDDEN = {errno.EACCES, errno.EPERM}


class FolderBoard:
    """A board in a folder; it implements `Board`.

    Args:
        path: the folder; a `~` that it begins with is the home folder.
        patience: seconds to wait for another writer.
        clock: seconds since 1970.
    """

    def __init__(
        self, path: str, *, patience: float = 10.0, clock: Callable[[], float] = time.time
    ) -> None:
        self.path = os.path.join(os.getcwd(), os.path.expanduser(path))
        self._patience = patience
        self._clock = clock
        self._known_date: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"FolderBoard({self.path!r})"

    def __reduce__(self) -> tuple[Callable[..., Board], tuple[object, ...]]:
        return shared_board, (FolderBoard, self.path)

    @property
    def address(self) -> str:
        """Its address, as errors show it."""
        return f"dir:{self.path}"

    def read(self) -> Reading | None:
        """Return the text; None if there is no text, or if the folder does not exist yet."""
        text = self._text_of(_TOKEN)
        return None if text is None else Reading(text)

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Put a token on the board, unless an equally new token is there; as for `Board.put`."""
        now = self._clock()
        if is_ahead(posted.generation, now):
            raise board_errors.ahead_of_clock(self.address)
        with self._opened_to_write() as folder:
            if not may_replace(self._text_of(_TOKEN), posted, instead_of, now):
                return False
            folder.replace(_TOKEN, posted.text.encode("ascii"), self._mode())
        return True

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait for the file's date to change."""
        end = time.monotonic() + seconds
        while True:
            date = self._date()
            if date != self._known_date:
                self._known_date = date  # set before the reading, so that a later change is noticed
                reading = self.read()
                if reading is not None and reading.text != known:
                    return reading
            left = end - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(_INTERVAL, left))

    def lease(self, holder: str, seconds: float) -> bool:
        """Take or keep the lease; return whether it is held."""
        now = self._clock()
        with self._opened_to_write() as folder:
            present, _, until = (self._text_of(_LEASE) or "").partition(" ")
            is_held = until.isdecimal() and now < int(until) / 1000 < now + 2 * seconds
            if is_held and present != holder:
                return False
            folder.replace(_LEASE, f"{holder} {int((now + seconds) * 1000)}".encode("ascii"))
        return True

    def ask_for_newer(self, generation: int) -> None:
        """Ask the publisher for a newer token than one that OSDU refused.

        Workers of another user than the publisher cannot write here; then this does nothing.
        """
        with suppress(BoardUnavailable), self._opened_to_write() as folder:
            folder.replace(_REFUSED, str(generation).encode("ascii"))

    def refused_generation(self) -> int | None:
        """Return the generation that a worker asked to replace; None if there is none."""
        text = self._text_of(_REFUSED) or ""
        return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else None

    def close(self) -> None:
        """Do nothing: there is no connection."""

    @contextmanager
    def _opened_to_write(self) -> Iterator[PrivateFolder]:
        try:
            with (
                PrivateFolder(self.path, make=True, must_be_private=False) as folder,
                FileLock(folder, _LOCK, self._patience),
            ):
                yield folder
        except NotPrivate as error:
            raise board_errors.refused(self.address, f"{error}.", _ELSEWHERE) from None
        except OSError as error:
            raise self._error_for(error) from None

    def _text_of(self, name: str) -> str | None:
        """Return the content of a file; None if the file does not exist."""
        flags = os.O_RDONLY
        for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"):  # Windows does not have these flags
            flags |= getattr(os, flag, 0)
        try:
            descriptor = os.open(os.path.join(self.path, name), flags)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._error_for(error) from None
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            try:
                return file.read(LONGEST_TEXT + 1).decode("ascii", "replace")
            except OSError as error:
                raise self._error_for(error) from None

    def _date(self) -> tuple[int, ...]:
        try:
            status = os.stat(os.path.join(self.path, _TOKEN))
        except OSError:
            return ()
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _mode(self) -> int:
        """Return the mode of a file that the users of its folder may read."""
        of_folder = os.stat(self.path).st_mode
        may_read = [bit for bit in (0o050, 0o005) if of_folder & bit == bit]
        return 0o600 | sum(bit & 0o044 for bit in may_read)

    def _error_for(self, error: OSError) -> BoardUnavailable:
        if isinstance(error, TimeoutError) and error.errno is None:  # `FileLock`'s, not the disk's
            return board_errors.no_answer_in_time(self.address, self._patience)
        why = f"The operating system says: {error.strerror}."
        if error.errno in _FULL:
            return board_errors.not_writable(
                self.address, why, "Free some space, or make the disk writable; then try again."
            )
        if error.errno in _FORBIDDEN:
            return board_errors.refused(self.address, why, _ELSEWHERE)
        return board_errors.unreachable(self.address, why)


LONGEST_NUMBER = 17  # digits, of a generation
_ANOTHER = board_errors.share_command(Blank("dir:/a/folder"))
_ELSEWHERE = "Get access to the folder for your user, or use another folder: " + _ANOTHER
