"""The dispatcher: it injects faults, gives a request to the part that answers it, and logs it.

Invariant: a request is in the log before its answer is sent. So a test that has the answer finds
the request in the log.
"""

from __future__ import annotations

import re
import time
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from osdu_auth.sandbox.cross_origin import preflight_answer, with_cors_headers
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
        openid: answers requests to the sign-in domain and for the issuer's metadata; returns `None`
            for other requests.
        pool: answers requests to the pool's API and for its keys.
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
        if preflight is not None and _has_loopback_host(request):
            self._log(request, operation, (), preflight, begin)
            return preflight
        faults = self.faults.take(operation, request.path)
        try:
            outcome = self._outcome(request, faults)
        except Exception:  # noqa: BLE001 - a defect must not look like a lost connection
            traceback.print_exc()
            outcome = text_response(500, "The sandbox failed; its traceback is on stderr.")
        self._log(request, operation, faults, outcome, begin)
        return outcome if isinstance(outcome, NoReply) else with_cors_headers(request, outcome)

    def _outcome(self, request: Request, faults: tuple[InjectedFault, ...]) -> Outcome:
        for fault in faults:
            if fault.delay:
                self.wait(fault.delay)
            if fault.held is not None:
                fault.held.hold(self.wait)
        for fault in faults:
            if fault.outcome_without_work is not None:
                return fault.outcome_without_work
        response = self._response(request)
        for fault in faults:
            if fault.outcome_after_work is not None:
                return fault.outcome_after_work
            if fault.sent_fraction is not None:
                kept = int(len(response.body) * fault.sent_fraction)
                return replace(response, sent_bytes=kept)
        return response

    def _response(self, request: Request) -> Response:
        if not _has_loopback_host(request):
            return text_response(421, "The Host header has to name a loopback address.")
        if request.path == "/api" or request.path.startswith("/api/"):
            return self.platform(request)
        return self.openid(request) or self.pool(request)

    def _log(
        self,
        request: Request,
        operation: str | None,
        faults: tuple[InjectedFault, ...],
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
                faults=tuple(fault.name for fault in faults),
                time=self.clock.now(),
                seconds=time.perf_counter() - begin,
            )
        )


def _has_loopback_host(request: Request) -> bool:
    # DNS rebinding: a web page can give its own host name the address 127.0.0.1.
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
