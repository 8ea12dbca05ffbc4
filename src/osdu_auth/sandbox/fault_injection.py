"""Faults on request: what a network or a busy service does to a client, when a test says so.

A fault waits for requests to its target: an operation's name (`"InitiateAuth"`), the start of
a path (`"/api/search"`), or `"*"` for everything. Each request meets at most one delay and at
most one other fault, the oldest first, so a test can queue "throttle twice, then answer".
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

_LOOK = 0.005  # seconds between two looks whether an answer is let go, or the sandbox stops


class HeldAnswer:
    """An answer that is held back until a test lets it go."""

    def __init__(self) -> None:
        self._is_asked_for = threading.Event()
        self._is_let_go = threading.Event()

    @property
    def is_asked_for(self) -> bool:
        """Whether a request for it has come."""
        return self._is_asked_for.is_set()

    def wait_for_request(self, seconds: float = 60.0) -> None:
        """Wait until a request for it has come.

        Args:
            seconds: How long at most.

        Raises:
            TimeoutError: None has come.
        """
        if not self._is_asked_for.wait(seconds):
            raise TimeoutError(f"no request came within {seconds:g} seconds")

    def let_go(self) -> None:
        """Let it leave."""
        self._is_let_go.set()

    def hold(self, wait: Callable[[float], object]) -> None:
        """Note that it is asked for, and return when it may leave or the sandbox stops.

        Args:
            wait: Waits so many seconds; true if the sandbox stops.
        """
        self._is_asked_for.set()
        while not self._is_let_go.is_set() and not wait(_LOOK):
            pass


@dataclass(frozen=True)
class Fault:
    """What is to happen to a request.

    Attributes:
        target: An operation's name, the start of a path, or `"*"`.
        name: What it is called in the request log.
        delay: How long the request waits before anything else, in seconds.
        instead: The outcome that replaces the work, which is then not done.
        after: The outcome that replaces the reply once the work is done.
        kept_fraction: The part of the reply's body that still leaves, from 0 to 1.
        held: What says when the request may go on.
    """

    target: str
    name: str
    delay: float = 0.0
    instead: Outcome | None = None
    after: Outcome | None = None
    kept_fraction: float | None = None
    held: HeldAnswer | None = None

    @property
    def is_delay(self) -> bool:
        """Whether it delays the answer and changes nothing else."""
        return self.delay > 0 or self.held is not None

    def hits(self, operation: str | None, path: str) -> bool:
        """Tell whether a request with this operation and path is meant."""
        if self.target.startswith("/"):
            return path.startswith(self.target)
        return self.target in {"*", operation}


class Faults:
    """The faults that wait for requests. Every method queues one, for `times` requests.

    `times=None` is until `clear`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int | None]] = []

    def latency(self, target: str, seconds: float, *, times: int | None = 1) -> None:
        """Delay the answer by `seconds` of real time; more than zero."""
        if seconds <= 0:
            raise ValueError("a delay is more than zero seconds")
        self._add(Fault(target, "latency", delay=seconds), times)

    @contextmanager
    def hold(self, target: str, *, times: int | None = 1) -> Iterator[HeldAnswer]:
        """Hold the answer back until the `with` block ends, or lets it go before."""
        held = HeldAnswer()
        fault = Fault(target, "hold", held=held)
        self._add(fault, times)
        try:
            yield held
        finally:
            held.let_go()
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
        """Answer with these bytes instead: a captive portal, a 503, half a JSON text.

        Args:
            target: An operation's name, the start of a path, or `"*"`.
            status: The HTTP status.
            body: The body; text is sent as UTF-8.
            content_type: Its media type; empty for none.
            headers: Further headers.
            times: For how many requests.
        """
        raw = body.encode() if isinstance(body, str) else body
        response = Response(status, raw, content_type, headers)
        self._add(Fault(target, f"reply {status}", instead=response), times)

    def error(self, target: str, kind: str, message: str, *, times: int | None = 1) -> None:
        """Answer with a pool error, such as `ForbiddenException` from a web ACL."""
        self._add(Fault(target, kind, instead=_pool_error(kind, message)), times)

    def throttle(self, target: str, *, times: int | None = 1) -> None:
        """Answer `TooManyRequestsException`, "Rate exceeded"."""
        self.error(target, "TooManyRequestsException", "Rate exceeded", times=times)

    def refuse(self, target: str, refusal: str, *, times: int | None = 1) -> None:
        """Answer with a refusal that no state brings about, such as a firewall's page.

        Args:
            target: The start of a path, or `"*"`.
            refusal: A name in `platform.named_refusals.NAMED_REFUSALS`.
            times: For how many requests.

        Raises:
            KeyError: If there is no such name.
        """
        from osdu_auth.sandbox.platform.named_refusals import NAMED_REFUSALS

        self._add(Fault(target, refusal, instead=NAMED_REFUSALS[refusal]), times)

    def redirect(
        self, target: str, location: str, *, status: int = 302, times: int | None = 1
    ) -> None:
        """Answer with a redirect to `location`."""
        response = Response(status, b"", "", (("Location", location),))
        self._add(Fault(target, f"redirect {status}", instead=response), times)

    def drop(self, target: str, *, reset: bool = False, times: int | None = 1) -> None:
        """End the connection before anything is done; with a TCP reset if `reset`."""
        self._add(Fault(target, "drop", instead=NoReply(reset)), times)

    def lose_reply(self, target: str, *, reset: bool = False, times: int | None = 1) -> None:
        """Do the work, then end the connection: the change took effect, nobody was told."""
        self._add(Fault(target, "lost reply", after=NoReply(reset)), times)

    def truncate(self, target: str, *, kept: float = 0.5, times: int | None = 1) -> None:
        """Do the work and send only the part `kept` (0 to 1) of the reply's body."""
        self._add(Fault(target, "truncate", kept_fraction=kept), times)

    def clear(self) -> None:
        """Forget every fault that still waits."""
        with self._lock:
            self._waiting.clear()

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """The faults that have not yet met all their requests."""
        with self._lock:
            return tuple(fault for fault, _ in self._waiting)

    def take(self, operation: str | None, path: str) -> tuple[Fault, ...]:
        """Return the faults this request meets, and count them as met.

        Args:
            operation: The pool operation, if it is one.
            path: The request's path.
        """
        with self._lock:
            met: list[Fault] = []
            left: list[tuple[Fault, int | None]] = []
            for fault, times in self._waiting:
                taken = any(other.is_delay == fault.is_delay for other in met)
                if taken or not fault.hits(operation, path):
                    left.append((fault, times))
                    continue
                met.append(fault)
                if times is None or times > 1:
                    left.append((fault, None if times is None else times - 1))
            self._waiting = left
            return tuple(met)

    def _add(self, fault: Fault, times: int | None) -> None:
        if times is not None and times < 1:
            raise ValueError("a fault meets at least one request")
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
