"""The log of the requests that the sandbox received, without secrets.

Invariant: a value is shown only if its name is on the list of harmless names; every other value
is replaced by `[redacted]`. So the value of a parameter that Cognito adds later, or that a client
misspells, is not shown either.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from osdu_auth.sandbox.http_messages import NotStrictJson, strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from osdu_auth.sandbox.http_messages import Request

REDACTED = "[redacted]"
_MOST_ENTRIES = 10_000
_LONGEST_VALUE = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")

_HARMLESS_MEMBERS = frozenset(
    {
        "AuthFlow", "ClientId", "ChallengeName", "RevokeAssociatedSessions", "USERNAME",
        "Username", "PREFERRED_CHALLENGE", "CHALLENGE_NAME", "DeviceRememberedStatus",
    }
)  # fmt: skip
_NESTED_MEMBERS = frozenset({"AuthParameters", "ChallengeResponses", "ClientMetadata"})
_HARMLESS_HEADERS = frozenset({"data-partition-id", "correlation-id", "content-type"})
_SECRET_HEADERS = frozenset({"authorization"})
_FORM = "application/x-www-form-urlencoded"
_HARMLESS_FIELDS = frozenset({"grant_type", "client_id", "token_type_hint"})


@dataclass(frozen=True)
class LoggedRequest:
    """One request in the log.

    Attributes:
        operation: the pool operation's name; for other requests the method and the path.
        method: the HTTP method.
        path: the path, without its query.
        status: the HTTP status of the answer; `None` when the connection ended without one.
        error: the error's type if the pool refused the request, else empty.
        parameters: the parameters, redacted.
        faults: the names of the injected faults that it met.
        time: when it was answered, in seconds since the epoch, by the sandbox's clock.
        seconds: the time from the end of the request to its answer, in seconds of this machine's
            clock, not the sandbox's; the delay of an injected fault is a part of it.
    """

    operation: str
    method: str
    path: str
    status: int | None
    error: str
    parameters: Mapping[str, str]
    faults: tuple[str, ...]
    time: float = field(compare=False)
    seconds: float = field(compare=False)


class RequestLog:
    """The last 10,000 requests, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[LoggedRequest] = deque(maxlen=_MOST_ENTRIES)

    def add(self, entry: LoggedRequest) -> None:
        """Add an entry."""
        with self._lock:
            self._entries.append(entry)

    def matching(self, target: str) -> list[LoggedRequest]:
        """Return the entries of an operation, or of every path that starts with `target`."""
        by_path = target.startswith("/")
        return [
            entry
            for entry in self
            if (entry.path.startswith(target) if by_path else entry.operation == target)
        ]

    def count(self, target: str) -> int:
        """Return how many requests named an operation, or a path that starts with `target`."""
        return len(self.matching(target))

    def clear(self) -> None:
        """Remove every entry."""
        with self._lock:
            self._entries.clear()

    @property
    def last(self) -> LoggedRequest:
        """The newest entry.

        Raises:
            IndexError: there is no entry yet.
        """
        with self._lock:
            return self._entries[-1]

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)


def redacted_parameters(request: Request, operation: str | None) -> dict[str, str]:
    """Return the parameters of a request; each value that may be secret is replaced.

    Args:
        request: the request.
        operation: the pool operation; `None` for another request. Of such a request, the result
            has headers, and the names of the parameters in the query and in the form.
    """
    if operation is not None:
        return _members(request.body)
    shown = {name: REDACTED for name in _SECRET_HEADERS if name in request.headers}
    shown |= {
        name: _shortened(request.headers[name])
        for name in sorted(_HARMLESS_HEADERS)
        if name in request.headers
    }
    shown |= {_name(f"query.{name}"): REDACTED for name in request.query}
    return shown | _fields(request)


def _fields(request: Request) -> dict[str, str]:
    if request.media_type != _FORM:
        return {}
    pairs = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)
    return {
        _name(f"form.{name}"): _shortened(value) if name in _HARMLESS_FIELDS else REDACTED
        for name, value in pairs
    }


def _members(body: bytes) -> dict[str, str]:
    try:
        value = strict_json(body)
    except NotStrictJson:
        return {}
    if not isinstance(value, dict):
        return {}
    shown: dict[str, str] = {}
    for name, member in value.items():
        if name in _NESTED_MEMBERS and isinstance(member, dict):
            shown |= {_name(f"{name}.{key}"): _value(key, inner) for key, inner in member.items()}
        else:
            shown[_name(name)] = _value(name, member)
    return shown


def _value(name: str, value: Any) -> str:
    if name in _HARMLESS_MEMBERS and isinstance(value, str):
        return _shortened(value)
    return REDACTED


def _name(name: str) -> str:
    return name if _NAME.match(name) else REDACTED


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "..."
