"""For `aiohttp` (3.12 or later): a client middleware.

async with aiohttp.ClientSession(middlewares=[session_middleware(session)]) as client:
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.adapters.retry import UNAUTHORIZED, anewer_token
from osdu_auth.errors import OsduAuthError
from osdu_auth.profiles.origin import is_in_clear, is_on_platform
from osdu_auth.token_source import AUTHORIZATION, put_headers, put_token

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

    from osdu_auth.token_source import TokenSource


def session_middleware(session: TokenSource) -> ClientMiddlewareType:
    """Return a middleware that sends requests to the platform with the session's headers.

    Requests to other hosts, where redirects may lead, are not changed. A request to a platform on
    this machine uses no proxy, even if the environment or the caller names one.
    """

    async def middleware(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        if not is_on_platform(str(request.url), session.profile):
            return await handler(request)
        if request.proxy is not None and is_in_clear(session.profile.platform_url):
            request.update_proxy(None, None, None)
        put_headers(request.headers, await session.aheaders())
        response = await handler(request)
        if response.status != UNAUTHORIZED or getattr(request.body, "consumed", False):
            return response
        try:
            newer = await anewer_token(
                session,
                request.headers[AUTHORIZATION],
                response.headers,
                await response.read(),
                str(request.url),
            )
        except OsduAuthError:
            response.release()
            raise
        if newer is None:
            return response
        response.release()
        put_token(request.headers, newer)
        return await handler(request)

    return middleware
