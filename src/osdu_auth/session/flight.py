"""One piece of work at a time in a thread of its own, whoever asks for it.

The thread is not a daemon: a process that ends waits for it, since a refresh token that the pool
has replaced and nobody wrote down would end the session.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from osdu_auth.session.held import HeldToken

    Work = Callable[[], HeldToken | None]


class OneFlight:
    """At most one piece of work under way.

    It belongs to no event loop: whoever waits does so in their own way on the future.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._future: Future[HeldToken | None] | None = None

    def start(self, work: Work) -> Future[HeldToken | None]:
        """Begin the work, unless some is under way, and return its future or that one's.

        Args:
            work: what to do; what it raises goes to the future.
        """
        from concurrent.futures import Future

        with self._lock:
            if self._future is not None and not self._future.done():
                return self._future
            future: Future[HeldToken | None] = Future()
            # From here on nobody who gives up waiting can cancel it for the others.
            future.set_running_or_notify_cancel()
            thread = threading.Thread(target=_fly, args=(future, work), name="osdu-auth renewal")
            try:
                thread.start()
            except RuntimeError as error:  # the interpreter is shutting down
                future.set_exception(error)
                return future
            self._future = future
            return future

    def wait(self) -> None:
        """Wait for the work under way, whatever becomes of it."""
        with self._lock:
            future = self._future
        if future is not None:
            future.exception()


def _fly(future: Future[HeldToken | None], work: Work) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
        future.set_exception(error)
    else:
        future.set_result(result)
