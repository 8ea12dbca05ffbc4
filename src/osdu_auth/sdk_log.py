"""Keeps passwords, tokens and secrets out of the AWS SDK's debug log.

At level DEBUG the SDK logs whole requests and replies. Those records are dropped while one of our
calls runs, in the thread or task of that call. The records of other calls, and all other levels,
are kept.
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
)  # `auth` logs the token of temporary AWS credentials

_our_call_runs: ContextVar[bool] = ContextVar("osdu_auth_sdk_call", default=False)


def _keep(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG or not _our_call_runs.get()


@contextmanager
def without_payloads() -> Iterator[None]:
    """Drop the SDK's debug records while a block runs."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_keep)  # a filter is added only once
    token = _our_call_runs.set(True)
    try:
        yield
    finally:
        _our_call_runs.reset(token)
