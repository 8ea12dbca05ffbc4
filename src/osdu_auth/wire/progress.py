"""Saying that the network is waited for: a program that speaks with a person says how.

The law of this module: a library shows nothing. Until a program asks for it, nothing is shown.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from osdu_auth.url import read_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Show = Callable[[str], AbstractContextManager[object]]

_show: Show | None = None


def show_waiting(show: Show | None) -> None:
    """Have each wait for the network shown from now on, in this process.

    Args:
        show: is given the host that is waited for, with a port that is not the usual one, and
            returns a context for the time of the wait; one wait may lie within another. None to
            show nothing any more.
    """
    global _show  # noqa: PLW0603 - one program, one person, one terminal
    _show = show


def waiting_for(address: str) -> AbstractContextManager[object]:
    """Return the context in which a service is waited for.

    Args:
        address: its URL.
    """
    show = _show
    return nullcontext() if show is None else show(read_url(address).host_header)
