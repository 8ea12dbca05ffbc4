"""How a task waits: on the event loop that it runs on, of asyncio or of trio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

Result = TypeVar("Result")


async def result_of(future: Future[Result]) -> Result:
    """Return what a future comes to; whoever stops waiting does not stop it."""
    if not _is_asyncio():
        return await in_thread(future.result)
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
        await in_thread(future.exception)


async def in_thread(work: Callable[[], Result]) -> Result:
    """Return what the work comes to, done in a thread."""
    if _is_asyncio():
        from asyncio import to_thread

        return await to_thread(work)
    from trio.to_thread import run_sync  # nobody else calls us: httpx runs on these two

    result: Result = await run_sync(work, abandon_on_cancel=True)
    return result


def _is_asyncio() -> bool:
    from asyncio import get_running_loop

    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True
