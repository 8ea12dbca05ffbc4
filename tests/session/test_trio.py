"""What a task of asyncio may do with a session, one of trio may as well: httpx runs on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from session_far_end import RENEWAL, renewals

trio = pytest.importorskip("trio")

if TYPE_CHECKING:
    from osdu_auth import Session
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.token_store import SavedSession
    from session_far_end import Clock


def test_tasks_of_trio_make_one_renewal_and_hold_up_no_other_task(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock
) -> None:
    clock.ahead += 3601
    before = renewals(sandbox, session.profile)
    sandbox.faults.latency(RENEWAL, 0.5)
    tokens = set()
    ticks = 0

    async def ask() -> None:
        tokens.add(await session.atoken())

    async def main() -> None:
        nonlocal ticks
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(ask)
            while not tokens:
                await trio.sleep(0.05)
                ticks += 1

    trio.run(main)
    assert len(tokens) == 1
    assert renewals(sandbox, session.profile) == before + 1
    assert ticks > 3


def test_a_task_of_trio_that_gives_up_waiting_takes_nothing_from_the_others(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock
) -> None:
    clock.ahead += 3601
    before = renewals(sandbox, session.profile)
    sandbox.faults.latency(RENEWAL, 0.5)

    async def main() -> None:
        with trio.move_on_after(0.1):
            await session.atoken()
            pytest.fail("it did not give up")
        assert await session.atoken() == session.token()

    trio.run(main)
    assert renewals(sandbox, session.profile) == before + 1


def test_tasks_of_trio_that_wait_leave_its_threads_to_others(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock
) -> None:
    clock.ahead += 3601
    sandbox.faults.latency(RENEWAL, 2)
    answers: list[int] = []

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(60):
                nursery.start_soon(session.atoken)
            await trio.sleep(0.3)
            answers.append(await trio.to_thread.run_sync(lambda: 1))
            assert session.load() == saved, "the renewal is still under way"

    trio.run(main)
    assert answers == [1]


def test_a_client_of_httpx_on_trio_renews_after_a_401(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock
) -> None:
    httpx = pytest.importorskip("httpx")
    clock.ahead += 3601
    url = f"{session.profile.platform_url}/api/entitlements/v2/groups"

    async def main() -> None:
        async with httpx.AsyncClient(auth=session) as client:
            first = await client.get(url)
            refused = session.token()
            sandbox.faults.reply("/api/entitlements", status=401)
            second = await client.get(url)
        assert session.token() != refused
        assert first.status_code == second.status_code == 200

    trio.run(main)
