"""RetryPolicy: how often a call is tried, and how long it waits in between.

The law of this module: only what the caller declares repeatable is repeated, a service that says
how long to wait is obeyed, and no attempt begins so late that the whole outlasts its deadline.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from osdu_auth.errors import OsduAuthError
from osdu_auth.log import trace

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_RETRY_AFTER = 60.0

Result = TypeVar("Result")


class RetryPolicy(NamedTuple):
    """How often a call is tried.

    The waits grow and are random from nothing up ("full jitter"), so that many clients that failed
    together do not come back together.

    Args:
        most: how many attempts there are in all.
        first_wait: the longest first wait, in seconds; each further one may be twice as long.
        last_start: seconds from the beginning after which no further attempt begins.
        sleep: waits for a number of seconds.
        clock: a clock that only goes forward, in seconds.
    """

    most: int = 3
    first_wait: float = 0.4
    last_start: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(
        self, operation: Callable[[], Result], is_repeatable: Callable[[OsduAuthError], bool]
    ) -> Result:
        """Return what `operation` returns, tried again after the errors that allow it.

        Args:
            operation: makes one call.
            is_repeatable: says whether it may be made again after this error.

        Raises:
            OsduAuthError: the last attempt's.
        """
        begin = self.clock()
        attempt = 1
        while True:
            try:
                return operation()
            except OsduAuthError as error:
                if attempt >= self.most or not is_repeatable(error):
                    raise
                wait = self._wait(attempt, error.retry_after)
                if self.clock() - begin + wait > self.last_start:
                    raise
                trace("attempt %d failed: %s; the next is in %.1f s", attempt, error.code, wait)
            self.sleep(wait)
            attempt += 1

    def _wait(self, attempt: int, asked_for: float | None) -> float:
        import random

        jitter = random.uniform(0, self.first_wait * 2 ** (attempt - 1))  # noqa: S311 - no secret
        return (asked_for or 0.0) + jitter


def retry_after(text: str | None, now: float | None = None) -> float | None:
    """Read a `Retry-After` header (RFC 9110, section 10.2.3).

    Args:
        text: its value: seconds or a date.
        now: seconds since 1970; None for the clock's.

    Returns:
        Seconds, from 0 to 60; None where there is no header or no sense in it.
    """
    text = (text or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        # What is longer than this is more than the cap, and int() refuses thousands of digits.
        return min(float(text[:18]), LONGEST_RETRY_AFTER)
    from email.utils import parsedate_to_datetime

    try:
        until = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    seconds = until - (time.time() if now is None else now)
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
