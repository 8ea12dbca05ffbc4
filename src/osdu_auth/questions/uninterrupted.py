"""Keeping Ctrl-C and its like off until what belongs together is written together."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Have signals that end a program wait until the block has ended, and let them act then.

    They are not blocked, as programs that are started in the block would inherit that. Another
    thread than the main one gets no signals.
    """
    if current_thread() is not main_thread():
        yield
        return
    received: list[int] = []
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    former = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if former[number] not in {signal.SIG_IGN, None}:
            signal.signal(number, lambda number, _: received.append(number))
    try:
        yield
    finally:
        for number, handler in former.items():
            if handler not in {signal.SIG_IGN, None}:
                signal.signal(number, handler)
        for number in dict.fromkeys(received):
            signal.raise_signal(number)
