"""How a request of `httpx` and `httpx2` is stopped before it goes to a proxy in clear.

They choose a proxy after `auth=` has had its say, and tell no one. But what is about to happen to a
request is told to its extension `trace`, and what that raises stops it.
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

_USUAL_PORT = 80  # of plain http, which is what is watched


def sends_token_to_proxy(event: str, about: Mapping[str, Any], platform_url: str) -> bool:
    """Say whether an event tells that a token for the platform is about to go to a proxy.

    A request's trace goes along where a redirect leads, so what is sent there is looked at.

    Args:
        event: as of the extension.
        about: what it tells of the event.
        platform_url: that of a platform on this machine, over plain http.
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
    """Return the error of a request that was stopped, with what leads past the proxy."""
    import os

    from osdu_auth.wire.proxies import exempting_command, kept_from_proxy

    command = exempting_command(_place_of(platform_url)[0].decode("ascii"), os.environ)
    return kept_from_proxy(
        platform_url,
        f'Make the client with mounts={{"{platform_url}": None}}; where the proxy is the '
        f"environment's, this will do as well: {command}",
    )


def chained_trace(ours: Trace, callers: Trace) -> Trace:
    """Return a trace that tells ours first, and then the caller's own."""

    def both(event: str, about: Mapping[str, Any]) -> Any:
        ours(event, about)
        return callers(event, about)

    # A request that is sent a second time has been here before.
    return callers if hasattr(callers, _CHAINED) else _marked(both)


def achained_trace(ours: AsyncTrace, callers: AsyncTrace) -> AsyncTrace:
    """Return what `chained_trace` does, of traces of a client for asyncio or trio."""

    async def both(event: str, about: Mapping[str, Any]) -> None:
        await ours(event, about)
        await callers(event, about)

    return callers if hasattr(callers, _CHAINED) else _marked(both)


_CHAINED = "tells_osdu_auth"


def _marked(both: Any) -> Any:
    setattr(both, _CHAINED, True)
    return both


@lru_cache
def _place_of(platform_url: str) -> tuple[bytes, int]:
    url = read_url(platform_url)
    return url.host.encode("ascii"), url.port
