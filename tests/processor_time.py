"""Limits of work, in the processor time of one thread.

A wall clock also counts the time in which other programs have the processor, so work on a busy
machine seems slow. Processor time does not count it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if this thread works longer in the `with` block.

    Args:
        seconds: seconds of processor time; far more than the work takes, and far less than it would
            take with the fault that the test is about.
    """
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    assert took < seconds, f"it took {took:.2f} seconds of processor time"
