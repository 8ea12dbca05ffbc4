"""The log of a running sandbox: each request, and each message that a user pool would send."""

from __future__ import annotations

import time
from threading import Event, Thread
from typing import TYPE_CHECKING

from osdu_auth.cli.console import say
from osdu_auth.fixes import Reader, Run, fix_text
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeVar

    from osdu_auth.fixes import Fix
    from osdu_auth.sandbox import LoggedRequest, Message, Sandbox

    Entry = TypeVar("Entry", LoggedRequest, Message)

POLL_INTERVAL = 0.2  # seconds
_END_PATIENCE = 1.0  # seconds to wait at the end for the last lines
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

    It writes in its own thread, so that a blocked standard error does not block the sandbox.

    Args:
        sandbox: a running sandbox.
        profile_name: the name of the sandbox's profile, for the commands in the lines.
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
        """Write the last lines, if that is possible, and end."""
        self._ended.set()
        self._writing.join(_END_PATIENCE)

    def _write(self) -> None:
        while not self._ended.wait(POLL_INTERVAL):
            self._write_new_entries()
        self._write_new_entries()

    def _write_new_entries(self) -> None:
        # A request is logged after its answer, so the message that it caused comes first.
        messages = _after(self._last_message, self._sandbox.outbox)
        requests = _after(self._last_request, self._sandbox.requests)
        self._last_message = messages[-1] if messages else self._last_message
        self._last_request = requests[-1] if requests else self._last_request
        lines = [(message.time, _message_line(message, self._reader)) for message in messages]
        lines += [(request.time, _request_line(request)) for request in requests]
        for _, line in sorted(lines, key=lambda timed: timed[0]):
            say(line)


def _after(last: Entry | None, entries: Iterable[Entry]) -> list[Entry]:
    found = list(entries)
    at = next((n for n in range(len(found), 0, -1) if found[n - 1] is last), 0)
    return found[at:]


def _request_line(request: LoggedRequest) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(request.time))
    status = "---" if request.status is None else request.status
    parts = [request.operation]
    parts += [request.parameters[name] for name in _SHOWN if name in request.parameters]
    parts += [text for text in (request.error, *request.faults) if text]
    return f"{clock}  {status}  {printable(' '.join(parts), 300)}"


_SHOWN = ("AuthFlow", "ChallengeName")


def _message_line(message: Message, reader: Reader) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(message.time))
    purpose = _PURPOSES.get(message.purpose, "for " + message.purpose.lower().replace("_", " "))
    where = f"{message.medium} to {message.destination}"
    return f"{clock}  {where}: {message.code}, {fix_text(purpose, reader)}"
