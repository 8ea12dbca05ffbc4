"""Signals that this program gets and its child is to have.

They are blocked in the main thread and waited for there, which tells who has sent each: what the
terminal sends, it has sent to the child as well. Other threads do not block them, as the programs
that they start, such as a profile's `command:`, would inherit that. The kernel prefers whoever
waits; should it give another thread a signal in between, the handler notes it for the next look.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from typing import NamedTuple

# What a terminal sends to all processes in its foreground. It sends SIGHUP too, but only to the
# first process of all, which this may be.
FROM_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH})
PASSED_ON = FROM_TERMINAL | {
    *(signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT),
}
_WATCHED = PASSED_ON | {signal.SIGCHLD}
_ENDING = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM})
_LOOK_SECONDS = 1.0


class Received(NamedTuple):
    """A signal, and whether the terminal has sent it to the child as well."""

    number: int
    has_reached_child: bool


class Signals:
    """The signals from now on, for the main thread; they stay with this object to the end.

    Attributes:
        former_mask: what was blocked before.
    """

    def __init__(self) -> None:
        self._noted: deque[int] = deque()
        # Blocked before there are handlers: what comes in between waits, and is not lost.
        self.former_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        for number in _WATCHED:
            signal.signal(number, lambda number, _: self._noted.append(number))

    def next(self) -> Received:
        """Wait for the next signal; a second without one counts as SIGCHLD."""
        if not self._noted and (received := _waited_for()):
            return received
        if not self._noted:
            return Received(signal.SIGCHLD, has_reached_child=True)
        number = self._noted.popleft()
        return Received(number, number in FROM_TERMINAL and in_foreground(os.getpgrp()))

    def tell_to_end(self) -> bool:
        """Say whether one of those waits that programs are ended by."""
        return bool(_ENDING & {*self._noted, *signal.sigpending()})


def in_foreground(process_group: int) -> bool:
    """Say whether a process group is the one that the terminal sends its signals to."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == process_group
    finally:
        os.close(terminal)


if sys.platform == "darwin":  # not tried: it has no way to wait that tells the sender
    _BLOCKED: frozenset[signal.Signals] = frozenset()

    def _waited_for() -> Received | None:
        time.sleep(_LOOK_SECONDS / 10)
        return None

else:
    _BLOCKED = _WATCHED

    def _waited_for() -> Received | None:
        received = signal.sigtimedwait(_WATCHED, _LOOK_SECONDS)
        if received is None:
            return None
        by_kernel = received.si_code > 0
        return Received(received.si_signo, by_kernel and received.si_signo in FROM_TERMINAL)
