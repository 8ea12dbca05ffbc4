"""Work that is seen through whoever gives up waiting: in a thread of its own, one at a time.

Ctrl-C, a task that is cancelled and a time-out end somebody's waiting. They must not end a renewal:
a refresh token that the pool has replaced and nobody wrote down would end the session. For the same
reason a process that ends waits for the work that is under way, also in a thread that it would not
wait for; but two seconds only after Ctrl-C, and five where a task gave up, which Ctrl-C may have
been the reason for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from osdu_auth.session.held import HeldToken

# How long somebody who was interrupted still waits for an answer that may be on its way, in
# seconds; a person who typed Ctrl-C is not kept longer.
LAST_WAIT = 2.0
# How long a program that ends waits for work that a task has given up waiting for, in seconds.
TASKS_LAST_WAIT = 5.0

_LOOK = 0.5  # seconds between two looks whether the program is ending

Result = TypeVar("Result")


class Flight(Generic[Result]):
    """One piece of work under way.

    Its future belongs to no event loop: whoever waits does so in their own way.

    Args:
        work: what to do; what it raises goes to the future.
        afterwards: what is done in the same thread when those who wait have what it came to.

    Raises:
        RuntimeError: no thread can be started, as at the interpreter's end.
    """

    def __init__(self, work: Callable[[], Result], afterwards: Callable[[], object]) -> None:
        from concurrent.futures import Future

        self.future: Future[Result] = Future()
        # From here on nobody who gives up waiting can cancel it for the others.
        self.future.set_running_or_notify_cancel()
        self._work = work
        self._afterwards = afterwards
        self._over = threading.Event()
        self._is_given_up = False
        self._thread = threading.Thread(target=self._fly, name="osdu-auth renewal", daemon=True)
        try:
            # The interpreter waits for this one, and so for the work.
            threading.Thread(
                target=self._hold, name="osdu-auth renewal's end", daemon=False
            ).start()
            self._thread.start()
        except BaseException:
            self._over.set()
            raise

    @property
    def is_flown_here(self) -> bool:
        """Whether the calling thread does the work, so that it must not wait for it."""
        return self._thread is threading.current_thread()

    def wait(self) -> None:
        """Wait for the work and for what is done afterwards, whatever becomes of it."""
        if not self.is_flown_here:
            self._over.wait()

    def result(self) -> Result:
        """Return what the work comes to; whoever is interrupted meanwhile waits a moment longer.

        Raises:
            BaseException: what the work raised, or the interruption.
        """
        try:
            return self.future.result()
        except KeyboardInterrupt:
            if not self._over.wait(LAST_WAIT):
                self._over.set()  # nobody has to wait any more
            raise

    async def aresult(self) -> Result:
        """Return what the work comes to, as of `result`; only this task waits."""
        from osdu_auth.waiting import result_of

        try:
            return await result_of(self.future)
        except BaseException:
            self._is_given_up = not self.future.done()
            raise

    def _fly(self) -> None:
        _here.is_flown = True
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
            self.future.set_exception(error)
        else:
            self.future.set_result(result)
        try:
            self._afterwards()
        finally:
            self._over.set()

    def _hold(self) -> None:
        while not self._over.wait(_LOOK):
            if self._is_given_up and not threading.main_thread().is_alive():
                self._over.wait(TASKS_LAST_WAIT)
                self._over.set()


class OneFlight:
    """At most one piece of work under way.

    Args:
        afterwards: as of `Flight`.
    """

    def __init__(self, afterwards: Callable[[], object]) -> None:
        self._afterwards = afterwards
        self._lock = threading.Lock()
        self._present: Flight[HeldToken | None] | None = None

    @property
    def is_flown_here(self) -> bool:
        """Whether the calling thread does the work, so that it must not wait for it."""
        return self._present is not None and self._present.is_flown_here

    def start(self, work: Callable[[], HeldToken | None]) -> tuple[Flight[HeldToken | None], bool]:
        """Begin the work, unless some is under way.

        Returns:
            The flight under way, and whether that is this work.

        Raises:
            RuntimeError: no thread can be started, as at the interpreter's end.
        """
        with self._lock:
            if self._present is not None and not self._present.future.done():
                return self._present, False
            self._present = Flight(work, self._afterwards)
            return self._present, True

    def wait(self) -> None:
        """Wait for the work under way and for what is done afterwards, whatever becomes of it."""
        if self._present is not None:
            self._present.wait()


def seen_through(work: Callable[[], Result], afterwards: Callable[[], object]) -> Result:
    """Do the work, and let no interruption end it, be it of the thread or of the program.

    Args:
        work: what to do.
        afterwards: what is done when the work is over, whatever became of it.

    Raises:
        BaseException: what the work raised, or the interruption.
    """
    if _here.is_flown:  # a store of the user's own asks, or a listener
        return work()
    flight = _begun(work, afterwards) if _may_be_left() else None
    if flight is None:
        try:
            return work()
        finally:
            afterwards()
    try:
        return flight.result()
    finally:
        if flight.future.done():
            flight.wait()


def _may_be_left() -> bool:
    """Say whether this thread may leave its work: by a signal, or as no program waits for it."""
    here = threading.current_thread()
    return here.daemon or here is threading.main_thread()


def _begun(work: Callable[[], Result], afterwards: Callable[[], object]) -> Flight[Result] | None:
    try:
        return Flight(work, afterwards)
    except RuntimeError:  # no thread can be started
        return None


class _Here(threading.local):
    is_flown = False  # whether this thread does some flight's work


_here = _Here()
