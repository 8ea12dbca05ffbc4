"""Forks: a process forks only while no other thread is in the middle of an import.

A forked child has one thread: the thread that forked. If another thread was in the middle of an
import, that import never ends in the child. Its lock stays locked, and the child's own import of
that module waits for ever, as an import lock has no time-out. This package imports many of its
modules on first use, so a child could hang in any call that does more than return a fresh token.

How this module prevents it:

- A fork waits until no other thread imports anything. It gives up if no new module has been loaded
  for two seconds, and after ten seconds in any case (on a busy machine one import of ours takes
  more than two). If an import did not end in that time, later forks do not wait for it. An
  example is a program that runs while it is imported.
- It reads the import system's own locks. Each belongs to a module and to the thread that imports
  it. So imports of this package, of libraries and of the user's program are all seen.
- After that check, imports that other threads begin wait for the fork, two seconds at most: the
  fork may itself wait for such a thread, through a function that another library registered.
"""

import builtins
import os
import sys
import time
from _thread import _count as _number_of_other_threads
from _thread import get_ident  # `threading` is a hundred times as large

# Type checkers take this name for true; importing `typing` for it would cost milliseconds.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATIENCE = 2.0  # seconds without a new module
LONGEST_PATIENCE = 10.0  # seconds

_PAUSE = 0.0005  # seconds; other threads run in that time

# Locks of modules of Python that register a function to take the lock before each fork, and a
# function to release it after the fork. Python calls the functions that were registered last first.
# So a module that was imported after this one has taken its lock when `_before_fork` runs. Another
# thread may need that lock to end its import. So `_before_fork` releases these locks during its
# wait, and takes them again after the wait. It also takes the lock of a module whose import ended
# during the wait, because that module releases the lock after the fork.
_LOCKS = {
    module: lock
    for module, lock in {
        "logging": "_lock",
        "concurrent.futures.thread": "_global_shutdown_lock",
    }.items()
    if module not in sys.modules
}

# The import system's locks of the modules that are being imported, by the modules' names.
_MODULE_LOCKS: "Any" = getattr(sys.modules.get("_frozen_importlib"), "_module_locks", None)

# The identities of import locks that a fork has waited for without success.
_unfinished_imports: set[int] = set()
_forking: set[int] = set()  # threads that are about to fork
_original_import = builtins.__import__


def _before_fork() -> None:
    """Wait until no other thread is importing."""
    global _unfinished_imports  # noqa: PLW0603 - replaced as a whole, as several threads may fork
    if not _number_of_other_threads():
        return
    taken = [name for name in _LOCKS if _is_held(_lock(name))]
    for name in taken:
        _lock(name).release()
    last_deadline = time.monotonic() + LONGEST_PATIENCE
    deadline, loaded = 0.0, 0
    while True:
        if len(sys.modules) != loaded:
            loaded, deadline = len(sys.modules), time.monotonic() + PATIENCE
        _hold_back_imports()
        importing = _imports_of_other_threads()
        if importing <= _unfinished_imports:
            break
        if time.monotonic() >= min(deadline, last_deadline):
            _unfinished_imports = importing
            break
        _let_imports_go_on()
        time.sleep(_PAUSE)
    for name in _LOCKS:
        if name in taken or _is_imported(name):
            _lock(name).acquire()


def _after_fork_in_parent() -> None:
    _let_imports_go_on()


def _after_fork_in_child() -> None:
    _forking.clear()  # no other thread that was about to fork is in this process
    _let_imports_go_on()


def _hold_back_imports() -> None:
    global _original_import  # noqa: PLW0603 - another library may have replaced it
    _forking.add(get_ident())
    if builtins.__import__ is not _import_after_fork:
        _original_import = builtins.__import__
        builtins.__import__ = _import_after_fork


def _let_imports_go_on() -> None:
    _forking.discard(get_ident())
    if not _forking and builtins.__import__ is _import_after_fork:
        builtins.__import__ = _original_import


def _import_after_fork(*arguments: "Any", **named: "Any") -> "Any":
    """Import as usual, but after the running forks; a thread that forks does not wait."""
    deadline = time.monotonic() + PATIENCE
    while _forking and get_ident() not in _forking and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return _original_import(*arguments, **named)


def _lock(module: str) -> "Any":
    return getattr(sys.modules.get(module), _LOCKS[module], None)


def _is_held(lock: "Any") -> bool:
    """Return whether a lock is held: by this thread if the lock knows its owner, else by any."""
    if lock is None:
        return False
    return bool(lock._is_owned() if hasattr(lock, "_is_owned") else lock.locked())  # noqa: SLF001


def _is_imported(module: str) -> bool:
    """Return whether a module's import has finished, and the module has its lock."""
    is_initializing = getattr(
        getattr(sys.modules.get(module), "__spec__", None), "_initializing", False
    )
    return not is_initializing and _lock(module) is not None


def _imports_of_other_threads() -> set[int]:
    """Return the identity of the lock of each module that another thread is importing.

    The import system's own table is read: a call of `sys._current_frames` was seen to hang in a
    process with many threads.
    """
    locks = [each() for each in list(_MODULE_LOCKS.values())]
    return {id(lock) for lock in locks if lock is not None and _is_of_other_thread(lock)}


def _is_of_other_thread(lock: "Any") -> bool:
    """Return whether another thread has a module's lock, or is just taking it."""
    if lock.owner is not None:
        return bool(lock.owner != get_ident())
    inner = lock.lock  # held for a moment, before the owner is noted
    if not inner.acquire(blocking=False):
        return True
    inner.release()
    return False


# Windows has no fork, and other Pythons than CPython may have no such table.
if hasattr(os, "register_at_fork") and _MODULE_LOCKS is not None:
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
