"""Operations of a store under strace: their system calls, and the effect of a fault at each call.

A forked child waits until strace has attached to it, and then runs the operation. So the calls are
counted from its begin, and Python does not have to start each time. It runs in one thread, because
strace counts the calls of each thread separately.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import threading
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STRACE = shutil.which("strace")
needs_strace = pytest.mark.skipif(STRACE is None, reason="strace is not installed")

# Calls that change a disk or a lock.
CHANGING = frozenset(
    [
        *("write", "fsync", "fdatasync", "ftruncate", "flock", "close", "utimensat"),
        *("mkdir", "mkdirat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "link", "linkat"),
        *("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "symlink"),
    ]
)
_LINE = re.compile(r"(?:\[pid +)?(?:\d+\]? +)?(\w+)\((.*)\)\s+= (.*)")
_SET_PTRACER = 0x59616D61  # prctl(2): let a process attach that is not our parent
_ANY = ctypes.c_ulong(-1)
_WATCHED = "trace=%file,%desc"
_OVER = "/the-operation-is-over"

# Exit codes of a child that no operation returns.
CRASHED, LEAKED = 99, 98


@dataclass(frozen=True)
class Call:
    """One system call of an operation.

    Args:
        name: such as `openat`.
        ordinal: its number among the calls of that name, counted from 1.
        arguments: as strace prints them.
        result: as strace prints it.
    """

    name: str
    ordinal: int
    arguments: str
    result: str

    @property
    def changes(self) -> bool:
        """Whether it may change a disk or a lock."""
        return self.name in CHANGING or "O_CREAT" in self.arguments

    def inject(self, fault: str) -> list[str]:
        """Return the options of strace that make this call fail."""
        return ["-e", f"inject={self.name}:{fault}:when={self.ordinal}"]


@dataclass(frozen=True)
class Traced:
    """The result of an operation under strace.

    Args:
        status: as `os.waitpid` gives it.
        calls: its system calls, in order.
    """

    status: int
    calls: list[Call]


def traced(operation: Callable[[], int], log: Path, *options: str) -> Traced:
    """Run an operation in a child process under strace.

    Args:
        operation: the function; its result becomes the child's exit code.
        log: a file for the output of strace.
        options: more options of strace.
    """
    # The child waits with a call that is not traced, and signals when it does.
    waits, waiting = os.pipe()
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    with warnings.catch_warnings():
        # This process forks with threads; the child does not use anything of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _wait_and_do(operation, waiting)
    os.close(waiting)
    os.read(waits, 1)
    os.close(waits)
    log.touch(mode=0o600)  # it shows the written bytes
    signal.pthread_sigmask(signal.SIG_SETMASK, former)
    words = [str(STRACE), "-f", "-s", "300", "-o", str(log), "-e", _WATCHED]
    with subprocess.Popen(
        [*words, *options, "-p", str(child)], stderr=subprocess.PIPE, text=True
    ) as strace:
        assert strace.stderr
        attached = strace.stderr.readline()
        os.kill(child, signal.SIGUSR1)
        status = os.waitpid(child, 0)[1]
        strace.stderr.read()
    if "attached" not in attached:
        pytest.skip(f"strace may not trace here: {attached.strip()}")
    return Traced(status, _calls(log.read_text()))


def _wait_and_do(operation: Callable[[], int], waiting: int) -> None:
    """Run it in another thread, so that the session starts no thread, and exit with its result."""
    try:
        ctypes.CDLL(None).prctl(_SET_PTRACER, _ANY, 0, 0, 0)
        thread = threading.Thread(target=_do, args=(operation, waiting))
        thread.start()
        thread.join()
    finally:
        os._exit(CRASHED)


def _do(operation: Callable[[], int], waiting: int) -> None:
    code = CRASHED
    try:
        before = _open_files()
        os.write(waiting, b".")
        signal.sigwait({signal.SIGUSR1})
        code = operation()
        os.path.lexists(_OVER)
        if _open_files() != before:
            code = LEAKED
    finally:
        os._exit(code)


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def _calls(log: str) -> list[Call]:
    seen: dict[str, int] = {}
    calls = []
    for name, arguments, result in _LINE.findall(log.partition(_OVER)[0]):
        seen[name] = seen.get(name, 0) + 1
        calls.append(Call(name, seen[name], arguments, result))
    return calls
