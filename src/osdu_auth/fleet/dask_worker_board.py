"""DaskWorkerBoard: the board on a Dask worker, which has the text that Dask's plugin received."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from threading import Condition
from typing import TYPE_CHECKING

from osdu_auth.fleet import board_errors
from osdu_auth.fleet.board import NotPosted, Posted, Reading, may_replace, parse_posted
from osdu_auth.fleet.boards_in_process import shared_board

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fleet.board import Board

    LogEvent = Callable[[str, object], object]

NAME = "osdu-auth"
REFUSED = "-refused"  # the end of the topic on which workers report that OSDU refused a token
_FROM_CLIENT = "Share from the program that has the Dask client: session.share(client)."

# By the name of the board: the text that was received, and the function that sends an event to the
# publisher.
_received: dict[str, str] = {}
_log_event: dict[str, LogEvent] = {}
_changed = Condition()


def _after_fork() -> None:
    global _changed  # noqa: PLW0603 - another thread of the parent may have held it
    _changed = Condition()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)


def dask_address(name: str) -> str:
    """Return the address of a board that Dask distributes."""
    return f"dask:{name}"


def receive(name: str, text: str, log_event: LogEvent | None = None) -> None:
    """Keep a received text, if it is newer than the text that this process has.

    Args:
        name: of the board.
        text: the received text.
        log_event: sends an event to the publisher's side, from any thread.
    """
    if log_event is not None:
        _log_event[name] = log_event
    posted: Posted | None = None
    with suppress(NotPosted):  # the worker refuses it, and says why
        posted = parse_posted(text)
    with _changed:
        if posted is None or may_replace(_received.get(name), posted, None, time.time()):
            _received[name] = text
            _changed.notify_all()


class DaskWorkerBoard:
    """The board on a Dask worker, with the text that the plugin received; it implements `Board`.

    Args:
        name: of the board.
    """

    def __init__(self, name: str = NAME) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"DaskWorkerBoard({self._name!r})"

    def __reduce__(self) -> tuple[Callable[..., Board], tuple[object, ...]]:
        return shared_board, (DaskWorkerBoard, self._name)

    @property
    def address(self) -> str:
        """Its address, as errors show it."""
        return dask_address(self._name)

    def read(self) -> Reading | None:
        """Return the received text; None if no text was received yet."""
        text = _received.get(self._name)
        return None if text is None else Reading(text)

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait for another text."""
        with _changed:
            _changed.wait_for(lambda: _received.get(self._name) != known, seconds)
        return self.read()

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Refuse: workers publish nothing."""
        del posted, instead_of
        raise board_errors.refused(self.address, "A Dask worker publishes nothing.", _FROM_CLIENT)

    def lease(self, holder: str, seconds: float) -> bool:
        """Return False: workers publish nothing."""
        del holder, seconds
        return False

    def ask_for_newer(self, generation: int) -> None:
        """Ask the client's publisher for a newer token than one that OSDU refused."""
        log_event = _log_event.get(self._name)
        if log_event is not None:
            log_event(self._name + REFUSED, {"generation": generation})

    def refused_generation(self) -> int | None:
        """Return None: Dask reports it to the program with the client."""
        return None

    def close(self) -> None:
        """Do nothing: the connection is Dask's."""
