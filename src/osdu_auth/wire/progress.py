"""Progress: showing a person that the program waits for the network.

Invariant: a library shows nothing by itself. A program has to call `show_waiting` before anything
is shown.
"""

from __future__ import annotations

from contextlib import nullcontext

from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.url import read_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Show = Callable[[str], AbstractContextManager[object]]

_show: Show | None = None


def show_waiting(show: Show | None) -> None:
    """Show each wait for the network from now on, in this process.

    Args:
        show: takes the host, with the port if it is not the usual one, and returns a context
            manager for the time of the wait; waits may be nested. None to show nothing any more.
    """
    global _show  # noqa: PLW0603 - one program, one person, one terminal
    _show = show


def waiting_for(address: str) -> AbstractContextManager[object]:
    """Return a context manager for the time in which the program waits for a service.

    Args:
        address: the URL of the service.
    """
    show = _show
    return nullcontext() if show is None else show(read_url(address).host_header)
