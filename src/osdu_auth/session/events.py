"""Events of a session, and the functions that listen to them."""

from __future__ import annotations

import threading
from collections import deque
from functools import partial

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from osdu_auth.errors import OsduAuthError

    EventKind = Literal["renewed", "ending", "ended"]

EVENT_KINDS: tuple[EventKind, ...] = ("renewed", "ending", "ended")


class SessionEvent(NamedTuple):
    """Something that happened to a session; nothing in it is secret.

    Args:
        kind: `renewed`: there is a newer token; `ending`: a person has to sign in again soon;
            `ended`: a person has to sign in again now.
        profile: the profile's name.
        at: until when the new token is good, or when the session ends, in seconds since 1970; None
            if that is not known.
        error: why the session ended; None for the other kinds.
    """

    kind: EventKind
    profile: str
    at: float | None = None
    error: OsduAuthError | None = None


class Listeners:
    """Functions that are called with the events of a session.

    An event is queued while locks are held. The thread that queued it delivers it after the locks
    are released and the waiting callers have their token. So a listener may use the session and may
    be slow. An exception that a
    listener raises is logged; the other listeners are still called.
    """

    def __init__(self) -> None:
        self._listeners: dict[object, tuple[str, Callable[[SessionEvent], object]]] = {}
        self._queues = threading.local()  # one queue for each thread

    def add(self, kind: str, listener: Callable[[SessionEvent], object]) -> Callable[[], None]:
        """Add a listener, and return a function that removes it.

        Raises:
            ValueError: there is no such kind.
            TypeError: the listener is not a function, or it is asynchronous.
        """
        if kind not in EVENT_KINDS:
            raise ValueError(f"{kind!r} is not one of {', '.join(EVENT_KINDS)}")
        from inspect import iscoroutinefunction

        given: object = listener
        if not callable(given) or iscoroutinefunction(given):
            raise TypeError("a listener is a function that is not asynchronous")
        key = object()
        self._listeners[key] = (kind, listener)
        return partial(self._remove, key)

    def queue(self, event: SessionEvent) -> None:
        """Queue an event for this thread's next `deliver_queued`."""
        if self._listeners:
            self._queues.__dict__.setdefault("events", deque()).append(event)

    def deliver_queued(self) -> None:
        """Deliver all events that this thread has queued, in their order."""
        events = self._queues.__dict__.get("events")
        while events:
            self.deliver(events.popleft())

    def deliver(self, event: SessionEvent) -> None:
        """Call the listeners of one event."""
        for kind, listener in tuple(self._listeners.values()):
            if kind != event.kind:
                continue
            try:
                listener(event)
            except (Exception, SystemExit):  # noqa: BLE001 - sys.exit() would end the caller
                logger().exception("A listener to %r failed.", event.kind)

    def _remove(self, key: object) -> None:
        self._listeners.pop(key, None)
