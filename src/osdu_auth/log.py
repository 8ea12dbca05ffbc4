"""The package's log, and the trace that `--debug` shows of it.

At level DEBUG the logger `osdu_auth` has one line for each request and one for each decision of a
session. The laws of this module:

- No line of the trace has a secret, a body or a user's name in it: an error is told by its code.
- Where no one has asked for the trace, nothing is imported for it, not even `logging`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logging import Logger

VARIABLE = "OSDU_AUTH_DEBUG"
_OFF = frozenset({"", "0"})
_NAME = "osdu_auth"
_DEBUG = 10  # logging.DEBUG


def logger() -> Logger:
    """Return the package's logger; `logging` is imported only when there is something to say."""
    from logging import getLogger

    return getLogger(_NAME)


def is_traced() -> bool:
    """Say whether the trace is asked for: by the logger's level, or by `OSDU_AUTH_DEBUG=1`."""
    if os.environ.get(VARIABLE, "") not in _OFF:
        show_trace()
    # Without it nothing is set up to log, so there is nothing to ask it.
    get_logger: Any = getattr(sys.modules.get("logging"), "getLogger", None)
    return get_logger is not None and get_logger(_NAME).isEnabledFor(_DEBUG)


def trace(message: str, *values: object) -> None:
    """Say a line of the trace, if it is asked for.

    Args:
        message: as `logging` takes it.
        values: what goes into it: no secret, and no name of a user.
    """
    if is_traced():
        logger().debug(message, *values)


def show_trace() -> None:
    """Have the trace shown: on standard error, unless the program has set up its logging."""
    log = logger()
    if log.level != _DEBUG:
        log.setLevel(_DEBUG)
    if log.hasHandlers():
        return
    from logging import Formatter, StreamHandler

    handler: StreamHandler[Any] = StreamHandler()
    handler.setFormatter(Formatter("%(asctime)s.%(msecs)03d %(message)s", "%H:%M:%S"))
    log.addHandler(handler)
