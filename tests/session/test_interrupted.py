"""Ctrl-C, a cancelled task and the end of a process stop the waiting, but not the renewal."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from no_threads import run_without_threads
from osdu_auth import Secret, Session, StoreUnavailable, UsageError
from osdu_auth.cognito.challenges import unattended
from osdu_auth.stores.file import FileStore
from session_test_parts import RENEWAL, renewals
from stored import Hooks, right_to_renew, stored, user_pool_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import partial
    from pathlib import Path

    from osdu_auth import Profile
    from osdu_auth.sandbox import HeldAnswer, Sandbox
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock

WAYS: dict[str, Callable[[Session], object]] = {
    "token": lambda session: session.token(),
    "saved": lambda session: session.saved(),
    "renew": lambda session: session.renew(),
    "token_instead_of": lambda session: session.token_instead_of(
        session.load().tokens.access_token
    ),
}


@pytest.fixture
def once_only(rotating: Profile, files: FileStore, clock: Clock, sandbox: Sandbox) -> Session:
    """A session whose refresh token is good for one use, with no grace, and a token that is old."""
    session = Session(rotating, store=files, clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    clock.ahead += 3601
    return session


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to a thread here")
@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_during_a_renewal_loses_no_refresh_token(
    once_only: Session, sandbox: Sandbox, files: FileStore, way: str
) -> None:
    before = renewals(sandbox, once_only.profile)
    here = threading.get_ident()

    def press_ctrl_c(held: HeldAnswer) -> None:
        held.wait_for_request()
        signal.pthread_kill(here, signal.SIGINT)
        time.sleep(0.2)  # so that Ctrl-C usually comes before the answer
        held.release()

    with sandbox.faults.hold(RENEWAL) as held:
        ctrl_c = threading.Thread(target=press_ctrl_c, args=(held,))
        ctrl_c.start()
        with pytest.raises(KeyboardInterrupt):
            WAYS[way](once_only)
        ctrl_c.join()
    assert once_only.token(), "the session is usable at once"
    assert renewals(sandbox, once_only.profile) == before + 1
    assert stored(files, "acme") is not None
    with right_to_renew(files, "acme", 0):
        pass  # no thread needs it any more


@pytest.mark.parametrize("way", ["token", "atoken"])
def test_a_listener_may_ask_for_a_token_in_every_state(
    once_only: Session, clock: Clock, way: str
) -> None:
    heard: list[Secret] = []

    def ask_again(_: object) -> None:
        if not heard:
            clock.ahead += 3601
            heard.append(Secret(""))
            heard.append(once_only.token() if way == "token" else asyncio.run(once_only.atoken()))

    once_only.on("renewed", ask_again)
    asked = threading.Thread(target=once_only.token, daemon=True)
    asked.start()
    asked.join(60)
    assert not asked.is_alive()
    with once_only:  # its end waits for listeners
        pass
    assert heard[1:] == [once_only.token()]


def test_a_min_ttl_as_long_as_a_token_s_life_causes_one_request(
    once_only: Session, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, once_only.profile)

    async def ask() -> Secret:
        return await asyncio.wait_for(once_only.atoken(min_ttl=3600), 10)

    assert asyncio.run(ask())
    assert once_only.token()
    assert renewals(sandbox, once_only.profile) == before + 1


def test_the_usage_error_of_one_caller_is_not_raised_for_another(
    once_only: Session, sandbox: Sandbox
) -> None:
    once_only.token_instead_of(Secret(""))  # it holds a fresh token
    sandbox.faults.latency(RENEWAL, 0.5)

    async def both() -> tuple[object, object]:
        return await asyncio.gather(
            once_only.atoken(min_ttl=3599), once_only.atoken(min_ttl=9999), return_exceptions=True
        )

    async def other_way_round() -> tuple[object, object]:
        return await asyncio.gather(
            once_only.atoken(min_ttl=9999), once_only.atoken(min_ttl=3599), return_exceptions=True
        )

    mine, other = asyncio.run(both())
    assert isinstance(mine, Secret)
    assert isinstance(other, UsageError)
    other, mine = asyncio.run(other_way_round())
    assert isinstance(mine, Secret)
    assert isinstance(other, UsageError)


def test_threads_wait_together_for_a_lock_that_stays_held(
    once_only: Session, rotating: Profile, files: FileStore, clock: Clock, state: str
) -> None:
    session = Session(rotating, store=FileStore(state, patience=2.0), clock=clock)

    def refused(_: int) -> str:
        with pytest.raises(StoreUnavailable) as error:
            session.token()
        return error.value.code

    begin = time.monotonic()
    with right_to_renew(files, "acme"), ThreadPoolExecutor(30) as threads:
        assert set(threads.map(refused, range(30))) == {"OA-F807"}
    assert time.monotonic() - begin < 40, "one after the other would be sixty seconds"


class SlowlyReadStore(Hooks, FileStore):
    """Its first read is slow, so that many threads wait for it."""

    def reading(self, read: Callable[[], SavedSession | None]) -> SavedSession | None:
        if not self.is_read:
            self.is_read = True
            time.sleep(0.5)
        return read()

    is_read = False


def test_threads_that_wait_for_the_first_read_of_the_store_share_one_renewal(
    once_only: Session, rotating: Profile, files: FileStore, clock: Clock, state: str
) -> None:
    session = Session(rotating, store=SlowlyReadStore(state, patience=2.0), clock=clock)
    begin = time.monotonic()
    with right_to_renew(files, "acme"), ThreadPoolExecutor(30) as threads:
        asked = [threads.submit(session.token) for _ in range(30)]
        assert {type(each.exception()) for each in asked} == {StoreUnavailable}
    assert time.monotonic() - begin < 40, "one after the other would be sixty seconds"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_process_does_not_keep_the_lock_of_its_ended_parent(
    once_only: Session, files: FileStore
) -> None:
    reading, writing = os.pipe()
    parent = os.fork()
    if parent == 0:
        try:
            with right_to_renew(files, "acme"):
                held = threading.Event()
                waiting = threading.Thread(target=_wait_for_lock, args=(files, held), daemon=True)
                waiting.start()
                held.wait(60)
                child = os.fork()
                if child == 0:
                    time.sleep(100)
                os.write(writing, str(child).encode())
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    child = int(os.read(reading, 20))
    os.waitpid(parent, 0)
    os.close(reading)
    os.close(writing)
    try:
        with right_to_renew(files, "acme", 20):
            pass
    finally:
        os.kill(child, signal.SIGKILL)


def _wait_for_lock(files: FileStore, waits: threading.Event) -> None:
    waits.set()
    with suppress(StoreUnavailable), right_to_renew(files, "acme", 30):
        pass


def test_a_renewal_survives_the_end_of_the_event_loop_that_began_it(
    once_only: Session, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    before = renewals(sandbox, once_only.profile)

    async def give_up() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(once_only.atoken(), 0.1)

    async def leave_it_open() -> None:
        asyncio.get_running_loop().create_task(once_only.atoken())
        await asyncio.sleep(0.05)

    async def see_it_through(held: HeldAnswer) -> Secret:
        asked = asyncio.get_running_loop().create_task(once_only.atoken())
        await asyncio.sleep(0.05)
        held.release()
        return await asked

    with caplog.at_level(logging.WARNING), sandbox.faults.hold(RENEWAL) as held:
        asyncio.run(give_up())
        asyncio.run(leave_it_open())
        assert asyncio.run(see_it_through(held)) == once_only.token()
    assert renewals(sandbox, once_only.profile) == before + 1
    assert caplog.records == []


DAEMONS = {
    "renew": "session.renew()",
    "saved": "session.saved()",
    "token_instead_of": "session.token_instead_of(old)",
}


@pytest.mark.parametrize("asked", DAEMONS)
def test_a_program_that_ends_before_its_daemon_thread_loses_no_refresh_token(
    once_only: Session, state: str, sandbox: Sandbox, asked: str, tmp_path: Path
) -> None:
    before = renewals(sandbox, once_only.profile)
    begun = tmp_path / "begun"
    how = f"""
import os
old = session.load().tokens.access_token
threading.Thread(target=lambda: {DAEMONS[asked]}, daemon=True).start()
while not os.path.exists({str(begun)!r}):
    time.sleep(0.01)
"""

    def answer_late(held: HeldAnswer) -> None:
        held.wait_for_request()
        begun.touch()
        time.sleep(1)  # in this time the program's main thread ends
        held.release()

    with sandbox.faults.hold(RENEWAL) as held:
        answering = threading.Thread(target=answer_late, args=(held,))
        answering.start()
        ended(once_only, state, 3601, how)
        answering.join()
    assert renewals(sandbox, once_only.profile) == before + 1
    once_only.renew()  # the pool knows what was written down


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such clock here")
def test_an_alarm_in_the_main_thread_loses_no_refresh_token(
    once_only: Session, state: str, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, once_only.profile)
    sandbox.faults.latency(RENEWAL, 3)
    how = """
import signal
def time_out(*_): raise TimeoutError
signal.signal(signal.SIGALRM, time_out)
signal.setitimer(signal.ITIMER_REAL, 0.3)
try: session.renew()
except TimeoutError: print("out")
"""
    _, printed = ended(once_only, state, 3601, how)
    assert printed == "out\n"
    assert renewals(sandbox, once_only.profile) == before + 1
    once_only.renew()


class AskingStore(Hooks, FileStore):
    """A user's own store, which calls its session."""

    session: Session | None = None
    told: SavedSession | None = None

    def saving(self, save: partial[None]) -> None:
        save()
        if self.session is not None:
            asked, self.session = self.session, None
            self.told = asked.saved()


@pytest.mark.parametrize("way", ["token", "renew"])
def test_a_store_may_use_the_session_that_it_keeps(
    once_only: Session, rotating: Profile, clock: Clock, state: str, way: str
) -> None:
    store = AskingStore(state)
    session = Session(rotating, store=store, clock=clock)
    store.session = session
    asked = threading.Thread(target=getattr(session, way), daemon=True)
    asked.start()
    asked.join(60)
    assert not asked.is_alive()


def test_a_store_that_uses_its_session_during_a_renewal_gets_the_token_that_is_still_good(
    rotating: Profile, clock: Clock, state: str, sandbox: Sandbox
) -> None:
    store = AskingStore(state)
    session = Session(rotating, store=store, clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    store.session, before = session, session.saved()
    assert session.renew() != before
    assert store.told == before


class CarelessStore(Hooks, FileStore):
    """A user's own store, which raises any exception."""

    is_careless = True

    def saving(self, save: partial[None]) -> None:
        if self.is_careless:
            raise ConnectionResetError("the disk's other end is gone")
        save()


def test_a_user_s_store_that_raises_any_exception_loses_no_refresh_token(
    once_only: Session, rotating: Profile, clock: Clock, state: str, sandbox: Sandbox
) -> None:
    before = renewals(sandbox, once_only.profile)
    store = CarelessStore(state)
    session = Session(rotating, store=store, clock=clock)
    assert session.token()
    clock.ahead += 3601
    with pytest.raises(ConnectionResetError):
        session.token()  # the pool is not asked for a token that cannot be saved
    assert renewals(sandbox, once_only.profile) == before + 1
    store.is_careless = False
    assert session.token()
    assert renewals(sandbox, once_only.profile) == before + 2


class BrokenStore(Hooks, FileStore):
    """A user's own store that reads once, and then raises any exception."""

    reads = 0

    def reading(self, read: Callable[[], SavedSession | None]) -> SavedSession | None:
        self.reads += 1
        if self.reads > 1:
            raise ConnectionResetError("the disk's other end is gone")
        return read()


def test_a_store_that_fails_is_not_called_for_a_while_and_a_good_token_is_used(
    once_only: Session, rotating: Profile, clock: Clock, state: str,
) -> None:  # fmt: skip
    once_only.token()
    store = BrokenStore(state)
    session = Session(rotating, store=store, clock=clock)
    good = session.token()
    clock.ahead += 3500
    for _ in range(50):
        assert session.token() == good
        with session:
            pass
    assert store.reads <= 3


PROGRAM = """
import atexit, json, sys, threading, time
from osdu_auth import Profile, Session
from osdu_auth.stores.file import FileStore

plan = json.load(sys.stdin)
ahead = plan["ahead"]
session = Session(
    Profile(**plan["profile"]), store=FileStore(plan["state"]), clock=lambda: time.time() + ahead
)

def ask():
    print(len(session.token().reveal()) > 0, flush=True)

exec(plan["how"])
"""


ASKING = {
    "a thread": "session.token()",
    "a task that was refused": "asyncio.run(session.atoken_instead_of(old))",
    "a program that minds Ctrl-C itself": """
try: asyncio.run(session.atoken())
except KeyboardInterrupt: sys.exit("KeyboardInterrupt")
""",
}


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to a thread here")
@pytest.mark.parametrize("asking", ASKING)
def test_a_program_ends_soon_after_ctrl_c_although_the_pool_hangs(
    once_only: Session, state: str, sandbox: Sandbox, asking: str
) -> None:
    how = "import asyncio\nold = session.load().tokens.access_token\nprint('asks', flush=True)\n"
    how += ASKING[asking]
    plan = {
        "profile": asdict(user_pool_of(once_only).profile),
        "state": state,
        "ahead": 3601,
        "how": how,
    }
    with (
        sandbox.faults.hold("*", times=None) as held,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program,
    ):
        try:
            assert program.stdin is not None
            assert program.stdout is not None
            assert program.stderr is not None
            program.stdin.write(json.dumps(plan))
            program.stdin.close()
            assert program.stdout.readline() == "asks\n"
            held.wait_for_request()
            time.sleep(0.5)  # so that Ctrl-C usually reaches the waiting thread
            program.send_signal(signal.SIGINT)
            program.wait(15)  # without Ctrl-C it waits 20 seconds for the pool
            assert program.stderr.read().rstrip().endswith("KeyboardInterrupt")
        finally:
            program.kill()


GIVE_UP = """
import asyncio, trio
async def with_trio():
    with trio.move_on_after(0.3):
        await {asked}
async def with_asyncio():
    try: await asyncio.wait_for({asked}, 0.3)
    except asyncio.TimeoutError: pass
{runs}
"""


@pytest.mark.parametrize("asked", [
    "session.atoken()", "session.atoken_instead_of(session.load().tokens.access_token)"
])  # fmt: skip
@pytest.mark.parametrize("runs", ["trio.run(with_trio)", "asyncio.run(with_asyncio())"])
def test_a_task_that_is_cancelled_at_the_end_of_a_program_loses_no_refresh_token(
    once_only: Session, state: str, sandbox: Sandbox, asked: str, runs: str
) -> None:
    pytest.importorskip("trio")
    before = renewals(sandbox, once_only.profile)
    sandbox.faults.latency(RENEWAL, 1)
    _, printed = ended(once_only, state, 3601, GIVE_UP.format(asked=asked, runs=runs))
    assert printed == ""
    assert renewals(sandbox, once_only.profile) == before + 1
    once_only.renew()  # the pool knows what was written down


LAST_MOMENTS = {
    "a task in a function of atexit": """
import asyncio
atexit.register(lambda: print(len(asyncio.run(session.atoken()).reveal()) > 0, flush=True))
""",
    "the end of the main thread": "ask()",
    "a function of atexit": "atexit.register(ask)",
    "a thread that outlives the main one": "threading.Timer(0.3, ask).start()",
    "an error that ends the program": "ask(); raise SystemExit(0)",
}


def ended(session: Session, state: str, ahead: float, how: str) -> tuple[float, str]:
    """Run a program of ours; return how many seconds it took, and what it printed."""
    plan = {
        "profile": asdict(user_pool_of(session).profile),
        "state": state,
        "ahead": ahead,
        "how": how,
    }
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return time.monotonic() - begin, done.stdout


@pytest.mark.parametrize("ahead", [3500, 3601], ids=["stale", "expired"])
@pytest.mark.parametrize("how", LAST_MOMENTS)
def test_a_process_saves_the_tokens_of_a_renewal_before_it_ends(
    once_only: Session, files: FileStore, state: str, sandbox: Sandbox, how: str, ahead: float
) -> None:
    before = renewals(sandbox, once_only.profile)
    old = once_only.load()
    sandbox.faults.latency(RENEWAL, 0.3)
    _, printed = ended(once_only, state, ahead, LAST_MOMENTS[how])
    assert printed == "True\n"
    made = renewals(sandbox, once_only.profile) - before
    # A good token is not renewed if no thread can be started any more.
    assert made == 1 or (made == 0 and ahead == 3500 and sys.version_info >= (3, 12))
    saved = stored(files, "acme")
    assert saved is not None
    assert (saved.tokens.refresh_token != old.tokens.refresh_token) is bool(made)
    sandbox.faults.clear()
    once_only.renew()  # the pool knows what was written down


def test_a_process_ends_within_seconds_although_the_pool_hangs(
    once_only: Session, state: str, sandbox: Sandbox
) -> None:
    sandbox.faults.latency(RENEWAL, 60)
    seconds, printed = ended(once_only, state, 3500, LAST_MOMENTS["the end of the main thread"])
    assert printed == "True\n"
    assert seconds < 15, "a request is given up after 20 seconds"


def test_every_call_renews_a_token_if_no_thread_can_be_started(
    rotating: Profile, files: FileStore, state: str, sandbox: Sandbox
) -> None:
    Session(rotating, store=files).sign_in(sandbox.username, Secret(sandbox.password), unattended)
    program = """
import asyncio, time
from osdu_auth import Profile, FileStore, Session
ahead = 0
session = Session(
    Profile(**plan["profile"]), store=FileStore(plan["state"]), clock=lambda: time.time() + ahead
)
token = session.token()
seen = {token}
for way in (
    session.token,
    lambda: asyncio.run(session.atoken()),
    lambda: session.saved().tokens.access_token,
    lambda: session.renew().tokens.access_token,
):
    ahead += 3601
    token = way()
    seen.add(token)
for way in (
    lambda: session.token_instead_of(token),
    lambda: asyncio.run(session.atoken_instead_of(token)),
):
    ahead += 60
    token = way()
    seen.add(token)
ahead += 3500
assert session.token() == token, "it is good, and cannot be renewed in the background"
print(len(seen))
"""
    before = renewals(sandbox, rotating)
    told = run_without_threads(program, {"profile": asdict(rotating), "state": state})
    assert told == "7\n"
    assert renewals(sandbox, rotating) == before + 6
