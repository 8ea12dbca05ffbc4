"""Parts of the tests of fleets: tokens and boards."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import OsduAuthError
from osdu_auth.fleet.shared_token import SharedToken
from osdu_auth.secret import Secret
from osdu_auth.stores.sealing import new_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.fleet import SharedTokenSource
    from osdu_auth.fleet.board import Posted
    from osdu_auth.stores.sealing import Key

KEY = new_key("board")
PROFILE = "0123456789abcdef"
NOW = time.time()
LIMIT = 30.0  # seconds; far above what anything here takes


def shared(number: int = 1, *, now: float | None = None, **changes: Any) -> SharedToken:
    """A token that is good for an hour; `number` tells it, and orders generations."""
    now = NOW if now is None else now
    made = SharedToken(
        PROFILE,
        int(now * 1000) + number,
        Secret(f"canary-shared.{number}.token"),
        now,
        now + 3600,
        "subject of alice",
    )
    return made._replace(**changes)


def posted(number: int = 1, key: Key = KEY, **changes: Any) -> Posted:
    """What a publisher puts on a board."""
    return shared(number, **changes).sealed(key)


def until(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + LIMIT
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def refusal_of(source: SharedTokenSource) -> OsduAuthError:
    """Wait until a worker raises an error instead of giving a token; return the error."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        try:
            source.token()
        except OsduAuthError as error:
            return error
        time.sleep(0.01)
    raise AssertionError("the worker still has a token")


def has_token(source: SharedTokenSource, token: Secret) -> bool:
    """Return whether a worker gives out this token now."""
    with suppress(OsduAuthError):
        return source.token() == token
    return False
