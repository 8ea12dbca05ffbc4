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
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

# What a terminal sends to all processes in its foreground. It sends SIGHUP too, but only to the
# first process of all, which this may be.
_FROM_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH})
_PASSED_ON = _FROM_TERMINAL | {
    *(signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT),
}
_WATCHED = _PASSED_ON | {signal.SIGCHLD}
_ENDING = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM})
_LOOK_SECONDS = 0.5


class Received(NamedTuple):
    """A signal, and whether the terminal has sent it to the child as well."""

    number: int
    has_reached_child: bool


class Signals:
    """The signals from now on, for the main thread; they stay with this object to the end.

    Attributes:
        former_mask: what was blocked before, for the child.
        mask_of_threads: what other threads are to block. The signal of Ctrl-Z is among it: that we
            stop once, and when the child has, is for the main thread to see to.
    """

    def __init__(self) -> None:
        self._noted: deque[Received] = deque()
        # What is ignored, as nohup has it, is ignored by the child as well.
        ignored = {number for number in _PASSED_ON if signal.getsignal(number) == signal.SIG_IGN}
        self._watched = _WATCHED - ignored
        # Blocked before there are handlers: what comes in between waits, and is not lost.
        self.former_mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched & _BLOCKED)
        self.mask_of_threads = self.former_mask | {signal.SIGTSTP}
        for number in self._watched:
            signal.signal(number, self._note)

    def next(self) -> Received:
        """Wait for the next signal; half a second without one counts as SIGCHLD."""
        received = None if self._noted else _waited_for(self._watched)
        if received is None and self._noted:
            received = self._noted.popleft()
        return received or Received(signal.SIGCHLD, has_reached_child=True)

    def tell_to_end(self) -> bool:
        """Say whether one of those waits that programs are ended by."""
        return bool(_ENDING & {*(noted.number for noted in self._noted), *signal.sigpending()})

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Note a signal of which the sender is not known."""
        del frame
        from_terminal = number in _FROM_TERMINAL and in_foreground(os.getpgrp())
        self._noted.append(Received(number, from_terminal))


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

    def _waited_for(numbers: Iterable[int]) -> Received | None:
        del numbers
        time.sleep(_LOOK_SECONDS / 10)
        return None

else:
    _BLOCKED = _WATCHED

    def _waited_for(numbers: Iterable[int]) -> Received | None:
        received = signal.sigtimedwait(numbers, _LOOK_SECONDS)
        if received is None:
            return None
        by_kernel = received.si_code > 0
        return Received(received.si_signo, by_kernel and received.si_signo in _FROM_TERMINAL)
