"""One piece of work for all who ask, which nobody who leaves brings to an end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from osdu_auth.single_flight import SingleFlight


def test_all_who_come_meanwhile_wait_for_one_piece_of_work_and_may_leave_it() -> None:
    may_end, done = threading.Event(), []

    def work() -> None:
        may_end.wait(60)
        done.append(1)

    flights: SingleFlight[None] = SingleFlight("work", keeps_process=False)
    flight, is_mine = flights.start(work)
    other, is_mine_as_well = flights.start(work)
    assert flight is other
    assert (is_mine, is_mine_as_well) == (True, False)
    assert not flight.ends_within(0.01)  # and leaves
    assert flights.is_under_way
    may_end.set()
    assert other.ends_within(60)
    assert done == [1]
    assert flights.start(work)[1]


@pytest.mark.parametrize("keeps_process", [True, False])
def test_a_process_is_kept_by_work_that_must_not_be_lost_and_by_no_other(
    *, keeps_process: bool
) -> None:
    program = f"""
import time
from osdu_auth.single_flight import SingleFlight
def work():
    time.sleep({1 if keeps_process else 60})
    print("done", flush=True)
SingleFlight("work", keeps_process={keeps_process}).start(work)
"""
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100
    )
    assert ran.stdout == ("done\n" if keeps_process else "")
    assert ran.stderr == ""
    assert time.monotonic() - began < 30
