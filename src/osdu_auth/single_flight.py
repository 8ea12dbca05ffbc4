"""Single flight: work that many wait for and one thread does, seen through to its end.

Ctrl-C, a task that is cancelled and a time-out end one caller's waiting. They must not end the
work: a refresh token that the issuer has replaced, and that was not written down, ends the session.
So the work runs in a thread that is not left: the caller's own where that is neither the main
thread nor a daemon, else one of its own. A second thread, which the interpreter waits for, keeps
the process until the work is over: children of multiprocessing may run no function of `atexit`. It
lets go two seconds after Ctrl-C, and five seconds after a task gave up, which Ctrl-C may have been
the reason for.

Work that is lost without harm, such as fetching keys, keeps no process (`keeps_process`).

A fork makes all of it anew in the child: the thread that did the work is not there.
"""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

# How long a caller that was interrupted still waits for an answer that may be on its way, in
# seconds; a person who typed Ctrl-C is not kept longer.
LAST_WAIT = 2.0
# How long a program that ends waits for work that a task has given up waiting for, in seconds.
TASKS_LAST_WAIT = 5.0

_LOOK = 0.5  # seconds between two looks whether the program is ending

Result = TypeVar("Result")


class Flight(Generic[Result]):
    """One piece of work under way.

    Threads wait on an event. What tasks wait on is a future, which belongs to no event loop; it is
    made when the first of them comes, as importing it takes as long as much of a sign-in.

    Args:
        work: what to do; what it raises is raised for each caller that waits.
        flights: says how.
    """

    def __init__(self, work: Callable[[], Result | None], flights: SingleFlight[Result]) -> None:
        self.work = work
        self._outcome: tuple[Result | None, BaseException | None] | None = None
        self._future: Future[Result | None] | None = None
        self._lock = threading.Lock()
        self._flights = flights
        self._done, self._over = threading.Event(), threading.Event()
        self._is_given_up = False
        self._thread = threading.current_thread()
        self._has_begun = self._is_started = False

    @property
    def is_in_this_thread(self) -> bool:
        """Whether the calling thread does the work now, so that it must not wait for it."""
        is_here = self._thread is threading.current_thread()
        return is_here and self._has_begun and not self.is_done

    @property
    def is_left_by_this_thread(self) -> bool:
        """Whether the calling thread was interrupted before it began the work, or had it begun."""
        is_here = self._thread is threading.current_thread()
        return is_here and not (self._has_begun or self._is_started)

    @property
    def is_done(self) -> bool:
        """Whether the work is done."""
        return self._outcome is not None

    def start(self) -> bool:
        """Do the work in a thread of its own; return whether one can be had.

        None can be had at the interpreter's end, for one.
        """
        name = self._flights.name
        try:
            self._is_started = True
            if self._flights.keeps_process:
                end = f"{name}'s end"
                threading.Thread(target=self._keep_process_alive, name=end, daemon=False).start()
            threading.Thread(target=self.run, name=name, daemon=True).start()
        except RuntimeError:
            return False
        except BaseException:
            self.drop()  # Ctrl-C came before that thread began, or it has begun and goes on
            raise
        return True

    def begin(self) -> bool:
        """Have this thread be the one that does the work; return whether it is the first."""
        with self._lock:
            if self._has_begun:
                return False
            self._thread, self._has_begun = threading.current_thread(), True
            return True

    def run(self) -> None:
        """Do the work in this thread unless another one does, and what is done afterwards."""
        if self.begin():
            self.end()

    def end(self) -> None:
        """Do the work that this thread has begun, and what is done afterwards."""
        outcome: tuple[Result | None, BaseException | None]
        try:
            outcome = self.work(), None
        except BaseException as error:  # noqa: BLE001 - those who wait must hear of it
            outcome = None, error
        with self._lock:
            self._outcome, future = outcome, self._future
        self._done.set()
        if future is not None:
            _settle(future, *outcome)
        try:
            self._flights.afterwards()
        finally:
            self._over.set()
            self._flights.forget(self)

    def drop(self) -> None:
        """Give the work up unless it has begun: those who wait for it get no result."""
        if self.begin():
            self.work = _nothing
            self.end()

    def wait(self) -> None:
        """Wait for the work and for what is done afterwards, whatever becomes of it."""
        if self._thread is not threading.current_thread():
            self._over.wait()

    def result(self) -> Result | None:
        """Return what the work comes to; a caller that is interrupted waits a moment longer.

        Raises:
            BaseException: what the work raised, or the interruption.
        """
        try:
            while self._outcome is None:
                self._done.wait()
        except KeyboardInterrupt:
            if not self._over.wait(LAST_WAIT):
                self._over.set()  # the process need not be kept any more
            raise
        result, error = self._outcome
        if error is not None:
            raise error
        return result

    def ends_within(self, seconds: float) -> bool:
        """Wait for the work, so many seconds at most, and return whether it has ended."""
        return self._done.wait(seconds)

    async def aends_within(self, seconds: float) -> bool:
        """Do what `ends_within` does; only this task waits."""
        from osdu_auth.waiting import ended

        await ended(self._shared(), seconds)
        return self.is_done

    async def aresult(self) -> Result | None:
        """Return what the work comes to, as of `result`; only this task waits."""
        from osdu_auth.waiting import result_of

        try:
            return await result_of(self._shared())
        except BaseException:
            self._is_given_up = not self.is_done
            raise

    def _shared(self) -> Future[Result | None]:
        """Return the future that tasks wait on."""
        from concurrent.futures import Future

        with self._lock:
            if self._future is None:
                self._future = Future()
                # From here on a caller that gives up waiting cannot cancel it for the others.
                self._future.set_running_or_notify_cancel()
                if self._outcome is not None:
                    _settle(self._future, *self._outcome)
            return self._future

    def _keep_process_alive(self) -> None:
        while not self._over.wait(_LOOK):
            if self._is_given_up and not threading.main_thread().is_alive():
                self._over.wait(TASKS_LAST_WAIT)
                self._over.set()


def _settle(
    future: Future[Result | None], result: Result | None, error: BaseException | None
) -> None:
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class SingleFlight(Generic[Result]):
    """At most one piece of work under way.

    Args:
        name: of the thread that does it.
        afterwards: what is done in the same thread when those who wait have the result.
        keeps_process: whether the process does not end before the work.
    """

    def __init__(
        self,
        name: str,
        afterwards: Callable[[], object] | None = None,
        *,
        keeps_process: bool = True,
    ) -> None:
        self.name = name
        self.afterwards = afterwards or _nothing
        self.keeps_process = keeps_process
        self._begin()
        _all.add(self)

    def _begin(self) -> None:
        """Begin with no work under way."""
        self._lock = threading.Lock()
        self._present: Flight[Result] | None = None
        self._not_over: list[Flight[Result]] = []

    @property
    def is_in_this_thread(self) -> bool:
        """Whether the calling thread does the work now, so that it must not wait for it."""
        present = self._present  # another thread may forget it
        return present is not None and present.is_in_this_thread

    @property
    def is_under_way(self) -> bool:
        """Whether some work is under way."""
        present = self._present
        return present is not None and not present.is_done

    def run(self, work: Callable[[], Result]) -> tuple[Flight[Result], bool]:
        """Do the work unless some is under way: in this thread if that is not left, else in one.

        Returns:
            The flight under way, and whether that is this work.
        """
        here = threading.current_thread()
        if here.daemon or here is threading.main_thread():
            return self.start(work)
        flight, is_mine = self._present_or(work)
        if is_mine:
            flight.run()
        return flight, is_mine

    def start(self, work: Callable[[], Result]) -> tuple[Flight[Result], bool]:
        """Do the work in a thread of its own, unless some is under way; return as `run` does.

        Where no thread can be had, as at the interpreter's end, it is done in this one.
        """
        flight, is_mine = self._present_or(work)
        if is_mine and not flight.start():
            flight.run()
        return flight, is_mine

    def start_in_background(self, work: Callable[[], Result | None]) -> None:
        """Do the work in a thread of its own, unless some is under way or no thread can be had."""
        flight, is_mine = self._present_or(work)
        if is_mine and not flight.start():
            flight.drop()

    @contextmanager
    def alone(self, is_done: Callable[[], bool] = lambda: False) -> Iterator[bool]:
        """Do the work of a `with` block in this thread, as the only work under way.

        Those who come in the meantime wait for its end, and get no result of it.

        Args:
            is_done: says whether another thread has done the work by now, so that this one waits
                for nothing more; the block is then told so by False.
        """
        while not is_done():
            flight, is_mine = self._present_or(_nothing)
            if (is_mine and flight.begin()) or flight.is_in_this_thread:
                break
            flight.wait()
        else:
            yield False
            return
        try:
            yield True
        finally:
            if is_mine:
                flight.end()

    def wait(self) -> None:
        """Wait for the work under way and for what is done afterwards, whatever becomes of it.

        What is done after one piece of work may wait for the next one.
        """
        for flight in tuple(self._not_over):
            flight.wait()

    def forget(self, flight: Flight[Result]) -> None:
        """Keep nothing of a flight that is over."""
        with self._lock:
            if self._present is flight:
                self._present = None
            if flight in self._not_over:
                self._not_over.remove(flight)

    def _present_or(self, work: Callable[[], Result | None]) -> tuple[Flight[Result], bool]:
        with self._lock:
            present = self._present
            if present is not None and not present.is_done:
                if not present.is_left_by_this_thread:
                    return present, False
                present.work = work
                return present, True
            flight = self._present = Flight(work, self)
            self._not_over.append(flight)
            return flight, True


def _nothing() -> None:
    """Come to no result: what was to be done is done."""


_all: WeakSet[SingleFlight[Any]] = WeakSet()


def _after_fork() -> None:
    for flights in _all:
        flights._begin()  # noqa: SLF001 - of the same module


def _at_exit() -> None:
    for flights in tuple(_all):
        if flights.keeps_process:
            flights.wait()


# Functions of atexit may use a session; the interpreter waits no more for what they began.
atexit.register(_at_exit)

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
