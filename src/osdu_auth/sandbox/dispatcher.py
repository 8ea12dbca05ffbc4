"""The dispatcher of requests: it injects faults, finds the part that answers, and logs.

Invariant: a request is in the log before its answer is sent, so a test that has the answer finds
the entry.
"""

from __future__ import annotations

import re
import time
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from osdu_auth.sandbox.cross_origin import preflight_answer, readable
from osdu_auth.sandbox.http_messages import NoReply, Response, text_response
from osdu_auth.sandbox.pool.pool_api import OPERATION_PREFIX
from osdu_auth.sandbox.request_log import LoggedRequest, redacted_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox.clock import SandboxClock
    from osdu_auth.sandbox.fault_injection import InjectedFault, InjectedFaults
    from osdu_auth.sandbox.http_messages import Outcome, Request
    from osdu_auth.sandbox.request_log import RequestLog

_LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?\Z", re.IGNORECASE)
_OPERATION = re.compile(r"[A-Za-z]{1,64}\Z")


@dataclass(frozen=True)
class Dispatcher:
    """Answers requests: itself, with an injected fault, or with the pool or the platform.

    Attributes:
        openid: answers for the sign-in domain and the issuer's metadata; `None` for other requests.
        pool: answers for the pool's API and its keys.
        platform: answers every request below `/api`.
        faults: the faults that tests inject.
        requests: the request log.
        clock: the sandbox's clock.
        wait: waits for a number of seconds, or until the sandbox stops; then it returns true.
    """

    openid: Callable[[Request], Response | None]
    pool: Callable[[Request], Response]
    platform: Callable[[Request], Response]
    faults: InjectedFaults
    requests: RequestLog
    clock: SandboxClock
    wait: Callable[[float], object]

    def answer(self, request: Request) -> Outcome:
        """Return the outcome of one request, and log it."""
        begin = time.perf_counter()
        operation = operation_name(request)
        preflight = preflight_answer(request)
        if preflight is not None and _is_local(request):
            self._log(request, operation, (), preflight, begin)
            return preflight
        met = self.faults.take(operation, request.path)
        try:
            outcome = self._outcome(request, met)
        except Exception:  # noqa: BLE001 - a defect must not look like a lost connection
            traceback.print_exc()
            outcome = text_response(500, "The sandbox failed; its traceback is on stderr.")
        self._log(request, operation, met, outcome, begin)
        return outcome if isinstance(outcome, NoReply) else readable(request, outcome)

    def _outcome(self, request: Request, met: tuple[InjectedFault, ...]) -> Outcome:
        for fault in met:
            if fault.delay:
                self.wait(fault.delay)
            if fault.held is not None:
                fault.held.hold(self.wait)
        for fault in met:
            if fault.instead is not None:
                return fault.instead
        response = self._response(request)
        for fault in met:
            if fault.after is not None:
                return fault.after
            if fault.kept_fraction is not None:
                kept = int(len(response.body) * fault.kept_fraction)
                return replace(response, sent_bytes=kept)
        return response

    def _response(self, request: Request) -> Response:
        if not _is_local(request):
            return text_response(421, "The sandbox answers only under a loopback name.")
        if request.path == "/api" or request.path.startswith("/api/"):
            return self.platform(request)
        return self.openid(request) or self.pool(request)

    def _log(
        self,
        request: Request,
        operation: str | None,
        met: tuple[InjectedFault, ...],
        outcome: Outcome,
        begin: float,
    ) -> None:
        answered = None if isinstance(outcome, NoReply) else outcome
        self.requests.add(
            LoggedRequest(
                operation=operation or f"{request.method} {request.path}",
                method=request.method,
                path=request.path,
                status=answered.status if answered else None,
                error=_error_type(answered),
                parameters=redacted_parameters(request, operation),
                faults=tuple(fault.name for fault in met),
                time=self.clock.now(),
                seconds=time.perf_counter() - begin,
            )
        )


def _is_local(request: Request) -> bool:
    # A web page can make a browser call 127.0.0.1 under the page's own name (DNS rebinding).
    return _LOOPBACK_HOST.match(request.headers.get("host", "")) is not None


def operation_name(request: Request) -> str | None:
    """Return the pool operation that a request names, or `None`."""
    target = request.headers.get("x-amz-target", "")
    if request.path != "/" or not target.startswith(OPERATION_PREFIX):
        return None
    name = target[len(OPERATION_PREFIX) :]
    return name if _OPERATION.match(name) else None


def _error_type(response: Response | None) -> str:
    headers = response.headers if response else ()
    return next((value[:-1] for name, value in headers if name == "x-amzn-ErrorType"), "")
