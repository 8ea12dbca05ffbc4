"""Forks: a process forks while none of its other threads is half-way through an import.

A forked child has one thread, the one that forked. An import that another thread was in the middle
of never ends there: its lock stays locked, and the child's own import of that module would wait for
ever, as an import lock takes no time-out. This package imports much of itself in the thread that
first needs it, so a child might meet that in any call that does more than return a fresh token.

The laws of this module:

- A fork waits until no other thread is importing anything. It gives up when no module has come for
  two seconds, and after ten in any case, as on a machine that is busy an import of ours takes more
  than two. An import that was waited for in vain, as that of a program that runs while it is
  imported, is waited for once.
- It looks at the import system's own locks, of which each belongs to a module and to the thread
  that imports it. So no import has to be announced, be it one of ours, of a library or of the
  user's program.
- From that look to the fork, what other threads begin to import waits for the fork, for two seconds
  at most as well: another library's part of the fork may be waiting for such a thread.
"""

import builtins
import os
import sys
import time
from _thread import _count as _other_threads
from _thread import get_ident  # `threading` is a hundred times as large

# Type checkers take this name for true; importing `typing` for it would cost milliseconds.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATIENCE = 2.0  # seconds without another module
LONGEST_PATIENCE = 10.0  # seconds

_TURN = 0.0005  # seconds in which the other threads go on

# Locks that modules of Python take before a fork and release after it. What comes later than this
# module is asked to take its own before this one is asked to wait: an import of `logging` that has
# come so far needs that lock to go on. What comes while a fork waits is asked to release its lock
# alone. So these are free during the wait, and taken after it.
_LOCKS = {
    module: lock
    for module, lock in {
        "logging": "_lock",
        "concurrent.futures.thread": "_global_shutdown_lock",
    }.items()
    if module not in sys.modules
}

# The locks of the modules that are being imported, by their names: the import system's own.
_MODULE_LOCKS: "Any" = getattr(sys.modules.get("_frozen_importlib"), "_module_locks", None)

# What a fork has waited for in vain: the identities of the locks of modules being imported.
_in_vain: set[int] = set()
_forking: set[int] = set()  # threads that are about to fork
_import = builtins.__import__


def _before_fork() -> None:
    """Wait until no other thread is importing."""
    global _in_vain  # noqa: PLW0603 - replaced as a whole, as several threads may fork
    if not _other_threads():
        return
    taken = [name for name in _LOCKS if _is_held(_lock(name))]
    for name in taken:
        _lock(name).release()
    last_deadline = time.monotonic() + LONGEST_PATIENCE
    deadline, there = 0.0, 0
    while True:
        if len(sys.modules) != there:
            there, deadline = len(sys.modules), time.monotonic() + PATIENCE
        _hold_back_imports()
        importing = _imports_of_others()
        if importing <= _in_vain:
            break
        if time.monotonic() >= min(deadline, last_deadline):
            _in_vain = importing
            break
        _let_imports_go_on()
        time.sleep(_TURN)
    for name in _LOCKS:
        if name in taken or _is_imported(name):
            _lock(name).acquire()


def _after_fork_in_parent() -> None:
    _let_imports_go_on()


def _after_fork_in_child() -> None:
    _forking.clear()  # no other thread that was about to fork is in this process
    _let_imports_go_on()


def _hold_back_imports() -> None:
    global _import  # noqa: PLW0603 - it may be another library's by now
    _forking.add(get_ident())
    if builtins.__import__ is not _import_after_fork:
        _import = builtins.__import__
        builtins.__import__ = _import_after_fork


def _let_imports_go_on() -> None:
    _forking.discard(get_ident())
    if not _forking and builtins.__import__ is _import_after_fork:
        builtins.__import__ = _import


def _import_after_fork(*arguments: "Any", **named: "Any") -> "Any":
    """Import as usual, after the forks that are under way; a thread that forks does so at once."""
    deadline = time.monotonic() + PATIENCE
    while _forking and get_ident() not in _forking and time.monotonic() < deadline:
        time.sleep(_TURN)
    return _import(*arguments, **named)


def _lock(module: str) -> "Any":
    return getattr(sys.modules.get(module), _LOCKS[module], None)


def _is_held(lock: "Any") -> bool:
    """Say whether a lock is held; where that can be told, by this thread."""
    if lock is None:
        return False
    return bool(lock._is_owned() if hasattr(lock, "_is_owned") else lock.locked())  # noqa: SLF001


def _is_imported(module: str) -> bool:
    """Say whether a module has been imported to its end, and has its lock."""
    is_begun = getattr(getattr(sys.modules.get(module), "__spec__", None), "_initializing", False)
    return not is_begun and _lock(module) is not None


def _imports_of_others() -> set[int]:
    """Return the identity of each lock of a module that another thread is importing.

    It is the import system's own table that is looked at: asking for the frames of all threads
    (`sys._current_frames`) was seen to hang in a process of many threads.
    """
    locks = [each() for each in list(_MODULE_LOCKS.values())]
    return {id(lock) for lock in locks if lock is not None and _is_anothers(lock)}


def _is_anothers(lock: "Any") -> bool:
    """Say whether a module's lock belongs to another thread, or one is just taking it."""
    if lock.owner is not None:
        return bool(lock.owner != get_ident())
    inner = lock.lock  # held for a moment, before the owner is noted
    if not inner.acquire(blocking=False):
        return True
    inner.release()
    return False


# Windows has no fork, and other Pythons may not tell what their threads are doing.
if hasattr(os, "register_at_fork") and _MODULE_LOCKS is not None:
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
