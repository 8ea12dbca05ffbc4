"""For `requests`: what `auth=session` does to a request, and after a 401."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from requests.cookies import extract_cookies_to_jar
from requests.models import PreparedRequest

from osdu_auth.adapters.requests_redirects import BearerRequest, keep_token_from_proxies
from osdu_auth.adapters.retry import UNAUTHORIZED, body_rewinder, newer_token
from osdu_auth.errors import OsduAuthError
from osdu_auth.profiles.origin import is_in_clear
from osdu_auth.token_source import AUTHORIZATION, put_headers, put_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.token_source import TokenSource


def attach(session: TokenSource, request: Any) -> None:
    """Attach the session's headers to a request, and a hook that sends it again after a 401."""
    put_headers(request.headers, session.headers(request.url))
    if type(request) is PreparedRequest:
        request.__class__ = BearerRequest
    if is_in_clear(request.url):
        keep_token_from_proxies(request)
    rewind = body_rewinder(request.body)
    if rewind is not None:
        request.hooks["response"].append(partial(_retry_after_401, session, rewind))


def _retry_after_401(
    session: TokenSource, rewind: Callable[[], object], response: Any, **settings: Any
) -> Any:
    if response.status_code != UNAUTHORIZED:
        return response
    request = response.request
    try:
        newer = newer_token(
            session,
            request.headers.get(AUTHORIZATION),
            response.headers,
            response.content,  # the caller can still read it, and the connection is free again
            response.url,
        )
    except OsduAuthError:
        response.close()
        raise
    if newer is None:
        return response
    response.close()
    response.request = request.copy()
    # `requests` makes redirects from the request itself, so the newer token goes into this one.
    put_token(request.headers, newer)
    cookies = request._cookies  # noqa: SLF001 - the only way to the request's original cookies
    extract_cookies_to_jar(cookies, request, response.raw)  # type: ignore[no-untyped-call]
    request.headers.pop("Cookie", None)
    request.prepare_cookies(cookies)
    rewind()
    answer = response.connection.send(request, **settings)
    answer.history.append(response)
    return answer
