"""The boards that are in use in this process, and the objects that are reset after a fork.

Tasks that are sent to one process, and sources that name one address, share a board: its
connections and the thread that follows it.

A forked child has one thread. A lock that another thread of the parent held at that moment is never
released in the child, and a connection would be used by parent and child.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fleet.board import Board

_resets: WeakKeyDictionary[Any, Callable[[Any], object]] = WeakKeyDictionary()


def call_after_fork(owner: Any, reset: Callable[[Any], object]) -> None:
    """Call a function with an object in each forked child, as long as the object exists.

    Args:
        owner: an object that has locks, threads or connections.
        reset: makes new locks, threads or connections; it is called with the owner, before the
            child has a second thread.
    """
    _resets[owner] = reset


class _BoardsInUse:
    """The boards in use, by the function that opened them and its arguments."""

    def __init__(self) -> None:
        self.boards: WeakValueDictionary[tuple[object, ...], Board] = WeakValueDictionary()
        self.make_lock()
        call_after_fork(self, _BoardsInUse.make_lock)

    def make_lock(self) -> None:
        self.lock = threading.RLock()  # opening one board may open another


_in_use = _BoardsInUse()


def shared_board(open_board: Callable[..., Board], *arguments: object) -> Board:
    """Return the board that this process has opened in this way and still uses, or open it.

    Args:
        open_board: a board's class, or a function that opens an address.
        arguments: it is called with them.
    """
    key = (open_board, *arguments)
    with _in_use.lock:
        board = _in_use.boards.get(key)
        if board is None:
            board = _in_use.boards[key] = open_board(*arguments)
        return board


def _after_fork() -> None:
    for owner, reset in tuple(_resets.items()):
        reset(owner)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
