"""A task of trio can use a session as a task of asyncio does: httpx runs on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from session_test_parts import RENEWAL, renewals

trio = pytest.importorskip("trio")

if TYPE_CHECKING:
    from osdu_auth import Session
    from osdu_auth.sandbox import HeldAnswer, Sandbox
    from osdu_auth.stores.saved_session import SavedSession
    from session_test_parts import Clock


def test_tasks_of_trio_share_one_renewal_and_do_not_block_other_tasks(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock
) -> None:
    clock.ahead += 3601
    before = renewals(sandbox, session.profile)
    tokens = []

    async def ask() -> None:
        tokens.append(await session.atoken())

    async def main(held: HeldAnswer) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(ask)
            while not held.has_request:
                await trio.sleep(0.01)
            assert tokens == []
            held.release()

    with sandbox.faults.hold(RENEWAL, times=None) as held:
        # If the event loop is blocked, the answer is not released, and the renewal times out.
        trio.run(main, held)
    assert (len(tokens), len(set(tokens))) == (20, 1)
    assert renewals(sandbox, session.profile) == before + 1


def test_a_cancelled_task_of_trio_does_not_cancel_the_renewal_for_the_others(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock
) -> None:
    clock.ahead += 3601
    before = renewals(sandbox, session.profile)
    tokens = []

    async def ask() -> None:
        tokens.append(await session.atoken())

    async def main(held: HeldAnswer) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            with trio.move_on_after(0.1):
                await session.atoken()
                pytest.fail("it did not give up")
            held.release()

    with sandbox.faults.hold(RENEWAL) as held:
        trio.run(main, held)
    assert tokens == [session.token()] != [saved.tokens.access_token]
    assert renewals(sandbox, session.profile) == before + 1


def test_waiting_tasks_of_trio_use_none_of_its_threads(
    session: Session, saved: SavedSession, sandbox: Sandbox, clock: Clock
) -> None:
    clock.ahead += 3601
    answers: list[int] = []

    async def main(held: HeldAnswer) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(60):
                nursery.start_soon(session.atoken)
            while not held.has_request:
                await trio.sleep(0.01)
            answers.append(await trio.to_thread.run_sync(lambda: 1))
            assert session.load() == saved, "the renewal is still under way"
            held.release()

    with sandbox.faults.hold(RENEWAL) as held:
        trio.run(main, held)
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
