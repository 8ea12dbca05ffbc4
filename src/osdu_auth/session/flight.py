"""Work that is seen through whoever gives up waiting: in a thread of its own, one at a time.

Ctrl-C, a task that is cancelled and a time-out end somebody's waiting. They must not end a renewal:
a refresh token that the pool has replaced and nobody wrote down would end the session. For the same
reason a process that ends waits for the work that is under way, but two seconds only for a person
who typed Ctrl-C.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from osdu_auth.session.held import HeldToken

    Work = Callable[[], HeldToken | None]

# How long somebody who was interrupted still waits for an answer that may be on its way, in
# seconds; a person who typed Ctrl-C is not kept longer.
LAST_WAIT = 2.0

_LOOK = 0.5  # seconds between two looks whether the program is ending

Result = TypeVar("Result")


class OneFlight:
    """At most one piece of work under way.

    It belongs to no event loop: whoever waits does so in their own way on the future.

    Args:
        afterwards: what is done in the work's thread when those who wait have what it came to.
    """

    def __init__(self, afterwards: Callable[[], object]) -> None:
        self._afterwards = afterwards
        self._lock = threading.Lock()
        self._future: Future[HeldToken | None] | None = None
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._over.set()

    @property
    def is_flown_here(self) -> bool:
        """Whether the calling thread does the work, so that it must not wait for it."""
        return self._thread is threading.current_thread()

    def start(self, work: Work) -> tuple[Future[HeldToken | None], bool]:
        """Begin the work, unless some is under way.

        Args:
            work: what to do; what it raises goes to the future.

        Returns:
            The future of the work under way, and whether that is this work.

        Raises:
            RuntimeError: no thread can be started, as at the interpreter's end.
        """
        with self._lock:
            if self._future is not None and not self._future.done():
                return self._future, False
            over = threading.Event()
            try:
                # The interpreter waits for this thread, and so for the work.
                threading.Thread(
                    target=_see_to_its_end, args=(over,), name="osdu-auth renewal's end"
                ).start()
                self._future, self._thread = _begin(work, partial(self._end, over))
            except BaseException:
                over.set()
                raise
            self._over = over
            return self._future, True

    def wait(self) -> None:
        """Wait for the work under way and for what is done afterwards, whatever becomes of it."""
        with self._lock:
            over = self._over
        if not self.is_flown_here:
            over.wait()

    def leave(self) -> None:
        """Wait a moment longer for the work under way; after that, nobody has to."""
        with self._lock:
            over = self._over
        if not over.wait(LAST_WAIT):
            over.set()

    def _end(self, over: threading.Event) -> None:
        try:
            self._afterwards()
        finally:
            over.set()


def _see_to_its_end(over: threading.Event) -> None:
    """Wait until the work is over, or the program has been ended by Ctrl-C for a while."""
    while not over.wait(_LOOK):
        if _ended_by_ctrl_c():
            over.wait(LAST_WAIT)
            over.set()


def _ended_by_ctrl_c() -> bool:
    """Say so also of a program of asyncio, in which Ctrl-C does not reach whoever waits."""
    last = getattr(sys, "last_type", None)
    return last is KeyboardInterrupt and not threading.main_thread().is_alive()


def seen_through(work: Callable[[], Result]) -> Result:
    """Do the work, and let an interruption of the main thread end the waiting and not the work.

    Raises:
        BaseException: what the work raised, or the interruption.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()  # which no signal interrupts
    try:
        future, thread = _begin(work)
    except RuntimeError:  # no thread can be started
        return work()
    try:
        return future.result()
    except BaseException:
        thread.join(LAST_WAIT)
        raise


def _begin(
    work: Callable[[], Result], afterwards: Callable[[], object] = lambda: None
) -> tuple[Future[Result], threading.Thread]:
    from concurrent.futures import Future

    future: Future[Result] = Future()
    # From here on nobody who gives up waiting can cancel it for the others.
    future.set_running_or_notify_cancel()
    thread = threading.Thread(
        target=_fly, args=(future, work, afterwards), name="osdu-auth renewal", daemon=True
    )
    thread.start()
    return future, thread


def _fly(
    future: Future[Result], work: Callable[[], Result], afterwards: Callable[[], object]
) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
        future.set_exception(error)
    else:
        future.set_result(result)
    afterwards()
