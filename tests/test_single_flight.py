"""One call for all callers; a caller that stops waiting does not stop it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest

from osdu_auth import single_flight
from osdu_auth.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def test_all_callers_share_one_call_and_each_may_stop_waiting() -> None:
    may_end, done = threading.Event(), []

    def work() -> None:
        may_end.wait(60)
        done.append(1)

    flights: SingleFlight[None] = SingleFlight("work", keeps_process=False)
    flight, is_mine = flights.start(work)
    other, is_mine_as_well = flights.start(work)
    assert flight is other
    assert (is_mine, is_mine_as_well) == (True, False)
    assert not flight.ends_within(0.01)  # and stops waiting
    assert flights.is_under_way
    may_end.set()
    assert other.ends_within(60)
    assert done == [1]
    assert flights.start(work)[1]


def interrupted_at(call: int, act: Callable[[], object]) -> bool:
    """Call `act` with a Ctrl-C at a call or a return, where Python checks for signals.

    Args:
        call: how many calls and returns come before, in the module and in Python's `threading`.
        act: the function to call.

    Returns:
        Whether there was such a call.
    """
    modules = {single_flight.__file__, threading.__file__}
    left = call

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal left
        code = frame.f_code
        # Python does not check for a signal between `with` and what it enters.
        is_looked_for = event != "c_call" and code.co_name not in {"__enter__", "__exit__"}
        if is_looked_for and code.co_filename in modules:
            left -= 1
            if left < 0:
                sys.setprofile(None)
                raise KeyboardInterrupt

    former = sys.getprofile()
    sys.setprofile(profile)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(former)
    return False


def begin(flights: SingleFlight[int]) -> object:
    return flights.start(lambda: 7)[0].result()


@pytest.mark.parametrize("keeps_process", [True, False])
def test_ctrl_c_at_any_moment_of_a_start_leaves_no_call_that_never_ends(
    *, keeps_process: bool
) -> None:
    """The thread waited for itself, or all threads for a call that no thread made."""
    for call in count():
        flights: SingleFlight[int] = SingleFlight("work", keeps_process=keeps_process)
        was_interrupted = interrupted_at(call, partial(begin, flights))
        flight, _ = flights.start(lambda: 8)
        assert flight.ends_within(60)
        flights.wait()
        assert not flights.is_in_this_thread
        if not was_interrupted:
            break
    assert call > 20


@pytest.mark.parametrize("keeps_process", [True, False])
def test_a_process_stays_alive_only_for_a_call_that_must_not_be_lost(
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
