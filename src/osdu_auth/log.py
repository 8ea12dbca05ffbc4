"""The package's log, and its trace, which `--debug` shows.

At level DEBUG the logger `osdu_auth` gets one line for each request and one for each decision of a
session. Invariants:

- No line of the trace contains a secret, a body or a user's name; an error appears as its code.
- Unless a program or a user asks for the trace, nothing is imported for it, not even `logging`.
"""

from __future__ import annotations

import os
import sys

from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger
    from typing import Any

VARIABLE = "OSDU_AUTH_DEBUG"
_OFF = frozenset({"", "0"})
_NAME = "osdu_auth"
_DEBUG = 10  # logging.DEBUG


def logger() -> Logger:
    """Return the package's logger; `logging` is imported only here."""
    from logging import getLogger

    return getLogger(_NAME)


def is_trace_on() -> bool:
    """Say whether the trace is on: by the logger's level, or by `OSDU_AUTH_DEBUG=1`."""
    if os.environ.get(VARIABLE, "") not in _OFF:
        show_trace()
    # Where no program has imported `logging`, no program has set a level.
    get_logger: Any = getattr(sys.modules.get("logging"), "getLogger", None)
    return get_logger is not None and get_logger(_NAME).isEnabledFor(_DEBUG)


def trace(message: str, *values: object) -> None:
    """Log a line of the trace, if the trace is on.

    Args:
        message: the format string, as `logging` takes it.
        values: the values for it: no secret, and no user name.
    """
    if is_trace_on():
        logger().debug(message, *values)


def show_trace() -> None:
    """Show the trace on standard error, unless the program has set up its own logging."""
    log = logger()
    if log.level != _DEBUG:
        log.setLevel(_DEBUG)
    if log.hasHandlers():
        return
    from logging import Formatter, StreamHandler

    handler: StreamHandler[Any] = StreamHandler()
    handler.setFormatter(Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    log.addHandler(handler)
