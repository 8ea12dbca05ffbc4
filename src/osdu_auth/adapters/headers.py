"""Putting a session's headers on somebody's request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.token_source import AUTHORIZATION, PARTITION, bearer

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from osdu_auth.secret import Secret


def put_headers(given: MutableMapping[str, str], ours: dict[str, str]) -> None:
    """Add a session's headers: the token replaces any other, the caller's partition stays.

    Args:
        given: the request's headers.
        ours: what `session.headers()` returns.
    """
    given[AUTHORIZATION] = ours[AUTHORIZATION]
    if PARTITION in ours and PARTITION not in given:
        given[PARTITION] = ours[PARTITION]


def put_token(given: MutableMapping[str, str], token: Secret) -> None:
    """Replace the token that a request carries."""
    given[AUTHORIZATION] = bearer(token)
