"""What a session tells those who want to hear of it."""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from osdu_auth.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.errors import OsduAuthError

Kind = Literal["renewed", "ending", "ended"]
KINDS: tuple[str, ...] = get_args(Kind)


class SessionEvent(NamedTuple):
    """Something that happened to a session; nothing in it is secret.

    Args:
        kind: `renewed`: there is a newer token; `ending`: a person has to sign in again soon;
            `ended`: they have to now.
        profile: the profile's name.
        at: until when the new token is good, or when the session ends, in seconds since 1970; None
            where that is not known.
        error: why it ended; None otherwise.
    """

    kind: Kind
    profile: str
    at: float | None = None
    error: OsduAuthError | None = None


class Listeners:
    """Functions that want to hear of events.

    Events are noted while locks are held, and told after they are released and whoever waits for
    a token has it, by the thread that noted them: so a listener may use the session and take its
    time. What a listener raises is logged, and troubles nobody else.
    """

    def __init__(self) -> None:
        self._listeners: dict[object, tuple[str, Callable[[SessionEvent], object]]] = {}
        self._noted = threading.local()  # each thread's own events

    def add(self, kind: str, listener: Callable[[SessionEvent], object]) -> Callable[[], None]:
        """Add one, and return a function that takes it away again."""
        key = object()
        self._listeners[key] = (kind, listener)
        return partial(self._remove, key)

    def note(self, event: SessionEvent) -> None:
        """Note an event, to be told by this thread's next `tell`."""
        if self._listeners:
            self._noted.__dict__.setdefault("events", deque()).append(event)

    def tell(self) -> None:
        """Tell all events that this thread noted, in their order."""
        events = self._noted.__dict__.get("events")
        while events:
            self.tell_of(events.popleft())

    def tell_of(self, event: SessionEvent) -> None:
        """Tell one event."""
        for kind, listener in tuple(self._listeners.values()):
            if kind != event.kind:
                continue
            try:
                listener(event)
            except (Exception, SystemExit):  # noqa: BLE001 - sys.exit() would end whoever asked
                logger().exception("A listener to %r failed.", event.kind)

    def _remove(self, key: object) -> None:
        self._listeners.pop(key, None)
