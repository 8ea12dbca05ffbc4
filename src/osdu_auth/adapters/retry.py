"""After a 401: is there a newer token to try once more with?

The law of this module: the platform's 401 is the caller's to see, unless a newer token may change
it or a person has to sign in again. Services answer 401 where they mean that a group is missing, or
that the data partition is another: no token changes that, so none is renewed.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import OsduAuthError, SessionEnded, SignInRequired
from osdu_auth.log import logger, trace
from osdu_auth.secret import Secret
from osdu_auth.token_source import SCHEME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from osdu_auth.token_source import TokenSource

UNAUTHORIZED = 401


def newer_token(
    session: TokenSource,
    authorization: str | None,
    headers: Mapping[str, str],
    body: bytes | None,
    url: str = "",
) -> Secret | None:
    """Return another token than the one that was refused; None where the 401 is the answer.

    Args:
        session: gave the token.
        authorization: the header that was refused; None where a redirect led elsewhere, and the
            token was not there to be refused.
        headers: of the 401.
        body: of the 401; None where it was not read.
        url: what was asked.

    Raises:
        SessionEnded: the pool will not renew the session.
        SignInRequired: nobody is signed in any more.
    """
    refused = _token_of(authorization)
    reason = _reason_to_renew(refused, headers, body, url)
    if refused is None or reason is None:
        return None
    newer = refused
    trace("a 401 of the platform: another token is wanted")
    with _log_failed_renewal():
        newer = session.token_instead_of(refused, reason)
    return None if newer == refused else newer


async def anewer_token(
    session: TokenSource,
    authorization: str | None,
    headers: Mapping[str, str],
    body: bytes | None,
    url: str = "",
) -> Secret | None:
    """Return what `newer_token` returns, and hold up this task alone."""
    refused = _token_of(authorization)
    reason = _reason_to_renew(refused, headers, body, url)
    if refused is None or reason is None:
        return None
    newer = refused
    trace("a 401 of the platform: another token is wanted")
    with _log_failed_renewal():
        newer = await session.atoken_instead_of(refused, reason)
    return None if newer == refused else newer


def _reason_to_renew(
    refused: Secret | None, headers: Mapping[str, str], body: bytes | None, url: str
) -> str | None:
    """Return why a token was refused, as a code; None where a newer one would be as well.

    A service that answers had the token from its gateway, which let it in: it refuses the user, the
    data partition or the request. That holds as long as the token has not expired in between.
    """
    from osdu_auth.platform.answers import Author, read_answer
    from osdu_auth.platform.refusal_rows import row_of
    from osdu_auth.tokens import unverified_claims
    from osdu_auth.url import read_url_or_none

    if refused is None:
        return None
    read = read_url_or_none(url)
    answer = read_answer(UNAUTHORIZED, headers, body, path="" if read is None else read.path)
    if answer.author is Author.SERVICE:
        expires_at = unverified_claims(refused).get("exp")
        if not isinstance(expires_at, (int, float)) or expires_at > time.time():
            return None
    return row_of(answer).code


def _token_of(authorization: str | None) -> Secret | None:
    if authorization is None or not authorization.startswith(SCHEME):
        return None
    return Secret(authorization[len(SCHEME) :])


@contextmanager
def _log_failed_renewal() -> Iterator[None]:
    """Log why there is no newer token, where the person need not sign in again for one."""
    try:
        yield
    except (SessionEnded, SignInRequired):
        raise
    except OsduAuthError as error:
        logger().warning("A 401 is passed on, as renewing failed: %s", error)


def rewinding(body: Any) -> Callable[[], object] | None:
    """Return what makes a body ready to be sent once more; None where it can be sent only once.

    Args:
        body: nothing, a text, a file at the place from which it will be sent, or what yields parts.
    """
    if body is None or isinstance(body, (bytes, bytearray, str)):
        return _as_it_is
    try:
        # Some have both methods and can only go on, as an answer of urllib3 that is being read.
        can_go_back = getattr(body, "seekable", _usually)()
        return partial(body.seek, body.tell()) if can_go_back else None
    except (AttributeError, OSError):  # no file, or one that cannot go back, such as a pipe
        return None


def rewinding_stream(request: Any) -> Callable[[], object] | None:
    """Return what `rewinding` does, for the body of a request of `httpx` or `httpx2`."""
    try:
        return rewinding(request.content)
    except RuntimeError:  # RequestNotRead: it is not in memory
        stream = request.stream
    if hasattr(stream, "fields"):  # a multipart body, of values and files
        return _all_rewinding([getattr(field, "file", None) for field in stream.fields])
    if hasattr(stream, "__aiter__"):
        return None
    return rewinding(getattr(stream, "_stream", stream))


def _all_rewinding(bodies: list[Any]) -> Callable[[], object] | None:
    rewinds = [rewinding(body) for body in bodies]
    return None if None in rewinds else lambda: [rewind() for rewind in rewinds if rewind]


def _usually() -> bool:
    return True  # SpooledTemporaryFile before Python 3.11 can, and does not say so


def _as_it_is() -> None:
    return None
