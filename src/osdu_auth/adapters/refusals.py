"""After a 401: is there a newer token to try once more with?

The law of this module: the platform's 401 is the caller's to see, unless a newer token may change
it or a person has to sign in again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError, SessionEnded, SignInRequired
from osdu_auth.log import logger, trace
from osdu_auth.secret import Secret
from osdu_auth.token_source import SCHEME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.token_source import TokenSource

UNAUTHORIZED = 401


def newer_token(session: TokenSource, authorization: str | None) -> Secret | None:
    """Return another token than the one that was refused; None where the 401 is the answer.

    Args:
        session: gave the token.
        authorization: the header that was refused; None where a redirect led elsewhere, and the
            token was not there to be refused.

    Raises:
        SessionEnded: the pool will not renew the session.
        SignInRequired: nobody is signed in any more.
    """
    refused = _token_of(authorization)
    if refused is None:
        return None
    newer = refused
    trace("a 401 of the platform: another token is wanted")
    with _failure_told():
        newer = session.token_instead_of(refused)
    return None if newer == refused else newer


async def anewer_token(session: TokenSource, authorization: str | None) -> Secret | None:
    """Return what `newer_token` returns, and hold up this task alone."""
    refused = _token_of(authorization)
    if refused is None:
        return None
    newer = refused
    trace("a 401 of the platform: another token is wanted")
    with _failure_told():
        newer = await session.atoken_instead_of(refused)
    return None if newer == refused else newer


def _token_of(authorization: str | None) -> Secret | None:
    if authorization is None or not authorization.startswith(SCHEME):
        return None
    return Secret(authorization[len(SCHEME) :])


@contextmanager
def _failure_told() -> Iterator[None]:
    """Log why there is no newer token, where the person need not sign in again for one."""
    try:
        yield
    except (SessionEnded, SignInRequired):
        raise
    except OsduAuthError as error:
        logger().warning("A 401 is passed on, as renewing failed: %s", error)
