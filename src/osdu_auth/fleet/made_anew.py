"""What threads of the parent may have held at a fork, and is made anew in the child.

A forked child has one thread. A lock that another thread of the parent held at that moment is never
released there, and a connection would be used by both.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

_all: WeakKeyDictionary[Any, Callable[[Any], object]] = WeakKeyDictionary()


def in_each_child(owner: Any, make_anew: Callable[[Any], object]) -> None:
    """Have something of an owner made anew in each forked child, for as long as the owner is there.

    Args:
        owner: of locks, threads or connections.
        make_anew: is called with the owner, when no other thread of the child is there yet.
    """
    _all[owner] = make_anew


def _after_fork() -> None:
    for owner, make_anew in tuple(_all.items()):
        make_anew(owner)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
