"""Many processes share one sign-in: they make one renewal for each expiry, and lose no session.

They run in another program (`load_program.py`), against the sandbox in this process.

The rows R-01, R-02, R-03 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from canaries import register
from osdu_auth import Secret, Session
from osdu_auth.cognito.challenges import unattended
from osdu_auth.stores.file import FileStore
from session_test_parts import RENEWAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

LOAD_PROGRAM = str(Path(__file__).with_name("load_program.py"))
# A renewal begins after this share of a token's life at the earliest.
EARLIEST = 0.85
# The pool counts whole seconds, so a token's `exp` is up to a second before the end of its life. We
# count from the reply, which may be late if hundreds of processes share a small machine.
ROUNDING, ON_THE_WAY = 1.0, 0.5

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@dataclass(frozen=True)
class Load:
    """How many processes ask, and for how long.

    Args:
        processes: how many.
        threads: how many in each.
        tasks: how many in each one's event loop, which has the main thread; 0 for none.
        seconds: for how long.
        life: how long a token lives, in whole seconds.
        kills: how many processes are killed in that time; a new one follows each.
        grace: how long a replaced refresh token still works, in seconds.
    """

    processes: int
    threads: int = 1
    tasks: int = 0
    seconds: float = 3.0
    life: int = 1
    kills: int = 0
    grace: int = 0


def torture(load: Load) -> object:
    return pytest.param(load, marks=pytest.mark.torture)


@pytest.mark.parametrize(
    "load",
    [
        Load(200, seconds=5),
        Load(6, threads=4, tasks=20),
        torture(Load(200, seconds=30, life=2)),
        torture(Load(25, threads=8, tasks=50, seconds=30, life=2)),
    ],
    ids=str,
)
def test_many_processes_make_one_renewal_for_each_expiry_and_get_no_error(
    load: Load,
    profile: Profile,
    state: str,
    sandbox: Sandbox,
    row: Callable[[str, str], None],
) -> None:
    renewed_at, met = asked(load, profile, state, sandbox, row)
    between = [after - before for before, after in pairwise(renewed_at)]
    assert min(between) >= EARLIEST * load.life, "the next one before the window was open"
    assert len(renewed_at) >= load.seconds / load.life - 3
    assert met["reports"] == load.processes


@pytest.mark.parametrize(
    "load",
    [
        Load(30, seconds=4, kills=75, grace=10),
        torture(Load(200, seconds=60, life=2, kills=1000, grace=10)),
    ],
    ids=str,
)
def test_processes_that_are_killed_at_any_moment_do_not_affect_the_others(
    load: Load,
    profile: Profile,
    state: str,
    sandbox: Sandbox,
    row: Callable[[str, str], None],
) -> None:
    renewed_at, met = asked(load, profile, state, sandbox, row)
    # If a process is killed before it saves the new session, the renewal is made again.
    expiries = met["seconds"] / (EARLIEST * load.life)
    assert load.seconds / load.life - 3 <= len(renewed_at) <= expiries + 3 + load.kills * 0.1
    assert met["killed"] >= load.kills * 0.5


def asked(
    load: Load,
    profile: Profile,
    state: str,
    sandbox: Sandbox,
    row: Callable[[str, str], None],
) -> tuple[list[float], dict[str, Any]]:
    """Run the processes; return when the pool renewed, and what the processes report."""
    client = sandbox.pool.add_app_client(
        "load",
        rotation=True,
        grace_period=load.grace,
        access_token_validity=load.life,
        generate_secret=False,
    )
    profile = replace(profile, client_id=client.client_id, client_secret=None)
    session = Session(profile, store=FileStore(state))
    saved = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    register(saved.tokens.access_token.reveal())
    plan = {"profile": asdict(profile), "state": state, **asdict(load)}
    done = subprocess.run(
        [sys.executable, LOAD_PROGRAM],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    met = json.loads(done.stdout)
    every = sandbox.requests.matching(RENEWAL)
    asked = [entry for entry in every if entry.parameters.get("ClientId") == client.client_id]
    figures = f"{met['calls']:,} calls, {len(asked)} renewals, {met['killed']} kills"
    row(str(load), f"{figures}, 0 reused, {sum(met['failures'].values())} failures")
    assert [entry.error for entry in asked if entry.error] == [], "a refresh token was reused"
    assert met["failures"] == {}
    assert met["crashed"] == 0
    assert met["most_overdue"] <= ROUNDING + ON_THE_WAY
    assert session.token()
    return [entry.time for entry in asked if entry.status == 200], met
