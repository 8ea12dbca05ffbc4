"""The pause after a failure: one thread may end it while another thread reads how long it is."""

from __future__ import annotations

from osdu_auth.backoff import Backoff
from osdu_auth.clocks import Clocks


def test_a_pause_may_end_while_another_thread_reads_it() -> None:
    is_looked_at = False

    def monotonic() -> float:
        if is_looked_at:
            pause.end()
        return 0.0

    pause = Backoff(Clocks(lambda: 0.0, monotonic), 10.0, 60.0)
    pause.begin(RuntimeError())
    is_looked_at = True
    assert pause.left > 0
    assert pause.left == 0


def test_a_pause_of_a_fixed_length_may_follow_a_success_or_a_failure() -> None:
    now = [0.0]
    pause = Backoff(Clocks(lambda: now[0], lambda: now[0]), 10.0, 10.0, spread=0.0)
    for error in (None, RuntimeError(), RuntimeError()):
        pause.begin(error)
        assert (pause.left, pause.error) == (10.0, error)
        now[0] += 9.9
        assert pause.left > 0
        now[0] += 0.2
        assert pause.left == 0


def test_a_pause_that_one_clock_measures_ends_when_that_clock_is_set_back() -> None:
    now = [1000.0]
    pause = Backoff(Clocks(lambda: now[0], lambda: now[0]), 10.0, 10.0)
    pause.begin()
    now[0] = 10.0
    assert pause.left == 0
