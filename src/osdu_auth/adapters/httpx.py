"""For `httpx` and `httpx2`: what `auth=session` does before a request, and after a 401."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.adapters.httpx_proxies import (
    achained_trace,
    chained_trace,
    proxy_error,
    sends_token_to_proxy,
)
from osdu_auth.adapters.retry import UNAUTHORIZED, anewer_token, newer_token, stream_rewinder
from osdu_auth.profiles.origin import require_platform_url
from osdu_auth.token_source import AUTHORIZATION, put_headers, put_token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping

    from osdu_auth.token_source import TokenSource


def auth_flow(session: TokenSource, request: Any, trace: Any) -> Generator[Any, Any, None]:
    """Send a request with the headers, and after a 401 once more with a newer token.

    Args:
        session: the source of the token.
        request: of `httpx` or `httpx2`.
        trace: the function for the request's extension `trace`, which a request in clear text gets.
            It is equal to the function that such a request has already when it is sent again.
    """
    url = str(request.url)
    put_headers(request.headers, session.headers(url))
    if url.startswith("http:"):  # as `is_in_clear`, without the cost of a call
        present = request.extensions.setdefault("trace", trace)
        if present != trace:
            request.extensions["trace"] = chained_trace(trace, present)
    rewind = stream_rewinder(request)
    response = yield request
    if response.status_code == UNAUTHORIZED and rewind is not None:
        sent = response.request
        newer = newer_token(
            session,
            sent.headers.get(AUTHORIZATION),
            response.headers,
            response.read(),
            str(sent.url),
        )
        if newer is not None:
            put_token(request.headers, newer)
            rewind()
            yield request


async def async_auth_flow(
    session: TokenSource, request: Any, trace: Any
) -> AsyncGenerator[Any, Any]:
    """Do what `auth_flow` does, without blocking the event loop."""
    url = str(request.url)
    put_headers(request.headers, await session.aheaders(url))
    if url.startswith("http:"):
        present = request.extensions.setdefault("trace", trace)
        if present != trace:
            request.extensions["trace"] = achained_trace(trace, present)
    rewind = stream_rewinder(request)
    response = yield request
    if response.status_code == UNAUTHORIZED and rewind is not None:
        sent, body = response.request, await response.aread()
        newer = await anewer_token(
            session, sent.headers.get(AUTHORIZATION), response.headers, body, str(sent.url)
        )
        if newer is not None:
            put_token(request.headers, newer)
            rewind()
            yield request


def stop_before_proxy(session: TokenSource, event: str, about: Mapping[str, Any]) -> None:
    """Stop a request that is about to send a token in clear text to a proxy."""
    platform_url = require_platform_url(session.profile)
    if sends_token_to_proxy(event, about, platform_url):
        if "stream" in about:  # the connection to a SOCKS proxy, which would stay open
            about["stream"].close()
        raise proxy_error(platform_url)


async def astop_before_proxy(session: TokenSource, event: str, about: Mapping[str, Any]) -> None:
    """Do what `stop_before_proxy` does, for a client of asyncio or trio."""
    platform_url = require_platform_url(session.profile)
    if sends_token_to_proxy(event, about, platform_url):
        if "stream" in about:
            await about["stream"].aclose()
        raise proxy_error(platform_url)
