"""DaskWorkerBoard: a board as a Dask worker has it: what the plugin brought to its process."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from threading import Condition
from typing import TYPE_CHECKING

from osdu_auth.fleet import board_errors
from osdu_auth.fleet.board import NotPosted, Posted, Reading, gives_way, posted_in
from osdu_auth.fleet.boards_in_process import shared_board

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fleet.board import Board

    Say = Callable[[str, object], object]

NAME = "osdu-auth"
REFUSED = "-refused"  # the topic on which workers say that OSDU refused a token
_FROM_CLIENT = "Share from the program that has the Dask client: session.share(client)."

# What this worker's process was given, by the name of the plugin.
_received: dict[str, str] = {}
_say: dict[str, Say] = {}
_changed = Condition()


def _after_fork() -> None:
    global _changed  # noqa: PLW0603 - another thread of the parent may have held it
    _changed = Condition()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)


def receive(name: str, text: str, say: Say | None = None) -> None:
    """Have this process know what came for a board, where it is newer than what it has.

    Args:
        name: of the board.
        text: what came.
        say: has the publisher's side hear of an event, from any thread.
    """
    if say is not None:
        _say[name] = say
    posted: Posted | None = None
    with suppress(NotPosted):  # what cannot be read is for the worker to refuse, with the reason
        posted = posted_in(text)
    with _changed:
        if posted is None or gives_way(_received.get(name), posted, None, time.time()):
            _received[name] = text
            _changed.notify_all()


class DaskWorkerBoard:
    """The board as a Dask worker has it: it reads what the plugin brought; it implements `Board`.

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
        """What people call it."""
        return f"dask:{self._name}"

    def read(self) -> Reading | None:
        """Return what came; None where nothing did."""
        text = _received.get(self._name)
        return None if text is None else Reading(text)

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait for what comes."""
        with _changed:
            _changed.wait_for(lambda: _received.get(self._name) != known, seconds)
        return self.read()

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Refuse: workers publish nothing."""
        del posted, instead_of
        raise board_errors.refused(self.address, "A Dask worker publishes nothing.", _FROM_CLIENT)

    def lease(self, holder: str, seconds: float) -> bool:
        """Say no: workers publish nothing."""
        del holder, seconds
        return False

    def ask_for_newer(self, generation: int) -> None:
        """Have the client's publisher know that OSDU refused the token of a generation."""
        say = _say.get(self._name)
        if say is not None:
            say(self._name + REFUSED, {"generation": generation})

    def refused_generation(self) -> int | None:
        """Return None: the publisher hears of it on its own side."""
        return None

    def close(self) -> None:
        """Let go of nothing: the connection is Dask's."""
