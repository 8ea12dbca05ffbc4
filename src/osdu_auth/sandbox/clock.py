"""The sandbox's clock: real time, plus what a test has skipped."""

from __future__ import annotations

import threading
import time


class SandboxClock:
    """Tells the time to everything in one sandbox and can be moved forward by a test.

    Token lifetimes, challenge sessions, lockouts and grace periods all read this clock,
    so one `advance` ages them together. It never goes back: no far end has been seen to.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._skipped = 0.0

    def now(self) -> float:
        """Return the sandbox's time, in seconds since the Unix epoch."""
        return time.time() + self._skipped

    def machine_time(self) -> float:
        """Return the machine's own time, in seconds since the Unix epoch, with nothing skipped."""
        return time.time()

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Args:
            seconds: How far, in seconds; zero or more.

        Raises:
            ValueError: If `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("the sandbox's clock only moves forward")
        with self._lock:
            self._skipped += seconds

    def __repr__(self) -> str:
        return f"<SandboxClock {self._skipped:g} s ahead>"
