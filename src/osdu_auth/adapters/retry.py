"""After a 401: whether to try again with a newer token, and whether the body can be sent again.

Invariant: the platform's 401 goes to the caller, unless a newer token may change it or a person has
to sign in again. Services also answer 401 if a group is missing or the data partition is wrong. No
new token changes that, so none is requested.
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
    """Return a newer token than the one that was refused; None if the caller gets the 401.

    Args:
        session: the source of the token.
        authorization: the header that was refused; None if the request had no token, since a
            redirect had led to another host.
        headers: of the 401.
        body: of the 401; None where it was not read.
        url: the address of the request.

    Raises:
        SessionEnded: the issuer does not renew the session any more.
        SignInRequired: no user is signed in any more.
    """
    refused = _token_of(authorization)
    reason = _reason_to_renew(refused, headers, body, url)
    if refused is None or reason is None:
        return None
    newer = refused
    trace("a 401 of the platform: a newer token is needed")
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
    """Return what `newer_token` returns, without blocking the event loop."""
    refused = _token_of(authorization)
    reason = _reason_to_renew(refused, headers, body, url)
    if refused is None or reason is None:
        return None
    newer = refused
    trace("a 401 of the platform: a newer token is needed")
    with _log_failed_renewal():
        newer = await session.atoken_instead_of(refused, reason)
    return None if newer == refused else newer


def _reason_to_renew(
    refused: Secret | None, headers: Mapping[str, str], body: bytes | None, url: str
) -> str | None:
    """Return the code of why a token was refused; None if a newer token would be refused, too.

    If a service answered, its gateway has accepted the token, so the service refuses the user, the
    data partition or the request, unless the token has expired in the meantime.
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
    """Log the error of a failed renewal, unless the person has to sign in again."""
    try:
        yield
    except (SessionEnded, SignInRequired):
        raise
    except OsduAuthError as error:
        logger().warning("A 401 goes to the caller, because the renewal failed: %s", error)


def body_rewinder(body: Any) -> Callable[[], object] | None:
    """Return a function that makes a body ready to be sent again; None if that is impossible.

    Args:
        body: None, a text, a file at the position from which it is sent, or an iterator of parts.
    """
    if body is None or isinstance(body, (bytes, bytearray, str)):
        return _do_nothing
    try:
        # An object can have both methods and not be seekable, such as a response of urllib3.
        can_go_back = getattr(body, "seekable", _is_seekable)()
        return partial(body.seek, body.tell()) if can_go_back else None
    except (AttributeError, OSError):  # not a file, or a file that is not seekable, such as a pipe
        return None


def stream_rewinder(request: Any) -> Callable[[], object] | None:
    """Return what `body_rewinder` returns, for the body of a request of `httpx` or `httpx2`."""
    try:
        return body_rewinder(request.content)
    except RuntimeError:  # RequestNotRead: it is not in memory
        stream = request.stream
    if hasattr(stream, "fields"):  # a multipart body with values and files
        return _all_rewinders([getattr(field, "file", None) for field in stream.fields])
    if hasattr(stream, "__aiter__"):
        return None
    return body_rewinder(getattr(stream, "_stream", stream))


def _all_rewinders(bodies: list[Any]) -> Callable[[], object] | None:
    rewinds = [body_rewinder(body) for body in bodies]
    return None if None in rewinds else lambda: [rewind() for rewind in rewinds if rewind]


def _is_seekable() -> bool:
    return True  # SpooledTemporaryFile before Python 3.11 is seekable without this method


def _do_nothing() -> None:
    return None
