"""A pause after a failure may be ended by one thread while another looks how long it is."""

from __future__ import annotations

from osdu_auth.backoff import Backoff
from osdu_auth.clocks import Clocks


def test_a_pause_that_ends_while_somebody_looks_at_it_is_no_defect() -> None:
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


def test_what_worked_may_be_followed_by_a_pause_of_a_certain_length() -> None:
    now = [0.0]
    pause = Backoff(Clocks(lambda: now[0], lambda: now[0]), 10.0, 10.0, spread=0.0)
    for error in (None, RuntimeError(), RuntimeError()):
        pause.begin(error)
        assert (pause.left, pause.error) == (10.0, error)
        now[0] += 9.9
        assert pause.left > 0
        now[0] += 0.2
        assert pause.left == 0


def test_a_pause_by_one_clock_alone_ends_when_that_is_set_back() -> None:
    now = [1000.0]
    pause = Backoff(Clocks(lambda: now[0], lambda: now[0]), 10.0, 10.0)
    pause.begin()
    now[0] = 10.0
    assert pause.left == 0
