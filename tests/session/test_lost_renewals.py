"""A renewal that is interrupted by a kill, a lost reply, a stopped process or a sign-out.

The pool may have replaced the refresh token, and no process has the new one. Within the pool's
grace period the old one still works, and the session continues. Without a grace period the session
has ended: then there is one clear error, and the next sign-in works.

The rows R-04, R-05, R-06, R-07 of the list of abuse and faults.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from osdu_auth import OsduAuthError, Secret, Session, SessionEnded, SignInRequired, StoreUnavailable
from osdu_auth.cognito.challenges import unattended
from osdu_auth.stores.file import FileStore
from session_test_parts import RENEWAL, renewals
from stored import Hooks, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from functools import partial

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox
    from session_test_parts import Clock, Monotonic

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

MANY = [10, pytest.param(200, marks=pytest.mark.torture)]


@pytest.fixture
def merciful(rotating: Profile, sandbox: Sandbox) -> Profile:
    """A profile whose app client lets a replaced refresh token work for a while."""
    client = sandbox.pool.add_app_client(
        "merciful", rotation=True, grace_period=20, generate_secret=False
    )
    return replace(rotating, client_id=client.client_id)


def sign_in(profile: Profile, store: FileStore, clock: Clock, sandbox: Sandbox) -> Session:
    session = Session(profile, store=store, clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    return session


class DyingStore(Hooks, FileStore):
    """Its process is killed after the pool has renewed and before the session is saved."""

    def saving(self, save: partial[None]) -> None:
        if save.args[0] != stored(self):
            os.kill(os.getpid(), signal.SIGKILL)
        save()


@pytest.mark.parametrize("times", MANY)
def test_within_the_grace_period_the_next_process_renews_after_a_killed_one(
    merciful: Profile, files: FileStore, clock: Clock, sandbox: Sandbox, times: int, state: str,
    row: Callable[[str, str], None],
) -> None:  # fmt: skip
    sign_in(merciful, files, clock, sandbox)
    recovered = 0
    for _ in range(times):
        clock.ahead += 3601
        before = renewals(sandbox, merciful)
        assert died_renewing(merciful, state, clock)
        assert renewals(sandbox, merciful) == before + 1, "the pool had replaced the refresh token"
        assert Session(merciful, store=files, clock=clock).token()
        assert renewals(sandbox, merciful) == before + 2
        recovered += 1
    row("killed between the pool's rotation and our rename, grace 20 s", f"{recovered} recovered")


@pytest.mark.parametrize("times", MANY)
def test_without_a_grace_period_a_killed_renewal_is_one_clear_sign_in_again(
    rotating: Profile, files: FileStore, clock: Clock, sandbox: Sandbox, times: int, state: str,
    row: Callable[[str, str], None],
) -> None:  # fmt: skip
    said = 0
    for _ in range(times):
        sign_in(rotating, files, clock, sandbox)
        clock.ahead += 3601
        assert died_renewing(rotating, state, clock)
        before = renewals(sandbox, rotating)
        after = Session(rotating, store=files, clock=clock)
        for _ in range(3):
            with pytest.raises(SessionEnded) as ended:
                after.token()
            assert "session.sign_in(username, password)" in ended.value.fix
        with pytest.raises(SessionEnded):
            Session(rotating, store=files, clock=clock).token()
        assert renewals(sandbox, rotating) == before + 1, "the pool is asked once"
        said += 1
    row("the same without a grace period", f"{said} times one clear sign-in-again")


STRACE = shutil.which("strace")
PROGRAM = """
import json, sys, time
from osdu_auth import Profile, Session
from osdu_auth.stores.file import FileStore
plan = json.load(sys.stdin)
ahead = plan["ahead"]
store = FileStore(plan["state"])
Session(Profile(**plan["profile"]), store=store, clock=lambda: time.time() + ahead).token()
print("alive")
"""


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
def test_after_a_process_dies_at_the_rename_the_next_one_renews(
    merciful: Profile, files: FileStore, clock: Clock, sandbox: Sandbox, state: str
) -> None:
    import json

    sign_in(merciful, files, clock, sandbox)
    clock.ahead += 3601
    before = renewals(sandbox, merciful)
    plan = {"profile": asdict(merciful), "state": state, "ahead": clock.ahead}
    done = subprocess.run(
        [
            *(str(STRACE), "-f", "-o", os.devnull, "-e", "trace=renameat,renameat2"),
            *("-e", "inject=renameat,renameat2:signal=KILL", sys.executable, "-c", PROGRAM),
        ],
        input=json.dumps(plan),
        capture_output=True,
        check=False,
        text=True,
    )
    if "ptrace" in done.stderr.lower():
        pytest.skip("strace may not trace here")
    assert "alive" not in done.stdout
    assert renewals(sandbox, merciful) == before + 1
    assert Session(merciful, store=files, clock=clock).token()
    assert renewals(sandbox, merciful) == before + 2


@pytest.mark.parametrize("fault", ["lose_reply", "truncate"])
def test_a_renewal_whose_reply_was_lost_is_repeated_within_the_grace_period(
    merciful: Profile, files: FileStore, clock: Clock, sandbox: Sandbox, fault: str
) -> None:
    session = sign_in(merciful, files, clock, sandbox)
    clock.ahead += 3601
    before = renewals(sandbox, merciful)
    getattr(sandbox.faults, fault)(RENEWAL)
    assert session.token()
    assert renewals(sandbox, merciful) == before + 2, "one operation, of two attempts"
    clock.ahead += 3601
    assert session.token(), "and what was kept is what the pool knows"


@pytest.mark.parametrize("fault", ["lose_reply", "truncate"])
def test_a_lost_reply_without_a_grace_period_is_one_clear_sign_in_again(
    rotating: Profile, files: FileStore, clock: Clock, sandbox: Sandbox, fault: str
) -> None:
    session = sign_in(rotating, files, clock, sandbox)
    clock.ahead += 3601
    before = renewals(sandbox, rotating)
    getattr(sandbox.faults, fault)(RENEWAL)
    for _ in range(3):
        with pytest.raises(SessionEnded):
            session.token()
    assert renewals(sandbox, rotating) == before + 2
    with pytest.raises(SessionEnded):
        Session(rotating, store=files, clock=clock).token()


def test_a_lost_reply_while_the_token_is_good_is_repeated_after_the_backoff(
    merciful: Profile, files: FileStore, clock: Clock, monotonic: Monotonic, sandbox: Sandbox
) -> None:
    old = sign_in(merciful, files, clock, sandbox).token()
    session = Session(merciful, store=files, clock=clock, monotonic=monotonic)
    clock.ahead += 3500
    sandbox.faults.lose_reply(RENEWAL)
    before = renewals(sandbox, merciful)
    assert session.saved().tokens.access_token == old
    assert [session.saved().tokens.access_token for _ in range(5)] == [old] * 5
    assert renewals(sandbox, merciful) == before + 1, "the pool is left alone for a moment"
    clock.ahead += 1.1
    assert session.saved().tokens.access_token != old
    assert renewals(sandbox, merciful) == before + 2


class StoppingStore(Hooks, FileStore):
    """Its process is stopped while it has the lock, before or after it saves the session."""

    before = True

    def saving(self, save: partial[None]) -> None:
        if not self.before:
            save()
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(0.2)  # if another thread gets the signal, this one runs on for a moment
        if self.before:
            save()


@pytest.fixture
def stopped(
    rotating: Profile, files: FileStore, clock: Clock, sandbox: Sandbox, state: str
) -> Iterator[Callable[[bool], int]]:
    """Let a process renew and stop while it has the lock; it runs on after the test."""
    sign_in(rotating, files, clock, sandbox)
    children: list[int] = []

    def stop(before: bool) -> int:
        store = StoppingStore(state)
        store.before = before
        session = Session(rotating, store=store, clock=clock)
        children.append(forked(lambda: bool(session.renew())))
        assert os.WIFSTOPPED(os.waitpid(children[0], os.WUNTRACED)[1])
        return children[0]

    yield stop
    for child in children:
        os.kill(child, signal.SIGCONT)
        exit_code(child)


def test_a_caller_with_a_good_token_does_not_wait_for_a_stopped_process_with_the_lock(
    stopped: Callable[[bool], int], rotating: Profile, files: FileStore, clock: Clock
) -> None:
    good = Session(rotating, store=files, clock=clock).token()
    clock.ahead += 3500
    stopped(True)
    sibling = Session(rotating, store=files, clock=clock)
    begin = time.monotonic()
    assert [sibling.token() for _ in range(50)] == [good] * 50
    assert sibling.saved().tokens.access_token == good
    assert time.monotonic() - begin < 25, "it waited for the lock, which is given up after 30 s"


def test_a_caller_without_a_token_gets_an_error_and_later_the_token_of_the_one_renewal(
    stopped: Callable[[bool], int], rotating: Profile, clock: Clock, sandbox: Sandbox,
    state: str,
) -> None:  # fmt: skip
    clock.ahead += 3601
    before = renewals(sandbox, rotating)
    child = stopped(True)
    impatient = FileStore(state, patience=0.3)
    sibling = Session(rotating, store=impatient, clock=clock)
    for _ in range(2):
        with pytest.raises(StoreUnavailable) as error:
            sibling.token()
        assert error.value.code == "OA-F807"
    os.kill(child, signal.SIGCONT)
    patient = Session(rotating, store=FileStore(state), clock=clock)
    assert patient.token() == sibling.token()
    assert renewals(sandbox, rotating) == before + 1, "the one of the process that was stopped"


def test_a_saved_token_is_used_even_if_its_writer_keeps_the_lock(
    stopped: Callable[[bool], int], rotating: Profile, clock: Clock, sandbox: Sandbox,
    state: str,
) -> None:  # fmt: skip
    clock.ahead += 3601
    before = renewals(sandbox, rotating)
    stopped(False)
    impatient = FileStore(state, patience=0.0)
    assert Session(rotating, store=impatient, clock=clock).token()
    assert renewals(sandbox, rotating) == before + 1


class SlowLockStore(FileStore):
    """Another process saves a new session while this one waits for the lock, and keeps the lock."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def lock(self, profile_name: str, patience: float | None = None):  # type: ignore[no-untyped-def]
        del profile_name, patience
        self.meanwhile()
        raise StoreUnavailable("The session cannot be locked.", code="OA-F807")


def test_a_token_that_is_saved_during_a_failed_wait_for_the_lock_is_used(
    rotating: Profile, files: FileStore, clock: Clock, sandbox: Sandbox, state: str
) -> None:
    session = sign_in(rotating, files, clock, sandbox)
    clock.ahead += 3601
    store = SlowLockStore(state)
    store.meanwhile = session.token
    assert Session(rotating, store=store, clock=clock).token() == session.token()


def test_processes_that_renew_during_a_sign_out_do_not_restore_the_session(
    rotating: Profile, files: FileStore, clock: Clock, sandbox: Sandbox
) -> None:
    session = sign_in(rotating, files, clock, sandbox)
    clock.ahead += 3601
    revoked = sandbox.requests.count("RevokeToken")

    def renew() -> bool:
        time.sleep(random.uniform(0, 0.3))
        sibling = Session(rotating, store=files, clock=clock)
        try:
            for _ in range(5):
                sibling.token_instead_of(sibling.token())
        except (SignInRequired, SessionEnded):
            return True
        return False

    children = [forked(renew) for _ in range(50)]
    time.sleep(0.4)
    session.sign_out()
    assert stored(files, "acme") is None
    assert [exit_code(child) for child in children].count(1) == 0, "no other error than that"
    assert stored(files, "acme") is None
    assert sandbox.requests.count("RevokeToken") == revoked + 1
    with pytest.raises(SignInRequired):
        Session(rotating, store=files, clock=clock).token()


def died_renewing(profile: Profile, state: str, clock: Clock) -> bool:
    """Let a process renew and be killed before it saves the token; return whether it was killed."""
    store = DyingStore(state)
    child = forked(lambda: bool(Session(profile, store=store, clock=clock).token()))
    return exit_code(child) == -signal.SIGKILL


def forked(work: Callable[[], bool]) -> int:
    """Call the work in a child process; exit code 0 is true, 2 is false, 1 is an error."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        code = 0 if work() else 2
    except OsduAuthError as error:
        os.write(2, f"{error.code}\n".encode())
    finally:
        os._exit(code)


def exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
