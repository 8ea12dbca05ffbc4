"""How a request of `httpx` and `httpx2` is stopped before it goes to a proxy in clear.

They choose a proxy after `auth=` has had its say, and tell no one. But what is about to happen to a
request is told to its extension `trace`, and what that raises stops it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    Trace = Callable[[str, Mapping[str, Any]], Any]
    AsyncTrace = Callable[[str, Mapping[str, Any]], Coroutine[Any, Any, None]]

_USUAL_PORT = 80  # of plain http, which is what is watched


def watch(extensions: dict[str, Any], platform_url: str | None) -> None:
    """Have a request raise a ConfigurationError (OA-C728) instead of going to a proxy.

    Args:
        extensions: of a request that has a token for the platform.
        platform_url: that of a platform on this machine, over plain http.
    """
    ours = _trace(platform_url)
    theirs = extensions.setdefault("trace", ours)
    if theirs is not ours and not hasattr(theirs, _IS_OURS):

        def both(event: str, about: Mapping[str, Any]) -> Any:
            ours(event, about)
            return theirs(event, about)

        extensions["trace"] = _marked(both)


def awatch(extensions: dict[str, Any], platform_url: str | None) -> None:
    """Do what `watch` does, for a client for asyncio or trio."""
    ours = _atrace(platform_url)
    theirs = extensions.setdefault("trace", ours)
    if theirs is not ours and not hasattr(theirs, _IS_OURS):

        async def both(event: str, about: Mapping[str, Any]) -> None:
            await ours(event, about)
            await theirs(event, about)

        extensions["trace"] = _marked(both)


_IS_OURS = "is_of_osdu_auth"


def _marked(trace: Any) -> Any:
    setattr(trace, _IS_OURS, True)
    return trace


@lru_cache
def _trace(platform_url: str | None) -> Trace:
    """Return the one trace of all requests to a platform."""
    platform = _place_of(platform_url)

    def trace(event: str, about: Mapping[str, Any]) -> None:
        if _goes_to_proxy(event, about, platform):
            if "stream" in about:  # of a SOCKS proxy, which would be left open
                about["stream"].close()
            raise _refusal(platform_url)

    return _marked(trace)  # type: ignore[no-any-return]


@lru_cache
def _atrace(platform_url: str | None) -> AsyncTrace:
    platform = _place_of(platform_url)

    async def trace(event: str, about: Mapping[str, Any]) -> None:
        if _goes_to_proxy(event, about, platform):
            if "stream" in about:
                await about["stream"].aclose()
            raise _refusal(platform_url)

    return _marked(trace)  # type: ignore[no-any-return]


def _place_of(platform_url: str | None) -> tuple[bytes, int]:
    from urllib.parse import urlsplit

    parts = urlsplit(platform_url or "")
    return (parts.hostname or "").encode("ascii"), parts.port or _USUAL_PORT


def _goes_to_proxy(event: str, about: Mapping[str, Any], platform: tuple[bytes, int]) -> bool:
    """Say whether this event tells that a token for the platform is about to go to a proxy.

    A request's trace goes along where a redirect leads, so what is sent there is looked at.
    """
    if event.endswith(".send_request_headers.started"):
        request = about["request"]
        if (request.url.host, request.url.port or _USUAL_PORT) == platform:
            return False
        return any(name.lower() == b"authorization" for name, _ in request.headers)
    if event.endswith(".setup_socks5_connection.started"):
        return (about["host"].encode("ascii"), about["port"] or _USUAL_PORT) == platform
    return False


def _refusal(platform_url: str | None) -> Exception:
    import os

    from osdu_auth.wire.proxies import exempting_command, kept_from_proxy

    command = exempting_command(_place_of(platform_url)[0].decode("ascii"), os.environ)
    return kept_from_proxy(
        platform_url or "",
        f'Make the client with mounts={{"{platform_url}": None}}; where the proxy is the '
        f"environment's, this will do as well: {command}",
    )
