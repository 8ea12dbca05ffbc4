"""The waiting line: what a person at a terminal sees while the network is slow to answer.

The law of this module: it is drawn on a terminal and nowhere else, and is gone before anything else
is said.
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

SILENCE = 2.0  # seconds; what is answered within them needs no word
_OF_AWS = (".amazonaws.com", ".amazonaws.com.cn")
_LONGEST = 200  # characters
_CUSTOMARY = (80, 24)


@contextmanager
def waiting_line() -> Iterator[None]:
    """Have a line shown whenever the network is waited for; standard error is a terminal.

    When the block ends, the line is gone, even where a thread of ours still waits: Ctrl-C ends the
    wait of the person, and not always that of a renewal.
    """
    line = _Line()
    show_waiting(line.shown)
    try:
        yield
    finally:
        show_waiting(None)
        line.end()


def show_no_waiting_line() -> None:
    """Have none shown any more, as another program has the terminal from now on."""
    show_waiting(None)


class _Line:
    """One line at the most, whatever is waited for within another wait, or in another thread."""

    def __init__(self) -> None:
        self._ended: Event | None = None
        self._drawing: Thread | None = None

    @contextmanager
    def shown(self, host: str) -> Iterator[None]:
        """Show the line from some seconds on, until the block ends."""
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
        """Take the line away, if there is one."""
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
    columns = shutil.get_terminal_size(_CUSTOMARY).columns
    # A line that is as wide as the terminal would be two, and the first one would stay.
    text = f"waiting for {printable(host, _LONGEST)}… Ctrl-C ends it"[: max(0, columns - 1)]
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
        ended.wait()
        plain = os.environ.get("TERM", "dumb") == "dumb"
        sys.stderr.write(f"\r{' ' * len(text)}\r" if plain else "\r\x1b[2K")
        sys.stderr.flush()
