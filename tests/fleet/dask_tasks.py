"""The tasks that the tests run on Dask's workers, which import this module by its name."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from osdu_auth import OsduAuthError

if TYPE_CHECKING:
    from osdu_auth import Secret, SharedTokenSource


def digest_of(token: Secret) -> str:
    """Return a digest of a token, which does not show the token."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()


def token_on_worker(source: SharedTokenSource) -> str:
    """Return which token this worker gives out."""
    return digest_of(source.token())


def seen_by_a_running_task(source: SharedTokenSource, first: str, limit: float) -> bool:
    """Return whether the token changes while this task runs."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if digest_of(source.token()) != first:
            return True
        time.sleep(0.01)
    return False


def ask_for_newer(source: SharedTokenSource) -> str:
    """Return which token replaces the token that this worker has."""
    return digest_of(source.token_instead_of(source.token()))


def until_it_is_stopped(source: SharedTokenSource, limit: float) -> str:
    """Return the code of the error that stops this worker."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            source.token()
        except OsduAuthError as error:
            return error.code
        time.sleep(0.01)
    return "it goes on"
