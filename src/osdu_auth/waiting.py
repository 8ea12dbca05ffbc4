"""How a task waits for a thread: on the event loop that it runs on, of asyncio or of trio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Result = TypeVar("Result")


async def result_of(future: Future[Result]) -> Result:
    """Return what a future comes to; whoever stops waiting does not stop it."""
    if not _is_asyncio():
        await _done_on_trio(future)
        return future.result()
    from asyncio import wrap_future

    return await wrap_future(future)


async def ended(future: Future[Any], patience: float) -> None:
    """Wait until a future has come to something, or for so many seconds."""
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
    """Wait without one of trio's threads, which a program may need for other things."""
    from contextlib import suppress

    from trio import Event, RunFinishedError
    from trio.lowlevel import current_trio_token

    loop, done = current_trio_token(), Event()

    def wake(_: object) -> None:
        with suppress(RunFinishedError):
            loop.run_sync_soon(done.set)

    future.add_done_callback(wake)
    await done.wait()
