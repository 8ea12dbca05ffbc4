"""Keeps passwords, tokens and secrets out of the AWS SDK's debug log.

At level DEBUG the SDK logs whole requests and replies. While one of our calls is under way, in its
own thread or task, those records are dropped; everybody else's, and all other levels, are kept.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOGGERS = tuple(
    f"botocore.{name}" for name in ("endpoint", "parsers", "hooks", "regions", "auth")
)  # the last one logs the token of temporary AWS credentials

_under_way: ContextVar[bool] = ContextVar("osdu_auth_sdk_call", default=False)


def _keep(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG or not _under_way.get()


@contextmanager
def without_payloads() -> Iterator[None]:
    """Drop the SDK's debug records for the duration of a block."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_keep)  # a filter that is there already stays alone
    token = _under_way.set(True)
    try:
        yield
    finally:
        _under_way.reset(token)
