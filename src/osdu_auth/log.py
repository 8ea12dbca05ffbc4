"""The package's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def logger() -> Logger:
    """Return the package's logger; `logging` is imported only when there is something to say."""
    from logging import getLogger

    return getLogger("osdu_auth")
