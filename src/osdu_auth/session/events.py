"""What a session tells those who want to hear of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.errors import OsduAuthError

Kind = Literal["renewed", "ending", "ended"]
KINDS = ("renewed", "ending", "ended")


class SessionEvent(NamedTuple):
    """Something that happened to a session; nothing in it is secret.

    Args:
        kind: `renewed`: there is a newer token; `ending`: a person has to sign in again soon;
            `ended`: the user pool will not renew any more.
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
    a token has it, so that a listener may use the session and take its time. What a listener raises
    is logged, and troubles nobody else.
    """

    def __init__(self) -> None:
        self._listeners: list[tuple[str, Callable[[SessionEvent], object]]] = []
        self._noted: deque[SessionEvent] = deque()

    def add(self, kind: str, listener: Callable[[SessionEvent], object]) -> Callable[[], None]:
        """Add one, and return a function that takes it away again."""
        entry = (kind, listener)
        self._listeners.append(entry)

        def remove() -> None:
            if entry in self._listeners:
                self._listeners.remove(entry)

        return remove

    def note(self, event: SessionEvent) -> None:
        """Note an event, to be told by the next `tell`."""
        if self._listeners:
            self._noted.append(event)

    def tell(self) -> None:
        """Tell all noted events, in their order, in the calling thread."""
        while self._noted:
            try:
                event = self._noted.popleft()
            except IndexError:  # another thread tells it
                return
            for kind, listener in tuple(self._listeners):
                if kind != event.kind:
                    continue
                try:
                    listener(event)
                except (Exception, SystemExit):  # sys.exit() would end whoever asked for a token
                    from logging import getLogger

                    getLogger("osdu_auth").exception("A listener to %r failed.", event.kind)
