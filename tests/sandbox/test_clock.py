"""The clock: the machine's time, which only a test moves forward."""

from __future__ import annotations

import time

import pytest

from osdu_auth.sandbox import SandboxClock


def test_the_clock_has_the_machine_s_time_until_it_is_moved() -> None:
    before = time.time()
    now = SandboxClock().now()
    assert before <= now <= time.time()


def test_the_clock_moves_forward_by_the_seconds_and_goes_on() -> None:
    clock = SandboxClock()
    before = clock.now()
    clock.advance(3600)
    clock.advance(0.5)
    assert clock.now() >= before + 3600.5
    assert repr(clock) == "<SandboxClock 3600.5 s ahead>"


def test_the_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        SandboxClock().advance(-1)
