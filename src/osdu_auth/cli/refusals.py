"""Noting what OSDU refused, for `osdu-auth why`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.session import Session


@contextmanager
def noting_refusals(session: Session) -> Iterator[None]:
    """Note what OSDU refuses in a block."""
    try:
        yield
    except OsduError as error:
        raise noted(error, session) from None


def noted(error: OsduError, session: Session) -> OsduError:
    """Note what OSDU refused, and return the error."""
    from osdu_auth.platform.last_refusal import keep_refusal

    if error.answer is not None:
        keep_refusal(session.profile.name, error.answer)
    return error
