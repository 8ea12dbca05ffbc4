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
