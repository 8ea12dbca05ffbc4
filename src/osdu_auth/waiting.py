"""A task waits for a thread on its own event loop, which is asyncio's or trio's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Result = TypeVar("Result")


async def result_of(future: Future[Result]) -> Result:
    """Return the result of a future; a task that stops waiting does not cancel the future."""
    if not _is_asyncio():
        await _done_on_trio(future)
        return future.result()
    from asyncio import wrap_future

    return await wrap_future(future)


async def wait_until_done(future: Future[Any], patience: float) -> None:
    """Wait until a future is done, or for `patience` seconds."""
    if _is_asyncio():
        from asyncio import wait, wrap_future

        await wait([wrap_future(future)], timeout=patience)
        return
    from trio import move_on_after

    with move_on_after(patience):
        await _done_on_trio(future)


def _is_asyncio() -> bool:
    from asyncio import get_running_loop

    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True


async def _done_on_trio(future: Future[Any]) -> None:
    """Wait without one of trio's threads: a program has a limited number of them."""
    from contextlib import suppress

    from trio import Event, RunFinishedError
    from trio.lowlevel import current_trio_token

    loop, done = current_trio_token(), Event()

    def wake(_: object) -> None:
        with suppress(RunFinishedError):
            loop.run_sync_soon(done.set)

    future.add_done_callback(wake)
    await done.wait()
