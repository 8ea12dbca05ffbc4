"""The signals that this program gets and passes on to its child.

The main thread blocks the signals and waits for them, since that shows the sender of each signal:
the terminal sends its signals to the child itself, and those are not passed on. Other threads do
not block them, as programs that those threads start, such as a profile's `command:`, would inherit
the block. The kernel prefers the waiting thread; if another thread gets a signal, the handler
records it for the main thread.
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

# The signals that a terminal sends to all processes in its foreground. It sends SIGHUP too, but
# only to the session's first process, which this process may be.
_FROM_TERMINAL = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH})
_PASSED_ON = _FROM_TERMINAL | {
    *(signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT),
}
_WATCHED = _PASSED_ON | {signal.SIGCHLD}
_ENDING = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM})
_WAIT_SECONDS = 0.5


class Received(NamedTuple):
    """A signal, and whether the terminal has sent it to the child too."""

    number: int
    has_reached_child: bool


class Signals:
    """Receives the signals in the main thread, from now until the process ends.

    Attributes:
        former_mask: the signals that were blocked before, for the child.
        mask_of_threads: the signals that other threads block. Ctrl-Z's signal is among them, since
            the main thread stops this process, once, after the child has stopped.
    """

    def __init__(self) -> None:
        self._recorded: deque[Received] = deque()
        # The child ignores what this process ignores, as under nohup.
        ignored = {number for number in _PASSED_ON if signal.getsignal(number) == signal.SIG_IGN}
        self._watched = _WATCHED - ignored
        # Blocked before the handlers are set: a signal in between stays pending and is not lost.
        self.former_mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched & _BLOCKED)
        self.mask_of_threads = self.former_mask | {signal.SIGTSTP}
        for number in self._watched:
            signal.signal(number, self._record)

    def next(self) -> Received:
        """Wait for the next signal; half a second without one counts as SIGCHLD."""
        received = None if self._recorded else _wait_for(self._watched)
        if received is None and self._recorded:
            received = self._recorded.popleft()
        return received or Received(signal.SIGCHLD, has_reached_child=True)

    def has_ending_signal(self) -> bool:
        """Return whether a signal that ends a program has arrived and was not handled yet."""
        recorded = {received.number for received in self._recorded}
        return bool(_ENDING & {*recorded, *signal.sigpending()})

    def _record(self, number: int, frame: FrameType | None) -> None:
        """Record a signal whose sender is unknown."""
        del frame
        from_terminal = number in _FROM_TERMINAL and in_foreground(os.getpgrp())
        self._recorded.append(Received(number, from_terminal))


def in_foreground(process_group: int) -> bool:
    """Return whether the terminal sends its signals to a process group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == process_group
    finally:
        os.close(terminal)


if sys.platform == "darwin":  # not tried: macOS has no wait function that shows the sender
    _BLOCKED: frozenset[signal.Signals] = frozenset()

    def _wait_for(numbers: Iterable[int]) -> Received | None:
        del numbers
        time.sleep(_WAIT_SECONDS / 10)
        return None

else:
    _BLOCKED = _WATCHED

    def _wait_for(numbers: Iterable[int]) -> Received | None:
        received = signal.sigtimedwait(numbers, _WAIT_SECONDS)
        if received is None:
            return None
        by_kernel = received.si_code > 0
        return Received(received.si_signo, by_kernel and received.si_signo in _FROM_TERMINAL)
