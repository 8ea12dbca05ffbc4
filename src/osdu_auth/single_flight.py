"""Single flight: many callers wait for one call, which one thread makes and always finishes.

Ctrl-C, a cancelled task and a time-out end the waiting of one caller. They must not end the call:
if the issuer has replaced a refresh token and the new one was not saved, the session is lost. So
the call runs in a thread that cannot be interrupted: the caller's own thread if it is neither the
main thread nor a daemon, otherwise a new thread. A second thread, which is no daemon, keeps the
process alive until the call has finished (`atexit` is not enough: children of multiprocessing may
not run its functions). This thread stops two seconds after Ctrl-C, and five seconds after a task
was cancelled, as Ctrl-C may have been the reason.

A call that can be lost without harm, such as fetching keys, does not keep the process alive
(`keeps_process`).

After a fork the child starts with no call: the thread that made it exists only in the parent.
"""

from __future__ import annotations

import atexit
import os
import threading
from _weakrefset import WeakSet  # `threading` has loaded it; `weakref` takes 0.4 ms more
from contextlib import contextmanager

from osdu_auth.light_typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from typing import Any

# Seconds that an interrupted caller still waits for the result. A person who typed Ctrl-C should
# not have to wait longer.
WAIT_AFTER_INTERRUPT = 2.0
# Seconds that a program waits at its end for a call, if the task that waited for it was cancelled.
WAIT_AFTER_CANCELLATION = 5.0

_POLL_INTERVAL = 0.5  # seconds; how often it is checked whether the program is ending

Result = TypeVar("Result")


class SharedCall(Generic[Result]):
    """One call that runs, and that several callers may wait for.

    Threads wait on an event. Tasks wait on a future, which belongs to no event loop. The future is
    made for the first task only: the import of its module takes as long as a large part of a
    sign-in.

    Args:
        work: the function to call; what it raises is raised for each caller that waits.
        single_flight: the owner, which has the settings.
    """

    def __init__(
        self, work: Callable[[], Result | None], single_flight: SingleFlight[Result]
    ) -> None:
        self.work = work
        self._outcome: tuple[Result | None, BaseException | None] | None = None
        self._future: Future[Result | None] | None = None
        self._lock = threading.Lock()
        self._single_flight = single_flight
        self._has_outcome, self._finished = threading.Event(), threading.Event()
        self._is_abandoned = False
        self._thread = threading.current_thread()
        self._is_reserved = self._is_started = False

    @property
    def is_in_this_thread(self) -> bool:
        """Whether the calling thread makes this call now, so that it must not wait for it."""
        is_here = self._thread is threading.current_thread()
        return is_here and self._is_reserved and not self.is_done

    @property
    def was_interrupted_here(self) -> bool:
        """Whether the calling thread was interrupted before it began or started this call."""
        is_here = self._thread is threading.current_thread()
        return is_here and not (self._is_reserved or self._is_started)

    @property
    def is_done(self) -> bool:
        """Whether the call has a result or an error."""
        return self._outcome is not None

    def start(self) -> bool:
        """Make the call in a new thread; return whether a thread could be started.

        At the interpreter's end, for example, no thread can be started.
        """
        name = self._single_flight.name
        try:
            self._is_started = True
            if self._single_flight.keeps_process:
                end = f"{name}'s end"
                threading.Thread(target=self._keep_process_alive, name=end, daemon=False).start()
            threading.Thread(target=self.run, name=name, daemon=True).start()
        except RuntimeError:
            return False
        except BaseException:
            self.cancel()  # Ctrl-C; if the thread has begun already, this changes nothing
            raise
        return True

    def reserve(self) -> bool:
        """Reserve the call for this thread; return False if another thread was first."""
        with self._lock:
            if self._is_reserved:
                return False
            self._thread, self._is_reserved = threading.current_thread(), True
            return True

    def run(self) -> None:
        """Make the call in this thread unless another thread does, then run `afterwards`."""
        if self.reserve():
            self.finish()

    def finish(self) -> None:
        """Make the call that this thread has reserved, then run `afterwards`."""
        outcome: tuple[Result | None, BaseException | None]
        try:
            outcome = self.work(), None
        except BaseException as error:  # noqa: BLE001 - raised for each caller that waits
            outcome = None, error
        with self._lock:
            self._outcome, future = outcome, self._future
        self._has_outcome.set()
        if future is not None:
            _set_outcome(future, *outcome)
        try:
            self._single_flight.afterwards()
        finally:
            self._finished.set()
            self._single_flight.remove(self)

    def cancel(self) -> None:
        """Cancel the call unless it has begun; the callers that wait get no result."""
        if self.reserve():
            self.work = _do_nothing
            self.finish()

    def wait(self) -> None:
        """Wait for the call and for `afterwards`, whether the call succeeds or not."""
        if self._thread is not threading.current_thread():
            self._finished.wait()

    def result(self) -> Result | None:
        """Return the result; a caller that is interrupted still waits for `WAIT_AFTER_INTERRUPT`.

        Raises:
            BaseException: what the call raised, or the interruption.
        """
        try:
            while self._outcome is None:
                self._has_outcome.wait()
        except KeyboardInterrupt:
            if not self._finished.wait(WAIT_AFTER_INTERRUPT):
                self._finished.set()  # the process does not have to stay alive any more
            raise
        result, error = self._outcome
        if error is not None:
            raise error
        return result

    def ends_within(self, seconds: float) -> bool:
        """Wait for the call, `seconds` at most, and return whether it has ended."""
        return self._has_outcome.wait(seconds)

    async def aends_within(self, seconds: float) -> bool:
        """Do what `ends_within` does; only this task waits."""
        from osdu_auth.waiting import wait_until_done

        await wait_until_done(self._shared_future(), seconds)
        return self.is_done

    async def aresult(self) -> Result | None:
        """Do what `result` does; only this task waits."""
        from osdu_auth.waiting import result_of

        try:
            return await result_of(self._shared_future())
        except BaseException:
            self._is_abandoned = not self.is_done
            raise

    def _shared_future(self) -> Future[Result | None]:
        """Return the future that tasks wait on."""
        from concurrent.futures import Future

        with self._lock:
            if self._future is None:
                self._future = Future()
                # A caller that stops waiting can now not cancel it for the other callers.
                self._future.set_running_or_notify_cancel()
                if self._outcome is not None:
                    _set_outcome(self._future, *self._outcome)
            return self._future

    def _keep_process_alive(self) -> None:
        while not self._finished.wait(_POLL_INTERVAL):
            if self._is_abandoned and not threading.main_thread().is_alive():
                self._finished.wait(WAIT_AFTER_CANCELLATION)
                self._finished.set()


def _set_outcome(
    future: Future[Result | None], result: Result | None, error: BaseException | None
) -> None:
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class SingleFlight(Generic[Result]):
    """At most one call at a time, which all callers share.

    Args:
        name: the name of the thread that makes the call.
        afterwards: called in the same thread, after the waiting callers have the result.
        keeps_process: whether the process stays alive until the call has finished.
    """

    def __init__(
        self,
        name: str,
        afterwards: Callable[[], object] | None = None,
        *,
        keeps_process: bool = True,
    ) -> None:
        self.name = name
        self.afterwards = afterwards or _do_nothing
        self.keeps_process = keeps_process
        self._reset()
        _all.add(self)

    def _reset(self) -> None:
        """Start with no call."""
        self._lock = threading.Lock()
        self._current: SharedCall[Result] | None = None
        self._unfinished: list[SharedCall[Result]] = []

    @property
    def is_in_this_thread(self) -> bool:
        """Whether the calling thread makes the call now, so that it must not wait for it."""
        current = self._current  # another thread may remove it
        return current is not None and current.is_in_this_thread

    @property
    def is_under_way(self) -> bool:
        """Whether a call is running."""
        current = self._current
        return current is not None and not current.is_done

    def run(self, work: Callable[[], Result]) -> tuple[SharedCall[Result], bool]:
        """Call `work` unless a call is running already.

        It runs in this thread if the thread cannot be interrupted, otherwise in a new one.

        Returns:
            The call that is running, and whether it is a call of this `work`.
        """
        here = threading.current_thread()
        if here.daemon or here is threading.main_thread():
            return self.start(work)
        call, is_mine = self._current_or_new(work)
        if is_mine:
            call.run()
        return call, is_mine

    def start(self, work: Callable[[], Result]) -> tuple[SharedCall[Result], bool]:
        """Call `work` in a new thread, unless a call is running already; return as `run` does.

        If no thread can be started, as at the interpreter's end, it runs in this thread.
        """
        call, is_mine = self._current_or_new(work)
        if is_mine and not call.start():
            call.run()
        return call, is_mine

    def start_in_background(self, work: Callable[[], Result | None]) -> None:
        """Call `work` in a new thread, unless a call is running or no thread can be started."""
        call, is_mine = self._current_or_new(work)
        if is_mine and not call.start():
            call.cancel()

    @contextmanager
    def exclusive(self, is_done: Callable[[], bool] = lambda: False) -> Iterator[bool]:
        """Run a `with` block in this thread as the only call; other callers wait for its end.

        The callers that waited for the block get no result from it.

        Args:
            is_done: returns whether another thread has done the work already. If so, this thread
                stops waiting, and the block gets False instead of True.
        """
        while not is_done():
            call, is_mine = self._current_or_new(_do_nothing)
            if (is_mine and call.reserve()) or call.is_in_this_thread:
                break
            call.wait()
        else:
            yield False
            return
        try:
            yield True
        finally:
            if is_mine:
                call.finish()

    def wait(self) -> None:
        """Wait for the running call and for `afterwards`, whether the call succeeds or not.

        All unfinished calls are waited for: `afterwards` of one call may wait for the next call.
        """
        for call in tuple(self._unfinished):
            call.wait()

    def remove(self, call: SharedCall[Result]) -> None:
        """Remove a call that has finished."""
        with self._lock:
            if self._current is call:
                self._current = None
            if call in self._unfinished:
                self._unfinished.remove(call)

    def _current_or_new(self, work: Callable[[], Result | None]) -> tuple[SharedCall[Result], bool]:
        with self._lock:
            current = self._current
            if current is not None and not current.is_done:
                if not current.was_interrupted_here:
                    return current, False
                current.work = work
                return current, True
            call = self._current = SharedCall(work, self)
            self._unfinished.append(call)
            return call, True


def _do_nothing() -> None:
    """Return None, the result of a cancelled call and of an exclusive block."""


_all: WeakSet[SingleFlight[Any]] = WeakSet()


def _after_fork() -> None:
    for each in _all:
        each._reset()  # noqa: SLF001 - of the same module


def _at_exit() -> None:
    for each in tuple(_all):
        if each.keeps_process:
            each.wait()


# A function of atexit may use a session; the interpreter does not wait for a call that it began.
atexit.register(_at_exit)

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
