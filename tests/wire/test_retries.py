"""RetryPolicy: how often, with which waits, and until when."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.errors import ServiceBusy, Unreachable
from osdu_auth.wire import RetryPolicy, retry_after


class Clock:
    """A clock that advances only during sleep or work."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


class Operation:
    """Fails a number of times, each after some seconds, and then returns "done"."""

    def __init__(
        self, clock: Clock, failures: int, *, wait: float | None = None, takes: float = 0
    ) -> None:
        self.clock, self.failures, self.wait, self.takes = clock, failures, wait, takes
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        self.clock.time += self.takes
        if self.count <= self.failures:
            raise ServiceBusy("busy", code="OA-N640", retry_after=self.wait)
        return "done"


def attempts(clock: Clock) -> RetryPolicy:
    return RetryPolicy(sleep=clock.sleep, clock=clock)


def test_a_repeatable_operation_is_tried_three_times_and_no_more() -> None:
    clock = Clock()
    twice = Operation(clock, 2)
    assert attempts(clock).run(twice, lambda _: True) == "done"
    assert twice.count == 3
    for_ever = Operation(clock, 99)
    with pytest.raises(ServiceBusy):
        attempts(clock).run(for_ever, lambda _: True)
    assert for_ever.count == 3


def test_a_call_that_must_not_be_retried_is_made_once() -> None:
    clock = Clock()
    operation = Operation(clock, 1)
    with pytest.raises(ServiceBusy):
        attempts(clock).run(operation, lambda error: error.code == "OA-N602")
    assert operation.count == 1
    assert clock.waits == []


def test_waits_are_random_from_zero_and_their_limit_grows() -> None:
    waits = []
    for _ in range(300):
        clock = Clock()
        attempts(clock).run(Operation(clock, 2), lambda _: True)
        waits.append(clock.waits)
    first, second = zip(*waits, strict=True)
    assert max(first) <= 0.4
    assert 0.4 < max(second) <= 0.8
    assert min(first) < 0.05
    assert len(set(first)) > 290


def test_the_waiting_time_of_a_service_is_respected() -> None:
    clock = Clock()
    attempts(clock).run(Operation(clock, 1, wait=4.0), lambda _: True)
    assert 4.0 <= clock.waits[0] <= 4.4


def test_no_attempt_begins_later_than_ten_seconds_after_the_first() -> None:
    clock = Clock()
    slow = Operation(clock, 99, takes=6)
    with pytest.raises(ServiceBusy):
        attempts(clock).run(slow, lambda _: True)
    assert slow.count == 2
    patient = Operation(Clock(), 99, wait=60.0)
    with pytest.raises(ServiceBusy) as raised:
        attempts(patient.clock).run(patient, lambda _: True)
    assert (patient.count, patient.clock.waits, raised.value.retry_after) == (1, [], 60.0)


def test_the_last_error_is_raised() -> None:
    clock = Clock()
    codes = iter(["OA-N601", "OA-N602", "OA-N604"])

    def operation() -> None:
        raise Unreachable("x", code=next(codes))

    with pytest.raises(Unreachable, match="OA-N604"):
        attempts(clock).run(operation, lambda _: True)


NOW = 1_700_000_000.0


@for_each(
    "text, seconds",
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("60", 60.0),
        ("1000000000", 60.0),
        ("9" * 5000, 60.0),
        (formatdate(NOW + 20, usegmt=True), 20.0),
        (formatdate(NOW - 20, usegmt=True), 0.0),
        (formatdate(NOW + 10**8, usegmt=True), 60.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u0663", None),
        ("NaN", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_more_than_a_minute(
    text: str | None, seconds: float | None
) -> None:
    assert retry_after(text, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_header_causes_an_error_or_a_long_wait(text: str) -> None:
    seconds = retry_after(text, time.time())
    assert seconds is None or 0 <= seconds <= 60
