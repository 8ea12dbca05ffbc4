"""RetryPolicy: how often a call is tried, and how long it waits between the attempts.

Invariants: a call is retried only after errors that the caller declares retryable. If a service
says how long to wait, the next attempt begins after that time. No attempt begins after
`last_start`.
"""

from __future__ import annotations

import time

from osdu_auth.errors import OsduAuthError
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.log import trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Result = TypeVar("Result")

LONGEST_RETRY_AFTER = 60.0


class RetryPolicy(NamedTuple):
    """How often a call is tried.

    Each wait is random, between zero and a limit that grows ("full jitter"), so that many clients
    that failed together do not retry together.

    Args:
        attempts: the greatest number of attempts, the first one included.
        first_wait: the limit of the first wait, in seconds; each later limit is twice as long.
        last_start: seconds after the beginning; no attempt begins later.
        sleep: waits for a number of seconds.
        clock: a monotonic clock, in seconds.
    """

    attempts: int = 3
    first_wait: float = 0.4
    last_start: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(
        self, operation: Callable[[], Result], is_retryable: Callable[[OsduAuthError], bool]
    ) -> Result:
        """Return the result of `operation`, which is retried after retryable errors.

        Args:
            operation: makes one call.
            is_retryable: says whether the call may be retried after this error.

        Raises:
            OsduAuthError: the error of the last attempt.
        """
        begin = self.clock()
        attempt = 1
        while True:
            try:
                return operation()
            except OsduAuthError as error:
                if attempt >= self.attempts or not is_retryable(error):
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


def when_to_try_again(seconds: float | None) -> str:
    """Return the sentence that says when a service that cannot answer now is asked again.

    Args:
        seconds: as the service names them in `Retry-After`; None if it names no time.
    """
    from math import ceil

    wait = f"{ceil(seconds)} s" if seconds and seconds < LONGEST_RETRY_AFTER else "a minute"
    return f"Try again in {wait}."


def retry_after(text: str | None, now: float | None = None) -> float | None:
    """Read a `Retry-After` header (RFC 9110, section 10.2.3).

    Args:
        text: its value: seconds or a date.
        now: the time in seconds since 1970; None for the present time.

    Returns:
        Seconds, from 0 to 60; None where the header is missing or invalid.
    """
    text = (text or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        # A longer number is above the limit anyway, and thousands of digits are an error.
        return min(float(text[:18]), LONGEST_RETRY_AFTER)
    from email.utils import parsedate_to_datetime

    try:
        until = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    seconds = until - (time.time() if now is None else now)
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
