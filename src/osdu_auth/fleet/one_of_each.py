"""One board of each kind and address in a process, which all tasks that are sent it share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from osdu_auth.fleet.made_anew import in_each_child

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fleet.board import Board

Made = TypeVar("Made", bound="Board")


class _Boards:
    """Those that are in use in this process."""

    def __init__(self) -> None:
        self.there: WeakValueDictionary[tuple[object, ...], Board] = WeakValueDictionary()
        self.make_anew()
        in_each_child(self, _Boards.make_anew)

    def make_anew(self) -> None:
        self.lock = threading.RLock()  # a board may be made of another one


_boards = _Boards()


def one_of_each(make: Callable[..., Board], *arguments: object) -> Board:
    """Return the board that was made so in this process and is in use, or make it.

    Args:
        make: a board's class, or what opens an address.
        arguments: what it is called with.
    """
    how = (make, *arguments)
    with _boards.lock:
        board = _boards.there.get(how)
        if board is None:
            board = _boards.there[how] = make(*arguments)
        return board
