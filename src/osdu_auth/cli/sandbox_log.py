"""What a running sandbox tells: each request, and each message that its pool would have sent."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING

from osdu_auth.cli.console import say
from osdu_auth.fixes import Reader, Run, rendered
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    from osdu_auth.fixes import Fix
    from osdu_auth.sandbox import LoggedRequest, Message, Sandbox

    Entry = TypeVar("Entry", LoggedRequest, Message)

LOOK = 0.2  # seconds
_LAST_LINES = 1.0  # seconds in which the last lines may still be written
_PURPOSES: dict[str, str | Fix] = {
    "SIGN_UP": "to confirm a new account: " + Run("account", "confirm-sign-up"),
    "FORGOTTEN_PASSWORD": "to choose a new password: " + Run("account", "reset-password"),
    "EMAIL_OTP": "to sign in with",
    "SMS_OTP": "to sign in with",
    "SMS_MFA": "as the second factor of a sign-in",
    "EMAIL_MFA": "as the second factor of a sign-in",
}


class SandboxLog:
    """Writes a line for each request and each message on standard error, in their order.

    It has a thread of its own: where standard error is not read, the sandbox goes on and can be
    ended all the same.

    Args:
        sandbox: a running one.
        profile_name: of its profile.
    """

    def __init__(self, sandbox: Sandbox, profile_name: str) -> None:
        self._sandbox = sandbox
        self._reader = Reader(profile_name)
        self._ended = Event()
        self._last_request: LoggedRequest | None = None
        self._last_message: Message | None = None
        self._writing = Thread(target=self._write, name="sandbox log", daemon=True)
        self._writing.start()

    def end(self) -> None:
        """Write what is still to be written, if it can be, and end."""
        self._ended.set()
        self._writing.join(_LAST_LINES)

    def _write(self) -> None:
        while not self._ended.wait(LOOK):
            self._write_what_is_new()
        self._write_what_is_new()

    def _write_what_is_new(self) -> None:
        # A message is sent before the request that caused it is answered, and logged.
        messages = _after(self._last_message, self._sandbox.outbox)
        requests = _after(self._last_request, self._sandbox.requests)
        self._last_message = messages[-1] if messages else self._last_message
        self._last_request = requests[-1] if requests else self._last_request
        lines = [(message.time, _of_message(message, self._reader)) for message in messages]
        lines += [(request.time, _of_request(request)) for request in requests]
        for _, line in sorted(lines, key=lambda timed: timed[0]):
            say(line)


def _after(last: Entry | None, entries: Iterable[Entry]) -> list[Entry]:
    found = list(entries)
    at = next((n for n in range(len(found), 0, -1) if found[n - 1] is last), 0)
    return found[at:]


def _of_request(request: LoggedRequest) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(request.time))
    status = "---" if request.status is None else request.status
    told = [request.operation]
    told += [request.parameters[name] for name in _TOLD if name in request.parameters]
    told += [text for text in (request.error, *request.faults) if text]
    return f"{clock}  {status}  {printable(' '.join(told), 300)}"


_TOLD = ("AuthFlow", "ChallengeName")


def _of_message(message: Message, reader: Reader) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(message.time))
    purpose = _PURPOSES.get(message.purpose, "for " + message.purpose.lower().replace("_", " "))
    where = f"{message.medium} to {message.destination}"
    return f"{clock}  {where}: {message.code}, {rendered(purpose, reader)}"
