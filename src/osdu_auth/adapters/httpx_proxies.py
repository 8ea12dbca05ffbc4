"""Stops a request of `httpx` or `httpx2` that would send a token in clear text to a proxy.

The two libraries choose a proxy after they have called `auth=`, and do not report it there. But
they call the request's extension `trace` before each step, and an error that it raises stops the
request.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from osdu_auth.url import read_url

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from osdu_auth.errors import ConfigurationError

    Trace = Callable[[str, Mapping[str, Any]], Any]
    AsyncTrace = Callable[[str, Mapping[str, Any]], Coroutine[Any, Any, None]]

_USUAL_PORT = 80  # of plain http: https hides the token from a proxy


def sends_token_to_proxy(event: str, about: Mapping[str, Any], platform_url: str) -> bool:
    """Say whether the step of an event would send a token for the platform to a proxy.

    After a redirect the same trace is called for another host, so the request's headers decide.

    Args:
        event: the name of the event.
        about: the details of the event.
        platform_url: the address of a platform on this machine, over plain http.
    """
    if event.endswith(".send_request_headers.started"):
        request = about["request"]
        if (request.url.host, request.url.port or _USUAL_PORT) == _place_of(platform_url):
            return False
        return any(name.lower() == b"authorization" for name, _ in request.headers)
    if event.endswith(".setup_socks5_connection.started"):
        place = about["host"].encode("ascii"), about["port"] or _USUAL_PORT
        return place == _place_of(platform_url)
    return False


def proxy_error(platform_url: str) -> ConfigurationError:
    """Return the error of a request that was stopped; its fix avoids the proxy."""
    import os

    from osdu_auth.wire.proxies import no_proxy_command, token_to_proxy_error

    command = no_proxy_command(_place_of(platform_url)[0].decode("ascii"), os.environ)
    return token_to_proxy_error(
        platform_url,
        f'Make the client with mounts={{"{platform_url}": None}}; if the proxy is set in the '
        f"environment, you can also type: {command}",
    )


def chained_trace(ours: Trace, callers: Trace) -> Trace:
    """Return a trace that calls ours first, and then the caller's own."""

    def both(event: str, about: Mapping[str, Any]) -> Any:
        ours(event, about)
        return callers(event, about)

    # A request that is sent a second time has both already.
    return callers if hasattr(callers, _CHAINED) else _marked(both)


def achained_trace(ours: AsyncTrace, callers: AsyncTrace) -> AsyncTrace:
    """Return what `chained_trace` returns, for a client of asyncio or trio."""

    async def both(event: str, about: Mapping[str, Any]) -> None:
        await ours(event, about)
        await callers(event, about)

    return callers if hasattr(callers, _CHAINED) else _marked(both)


_CHAINED = "calls_osdu_auth"


def _marked(both: Any) -> Any:
    setattr(both, _CHAINED, True)
    return both


@lru_cache
def _place_of(platform_url: str) -> tuple[bytes, int]:
    url = read_url(platform_url)
    return url.host.encode("ascii"), url.port
