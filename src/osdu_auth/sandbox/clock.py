"""The sandbox's clock: the machine's time, plus the seconds that a test has skipped."""

from __future__ import annotations

import threading
import time


class SandboxClock:
    """The time of one sandbox, which a test can move forward.

    Token lifetimes, challenge sessions, lockouts and grace periods all read this clock, so one
    `advance` moves all of them. It never goes back: the clock of a real service does not go back.
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
            seconds: the seconds to skip; zero or more.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("the sandbox's clock only moves forward")
        with self._lock:
            self._skipped += seconds

    def __repr__(self) -> str:
        return f"<SandboxClock {self._skipped:g} s ahead>"
