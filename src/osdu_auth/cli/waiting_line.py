"""The line that a terminal shows while the program waits for the network.

Invariant: the line is written to terminals only, and removed before any other text is printed.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

from osdu_auth.text import printable
from osdu_auth.wire.progress import show_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE = 2.0  # seconds of waiting without a line
_OF_AWS = (".amazonaws.com", ".amazonaws.com.cn")
_LONGEST = 200  # characters
_DEFAULT_SIZE = (80, 24)


@contextmanager
def waiting_line() -> Iterator[None]:
    """Show the line during each wait for the network in the block; standard error is a terminal.

    The line is removed when the block ends, even if a thread of ours still waits: Ctrl-C ends the
    command, and a renewal may go on in its thread.
    """
    line = _Line()
    show_waiting(line.shown)
    try:
        yield
    finally:
        show_waiting(None)
        line.end()


def stop_waiting_line() -> None:
    """Show no line from now on, as another program uses the terminal."""
    show_waiting(None)


class _Line:
    """At most one line, also if one wait is inside another, or in another thread."""

    def __init__(self) -> None:
        self._ended: Event | None = None
        self._drawing: Thread | None = None

    @contextmanager
    def shown(self, host: str) -> Iterator[None]:
        """Show the line after `SILENCE` seconds, until the block ends."""
        if self._drawing is not None:
            yield
            return
        self._ended = Event()
        self._drawing = Thread(
            target=_draw, args=(host, self._ended), name="osdu-auth waiting", daemon=True
        )
        self._drawing.start()
        try:
            yield
        finally:
            self.end()

    def end(self) -> None:
        """Remove the line, if there is one."""
        drawing = self._drawing
        if drawing is not None and self._ended is not None:
            self._ended.set()
            drawing.join()
            self._drawing = None


def _draw(host: str, ended: Event) -> None:
    if ended.wait(SILENCE):
        return
    import shutil

    for suffix in _OF_AWS:
        host = host.removesuffix(suffix)
    columns = shutil.get_terminal_size(_DEFAULT_SIZE).columns
    # A line as wide as the terminal would wrap to two lines, and only the second be removed.
    text = f"waiting for {printable(host, _LONGEST)}… Ctrl-C ends it"[: max(0, columns - 1)]
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
        ended.wait()
        plain = os.environ.get("TERM", "dumb") == "dumb"
        sys.stderr.write(f"\r{' ' * len(text)}\r" if plain else "\r\x1b[2K")
        sys.stderr.flush()
