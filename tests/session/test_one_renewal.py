"""Many callers ask at once, and the pool is asked once: threads, tasks, event loops, processes."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from osdu_auth import Secret, Session, SessionEnded, SignInRequired, Unreachable
from osdu_auth.cognito.challenges import unattended
from session_test_parts import RENEWAL, renewals
from stored import right_to_renew, stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth import MemoryStore, Profile
    from osdu_auth.sandbox import HeldAnswer, Sandbox
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock

MANY = 200


@pytest.fixture
def shared(
    rotating: Profile, files: FileStore, clock: Clock, sandbox: Sandbox
) -> Iterator[Session]:
    """A session whose refresh token is good for one use, with no grace for a second."""
    with Session(rotating, store=files, clock=clock) as session:
        session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
        yield session


@pytest.mark.parametrize("age", [0, 3500, 3601])
def test_two_hundred_threads_make_one_renewal_at_most(
    shared: Session, clock: Clock, sandbox: Sandbox, age: float
) -> None:
    old = shared.token()
    before = renewals(sandbox, shared.profile)
    clock.ahead += age
    with ThreadPoolExecutor(MANY) as threads:
        tokens = list(threads.map(lambda _: shared.token(), range(MANY)))
    with shared:
        pass
    newest = shared.token()
    assert renewals(sandbox, shared.profile) == before + (1 if age else 0)
    assert (newest != old) is (age > 0)
    assert set(tokens) <= ({newest} if age > 3600 else {old, newest})


@pytest.mark.parametrize("age", [0, 3500, 3601])
def test_two_hundred_tasks_make_one_renewal_at_most(
    shared: Session, clock: Clock, sandbox: Sandbox, age: float
) -> None:
    old = shared.token()
    before = renewals(sandbox, shared.profile)
    clock.ahead += age

    async def all_at_once() -> list[Secret]:
        return await asyncio.gather(*(shared.atoken() for _ in range(MANY)))

    tokens = asyncio.run(all_at_once())
    with shared:
        pass
    assert renewals(sandbox, shared.profile) == before + (1 if age else 0)
    assert set(tokens) <= ({shared.token()} if age > 3600 else {old, shared.token()})


def test_event_loops_in_several_threads_share_the_one_renewal(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    shared.token()
    before = renewals(sandbox, shared.profile)
    clock.ahead += 3601

    async def some() -> set[Secret]:
        return set(await asyncio.gather(*(shared.atoken() for _ in range(20))))

    with ThreadPoolExecutor(5) as threads:
        tokens = set().union(*threads.map(lambda _: asyncio.run(some()), range(5)))
    assert tokens == {shared.token()}
    assert renewals(sandbox, shared.profile) == before + 1


def test_a_renewal_holds_up_its_task_and_not_the_event_loop(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    shared.token()
    clock.ahead += 3601

    async def answered_from_the_event_loop(held: HeldAnswer) -> Secret:
        renewal = asyncio.create_task(shared.atoken())
        while not held.has_request:  # noqa: ASYNC110 - a thread sees to it
            await asyncio.sleep(0.01)
        held.release()
        return await renewal

    with sandbox.faults.hold(RENEWAL, times=None) as held:
        # If the event loop is blocked, the answer is not released, and the renewal times out.
        assert asyncio.run(answered_from_the_event_loop(held)) == shared.token()


def test_a_cancelled_task_does_not_cancel_the_renewal_for_the_others(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    shared.token()
    before = renewals(sandbox, shared.profile)
    clock.ahead += 3601

    async def one_gives_up(held: HeldAnswer) -> Secret:
        impatient = asyncio.create_task(shared.atoken())
        patient = asyncio.create_task(shared.atoken())
        await asyncio.sleep(0.05)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        held.release()
        return await patient

    with sandbox.faults.hold(RENEWAL) as held:
        assert asyncio.run(one_gives_up(held)) == shared.token()
    assert renewals(sandbox, shared.profile) == before + 1


def test_tasks_with_a_longer_min_ttl_than_the_running_renewal_get_their_token(
    shared: Session, clock: Clock
) -> None:
    shared.token()
    clock.ahead += 1000

    async def both() -> tuple[Secret, Secret]:
        return await asyncio.gather(shared.atoken(), shared.atoken(min_ttl=3000))

    short, long = asyncio.run(both())
    assert short != long == shared.token()


def test_two_hundred_threads_ask_a_dead_pool_once_and_all_get_the_reason(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    shared.token()
    clock.ahead += 3601
    sandbox.faults.drop(RENEWAL, times=None)
    before = renewals(sandbox, shared.profile)

    def hear(_: int) -> str:
        with pytest.raises(Unreachable) as error:
            shared.token()
        return error.value.code

    with ThreadPoolExecutor(MANY) as threads:
        assert len(set(threads.map(hear, range(MANY)))) == 1
    assert renewals(sandbox, shared.profile) - before <= 3, (
        "one operation, of three attempts at most"
    )


def test_each_task_gets_its_own_error_from_a_dead_pool(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    shared.token()
    clock.ahead += 3601
    sandbox.faults.drop(RENEWAL, times=None)

    async def all_at_once() -> list[Secret | BaseException]:
        asked = (shared.atoken() for _ in range(20))
        return await asyncio.gather(*asked, return_exceptions=True)

    errors = asyncio.run(all_at_once())
    assert all(isinstance(error, Unreachable) for error in errors)
    assert len({id(error) for error in errors}) == 20


def test_a_good_token_is_used_at_once_while_the_renewal_hangs(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    old = shared.token()
    answered = renewals(sandbox, shared.profile)
    clock.ahead += 3500
    with sandbox.faults.hold(RENEWAL) as held:
        assert [shared.token() for _ in range(100)] == [old] * 100
        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(lambda _: shared.token(), range(100))) == {old}
        held.wait_for_request()
        assert renewals(sandbox, shared.profile) == answered, "and it has not been answered yet"


@pytest.mark.parametrize("way", ["saved", "for_workers"])
@pytest.mark.parametrize("ahead", [0, 3500], ids=["fresh", "stale"])
def test_a_good_token_is_used_at_once_while_a_thread_with_a_refused_token_waits(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock, way: str, ahead: float
) -> None:
    token = saved.tokens.access_token
    thread = threading.Thread(target=session.token_instead_of, args=(token,))
    with sandbox.faults.hold(RENEWAL) as held:
        thread.start()
        held.wait_for_request()
        clock.ahead += ahead
        if way == "saved":
            session.saved()
        else:
            session.for_workers("30s")
        assert thread.is_alive(), "it waited for the renewal, which was given up"
    thread.join()


def test_a_good_token_is_used_at_once_while_another_process_has_the_lock(
    shared: Session, rotating: Profile, files: FileStore, clock: Clock
) -> None:
    old = shared.token()
    clock.ahead += 3500
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with right_to_renew(files, "acme"):
            held.set()
            done.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    try:
        assert Session(rotating, store=files, clock=clock).saved().tokens.access_token == old
        assert Session(rotating, store=files, clock=clock).token() == old
    finally:
        done.set()
        holder.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_forked_processes_and_their_parent_share_the_one_renewal(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    shared.token()
    before = renewals(sandbox, shared.profile)
    clock.ahead += 3601
    children = [_fork(lambda: bool(shared.token())) for _ in range(8)]
    shared.token()
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    assert renewals(sandbox, shared.profile) == before + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_that_is_forked_during_a_renewal_does_not_hang(
    shared: Session, clock: Clock, sandbox: Sandbox
) -> None:
    shared.token()
    clock.ahead += 3601
    renewing = threading.Thread(target=shared.token)
    with sandbox.faults.hold(RENEWAL) as held:
        renewing.start()
        held.wait_for_request()
        child = _fork(lambda: bool(shared.token()))
    renewing.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_session_in_memory_is_renewed_only_by_the_process_that_made_it(
    rotating: Profile, store: MemoryStore, clock: Clock, sandbox: Sandbox
) -> None:
    """If a refresh token is good for one use, two copies of it would end the session."""
    session = Session(rotating, store=store, clock=clock)
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended)
    assert _exit_code(_fork(lambda: bool(session.token()))) == 0, "the token may be used"
    clock.ahead += 3601

    def is_refused() -> bool:
        try:
            session.token()
        except SessionEnded:
            return True
        return False

    assert _exit_code(_fork(is_refused)) == 0
    session.token()


def test_a_refused_token_is_replaced_once_for_all_callers(
    shared: Session, sandbox: Sandbox
) -> None:
    refused = shared.token()
    before = renewals(sandbox, shared.profile)
    with ThreadPoolExecutor(20) as threads:
        newer = set(threads.map(lambda _: shared.token_instead_of(refused), range(20)))
    assert newer == {shared.token()} != {refused}
    assert renewals(sandbox, shared.profile) == before + 1


def test_a_token_that_is_refused_at_once_is_not_replaced_again(
    shared: Session, sandbox: Sandbox
) -> None:
    newer = shared.token_instead_of(shared.token())
    before = renewals(sandbox, shared.profile)
    assert asyncio.run(shared.atoken_instead_of(newer)) == newer
    assert renewals(sandbox, shared.profile) == before


def test_after_a_sign_out_no_process_has_the_session_again(
    shared: Session, clock: Clock, files: FileStore, rotating: Profile, sandbox: Sandbox
) -> None:
    siblings = [Session(rotating, store=files, clock=clock) for _ in range(50)]
    for sibling in siblings:
        sibling.token()
    clock.ahead += 3601
    before = sandbox.requests.count("RevokeToken")

    def renew(sibling: Session) -> None:
        try:
            sibling.token()
        except (SignInRequired, SessionEnded):
            return

    with ThreadPoolExecutor(51) as threads:
        racing = [threads.submit(renew, sibling) for sibling in siblings]
        shared.sign_out()
        assert stored(files, "acme") is None
        for race in racing:
            race.result()
    assert stored(files, "acme") is None
    assert sandbox.requests.count("RevokeToken") == before + 1
    with pytest.raises(SignInRequired):
        shared.token()


def _fork(work: object) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        code = 0 if work() else 2  # type: ignore[operator]
    finally:
        os._exit(code)


def _exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
