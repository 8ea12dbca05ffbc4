"""Fault injection: a test makes the sandbox fail as a network or a busy service does.

An injected fault waits for requests to its target: an operation's name (`"InitiateAuth"`), the
start of a path (`"/api/search"`), or `"*"` for every request. At most one delay and at most one
other fault apply to a request, the oldest first. So a test can queue "throttle twice, then answer".
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import NoReply, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.sandbox.http_messages import Headers, Outcome

_POLL_SECONDS = 0.005  # between two checks whether the answer is released or the sandbox stops


class HeldAnswer:
    """An answer that is held back until a test releases it."""

    def __init__(self) -> None:
        self._has_request = threading.Event()
        self._is_released = threading.Event()

    @property
    def has_request(self) -> bool:
        """Whether a request that gets this answer has arrived."""
        return self._has_request.is_set()

    def wait_for_request(self, seconds: float = 60.0) -> None:
        """Wait until a request that gets this answer has arrived.

        Args:
            seconds: the longest wait.

        Raises:
            TimeoutError: no request has arrived.
        """
        if not self._has_request.wait(seconds):
            raise TimeoutError(f"no request arrived within {seconds:g} seconds")

    def release(self) -> None:
        """Send the answer now."""
        self._is_released.set()

    def hold(self, wait: Callable[[float], object]) -> None:
        """Note that a request has arrived; return when the answer is released or the sandbox stops.

        Args:
            wait: waits for a number of seconds; returns true if the sandbox stops.
        """
        self._has_request.set()
        while not self._is_released.is_set() and not wait(_POLL_SECONDS):
            pass


@dataclass(frozen=True)
class InjectedFault:
    """One fault, and the requests that it applies to.

    Attributes:
        target: an operation's name, the start of a path, or `"*"`.
        name: its name in the request log.
        delay: how long the request waits before anything else, in seconds.
        outcome_without_work: the outcome of a request for which the sandbox does no work.
        outcome_after_work: the outcome that replaces the reply after the work is done.
        sent_fraction: the part of the reply's body that is sent, from 0 to 1.
        held: holds the answer back until a test releases it.
    """

    target: str
    name: str
    delay: float = 0.0
    outcome_without_work: Outcome | None = None
    outcome_after_work: Outcome | None = None
    sent_fraction: float | None = None
    held: HeldAnswer | None = None

    @property
    def is_delay(self) -> bool:
        """Whether it delays the answer and changes nothing else."""
        return self.delay > 0 or self.held is not None

    def matches(self, operation: str | None, path: str) -> bool:
        """Say whether a request with this operation and path is its target."""
        if self.target.startswith("/"):
            return path.startswith(self.target)
        return self.target in {"*", operation}


class InjectedFaults:
    """The faults that wait for requests. Each method adds one fault, for `times` requests.

    With `times=None` the fault applies to every request until `clear`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[InjectedFault, int | None]] = []

    def latency(self, target: str, seconds: float, *, times: int | None = 1) -> None:
        """Delay the answer by `seconds` of real time; more than zero."""
        if seconds <= 0:
            raise ValueError("a delay is more than zero seconds")
        self._add(InjectedFault(target, "latency", delay=seconds), times)

    @contextmanager
    def hold(self, target: str, *, times: int | None = 1) -> Iterator[HeldAnswer]:
        """Hold the answer back until the `with` block ends or releases it."""
        held = HeldAnswer()
        fault = InjectedFault(target, "hold", held=held)
        self._add(fault, times)
        try:
            yield held
        finally:
            held.release()
            with self._lock:
                self._waiting = [each for each in self._waiting if each[0] is not fault]

    def reply(
        self,
        target: str,
        *,
        status: int = 200,
        body: bytes | str = b"",
        content_type: str = "text/html",
        headers: Headers = (),
        times: int | None = 1,
    ) -> None:
        """Answer with these bytes: a captive portal's page, a 503, half of a JSON text.

        Args:
            target: an operation's name, the start of a path, or `"*"`.
            status: the HTTP status.
            body: the body; text is sent as UTF-8.
            content_type: its media type; empty for none.
            headers: further headers.
            times: the number of requests.
        """
        raw = body.encode() if isinstance(body, str) else body
        response = Response(status, raw, content_type, headers)
        self._add(InjectedFault(target, f"reply {status}", outcome_without_work=response), times)

    def error(self, target: str, kind: str, message: str, *, times: int | None = 1) -> None:
        """Answer with a pool error, such as `ForbiddenException` from a web ACL."""
        self._add(
            InjectedFault(target, kind, outcome_without_work=_pool_error(kind, message)), times
        )

    def throttle(self, target: str, *, times: int | None = 1) -> None:
        """Answer `TooManyRequestsException`, "Rate exceeded"."""
        self.error(target, "TooManyRequestsException", "Rate exceeded", times=times)

    def refuse(self, target: str, refusal: str, *, times: int | None = 1) -> None:
        """Answer with a refusal that no state of the sandbox causes, such as a firewall's page.

        Args:
            target: the start of a path, or `"*"`.
            refusal: a name in `platform.service_refusals.NAMED_REFUSALS`.
            times: the number of requests.

        Raises:
            KeyError: there is no such name.
        """
        from osdu_auth.sandbox.platform.service_refusals import NAMED_REFUSALS

        self._add(
            InjectedFault(target, refusal, outcome_without_work=NAMED_REFUSALS[refusal]), times
        )

    def redirect(
        self, target: str, location: str, *, status: int = 302, times: int | None = 1
    ) -> None:
        """Answer with a redirect to `location`."""
        response = Response(status, b"", "", (("Location", location),))
        self._add(InjectedFault(target, f"redirect {status}", outcome_without_work=response), times)

    def drop(self, target: str, *, reset: bool = False, times: int | None = 1) -> None:
        """End the connection before anything is done; with a TCP reset if `reset`."""
        self._add(InjectedFault(target, "drop", outcome_without_work=NoReply(reset)), times)

    def lose_reply(self, target: str, *, reset: bool = False, times: int | None = 1) -> None:
        """Do the work, then end the connection; the client cannot know that the work is done."""
        self._add(InjectedFault(target, "lost reply", outcome_after_work=NoReply(reset)), times)

    def truncate(self, target: str, *, kept: float = 0.5, times: int | None = 1) -> None:
        """Do the work and send only the part `kept` (0 to 1) of the reply's body."""
        self._add(InjectedFault(target, "truncate", sent_fraction=kept), times)

    def clear(self) -> None:
        """Remove every fault that still waits."""
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> tuple[InjectedFault, ...]:
        """The faults that still wait for requests."""
        with self._lock:
            return tuple(fault for fault, _ in self._waiting)

    def take(self, operation: str | None, path: str) -> tuple[InjectedFault, ...]:
        """Return the faults that apply to a request, and count the request.

        Args:
            operation: the pool operation, if it is one.
            path: the request's path.
        """
        with self._lock:
            met: list[InjectedFault] = []
            left: list[tuple[InjectedFault, int | None]] = []
            for fault, times in self._waiting:
                met_one = any(other.is_delay == fault.is_delay for other in met)
                if met_one or not fault.matches(operation, path):
                    left.append((fault, times))
                    continue
                met.append(fault)
                if times is None or times > 1:
                    left.append((fault, None if times is None else times - 1))
            self._waiting = left
            return tuple(met)

    def _add(self, fault: InjectedFault, times: int | None) -> None:
        if times is not None and times < 1:
            raise ValueError("a fault applies to one request or more")
        with self._lock:
            self._waiting.append((fault, times))


def _pool_error(kind: str, message: str) -> Response:
    body: Any = {"__type": kind, "message": message}
    return json_response(
        400,
        body,
        content_type="application/x-amz-json-1.1",
        headers=(("x-amzn-ErrorType", f"{kind}:"),),
    )
