"""A process may fork while its threads do their first work with a session, or with a verifier.

The row R-17 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from osdu_auth import FileStore, Secret, Session
from osdu_auth.cognito.challenges import unattended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

PROGRAM = """
import asyncio, faulthandler, json, multiprocessing, os, random, sys, threading, time, warnings
import osdu_auth

warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of every such fork
plan = json.load(sys.stdin)

def made():
    return osdu_auth.Session(
        osdu_auth.Profile(**plan["profile"]),
        store=osdu_auth.FileStore(plan["state"]),
        clock=lambda: time.time() + plan["ahead"],
    )

if plan["is_made_first"]:
    session = made()

def ask():
    global session
    if not plan["is_made_first"]:
        session = made()
    exec(plan["asked"], globals())

def fork():
    begin = time.monotonic()
    child = os.fork()
    took = time.monotonic() - begin
    if child == 0:
        faulthandler.dump_traceback_later(plan["patience"] - 5, exit=True)
        try:
            ask()
            os._exit(0)
        except BaseException as error:
            print("the child:", type(error), error, file=sys.stderr, flush=True)
            os._exit(1)
    until = time.monotonic() + plan["patience"]
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            print(os.waitstatus_to_exitcode(status), flush=True)
            return
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    print(f"the child hangs, after a fork that took {took:.1f} s", flush=True)

def fork_by_multiprocessing():
    child = multiprocessing.get_context("fork").Process(target=ask)
    child.start()
    child.join(plan["patience"])
    print("the child hangs" if child.exitcode is None else child.exitcode, flush=True)
    child.kill()

def fork_in_a_thread():
    forking = threading.Thread(target=fork)
    forking.start()
    forking.join()

asking = threading.Thread(target=ask)
asking.start()
time.sleep(random.uniform(0, plan["longest_pause"]))
globals()[plan["how"]]()
asking.join()
"""

# What the thread and the child ask, how old the session's token is, and how the process forks.
SIGN_IN = "session.sign_in(plan['username'], plan['password'], osdu_auth.unattended)"
VERIFY = "osdu_auth.UserPoolVerifier(**plan['verifier']).verify(plan['token'])"
WAYS = {
    "token": ("session.token(299.9)", 0, "fork"),
    "an expired token": ("session.token()", 3601, "fork"),
    "a stale token": ("session.token(); session.__exit__()", 3500, "fork"),
    "atoken": ("asyncio.run(session.atoken(299.9))", 0, "fork"),
    "a renewal": ("session.renew()", 0, "fork"),
    "the saved session": ("session.saved()", 3601, "fork"),
    "another token": ("session.token_instead_of(session.load().tokens.access_token)", 0, "fork"),
    "workers": ("session.for_workers('20m').token()", 0, "fork"),
    "headers": ("session.headers(session.profile.platform_url)", 0, "fork"),
    "signing in": (SIGN_IN, 0, "fork"),
    "verification": (VERIFY, 0, "fork"),
    "multiprocessing": ("session.token()", 3601, "fork_by_multiprocessing"),
    "a fork in a thread": ("session.token()", 3601, "fork_in_a_thread"),
}
MADE_THERE = "the first name of the package"


@pytest.fixture
def plan(profile: Profile, sandbox: Sandbox, tmp_path: Path) -> dict[str, object]:
    state = str(tmp_path / "state")
    session = Session(profile, store=FileStore(state))
    saved = session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    return {
        "profile": asdict(profile),
        "state": state,
        "username": sandbox.username,
        "password": sandbox.password,
        "token": saved.tokens.access_token.reveal(),
        "verifier": {
            "user_pool_id": profile.user_pool_id,
            "client_id": profile.client_id,
            "token_use": "access",
            "endpoint_url": profile.endpoint_url,
        },
        "patience": 50,
        "longest_pause": 0.05,
    }


def ends(way: str, plan: dict[str, object], runs: int) -> dict[str, int]:
    """Run the program some times, two at once if so often, and count how its children ended."""
    asked, ahead, how = WAYS["token" if way == MADE_THERE else way]
    plan |= {"asked": asked, "ahead": ahead, "how": how, "is_made_first": way != MADE_THERE}
    counted: dict[str, int] = {}
    at_once = min(runs, 2)
    for _ in range(0, runs, at_once):
        programs = [_begun(plan) for _ in range(at_once)]
        for program in programs:
            printed, noise = program.communicate(timeout=100)
            end = printed.strip() + noise.strip()
            counted[end] = counted.get(end, 0) + 1
    return counted


def _begun(plan: dict[str, object]) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    program.stdin.write(json.dumps(plan))
    program.stdin.close()
    program.stdin = None
    return program


@pytest.mark.parametrize("way", [*WAYS, MADE_THERE])
def test_a_child_has_what_a_thread_was_fetching_when_the_process_forked(
    way: str, plan: dict[str, object]
) -> None:
    assert ends(way, plan, 1) == {"0": 1}


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("way", [*WAYS, MADE_THERE])
def test_no_child_hangs_however_often_a_process_forks(
    way: str, plan: dict[str, object], torture_row: Callable[[str, str], None]
) -> None:
    runs = 200
    begin = time.monotonic()
    met = ends(way, plan, runs)
    torture_row(f"{runs} forks beside a thread: {way}", f"{met} {time.monotonic() - begin:.0f} s")
    assert met == {"0": runs}


NEVER_ENDING = """
import os, sys, threading, time
import osdu_auth
sys.path.insert(0, sys.argv[1])
threading.Thread(target=lambda: __import__("never_ending"), daemon=True).start()
while not hasattr(sys, "never_ending"):
    time.sleep(0.01)
for _ in range(6):
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    print(round(time.monotonic() - begin, 1), flush=True)
os._exit(0)
"""


def test_a_fork_waits_only_once_and_two_seconds_for_an_import_that_never_ends(
    tmp_path: Path,
) -> None:
    (tmp_path / "never_ending.py").write_text(
        "import sys, time; sys.never_ending = True; time.sleep(300)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NEVER_ENDING, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    first, *later = map(float, done.stdout.split())
    assert 1.9 <= first < 9, "ten seconds are the longest that a fork waits"
    assert min(later) < 1.5, "each of them waited two seconds"
    assert done.stderr == ""


UNCHANGED = """
import builtins, os, threading, time
before = builtins.__import__
import osdu_auth
resting = [threading.Thread(target=time.sleep, args=(0.5,)) for _ in range(3)]
forks = [threading.Thread(target=lambda: ends.append(os.waitpid(forked(), 0)[1])) for _ in range(8)]
ends = []

def forked():
    child = os.fork()
    if child == 0:
        import decimal
        os._exit(builtins.__import__ is not before)
    return child

for thread in (*resting, *forks):
    thread.start()
for thread in (*resting, *forks):
    thread.join()
print(ends, builtins.__import__ is before)
"""


def test_forks_in_many_threads_leave_the_import_statement_as_it_was() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UNCHANGED],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert (done.stdout, done.stderr) == (f"{[0] * 8} True\n", "")


def test_a_fork_while_another_thread_looks_for_the_disk_of_the_sessions_leaves_nothing_locked(
    tmp_path: Path,
) -> None:
    """Where that was found out, a lock was held that all stores of a process share."""
    table = tmp_path / "mounts"
    os.mkfifo(table)
    program = """
import os, sys, threading, time
from osdu_auth import FileStore, SessionKey
from osdu_auth.errors import StoreUnavailable
slow = FileStore(sys.argv[1] + "/slow", mount_table=sys.argv[1] + "/mounts")
threading.Thread(target=slow.level, daemon=True).start()
time.sleep(0.3)
child = os.fork()
if child == 0:
    with FileStore(sys.argv[1] + "/state").open(SessionKey("acme")):
        os._exit(0)
until = time.monotonic() + 30
while time.monotonic() < until:
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        print(os.waitstatus_to_exitcode(status), flush=True)
        os._exit(0)
    time.sleep(0.01)
os.kill(child, 9)
os._exit(1)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
