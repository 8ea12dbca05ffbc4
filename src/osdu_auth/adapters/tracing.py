"""How a request of `httpx` and `httpx2` is stopped before it goes to a proxy in clear.

They choose a proxy after `auth=` has had its say, and tell no one. But what is about to happen to a
request is told to its extension `trace`, and what that raises stops it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_USUAL_PORT = 80  # of plain http, which is what is watched


def watch(request: Any) -> None:
    """Have a request raise a ConfigurationError (OA-C728) instead of going to a proxy.

    Args:
        request: one that has a token, and goes to a platform on this machine over plain http.
    """
    theirs, platform = request.extensions.get("trace"), _place_of(request.url)

    def trace(event: str, about: Mapping[str, Any]) -> Any:
        if _goes_to_proxy(event, about, platform):
            if "stream" in about:  # of a SOCKS proxy, which would be left open
                about["stream"].close()
            raise _refusal(*platform)
        return theirs(event, about) if theirs else None

    request.extensions["trace"] = trace


def awatch(request: Any) -> None:
    """Do what `watch` does, for a client for asyncio or trio."""
    theirs, platform = request.extensions.get("trace"), _place_of(request.url)

    async def trace(event: str, about: Mapping[str, Any]) -> None:
        if _goes_to_proxy(event, about, platform):
            if "stream" in about:
                await about["stream"].aclose()
            raise _refusal(*platform)
        if theirs:
            await theirs(event, about)

    request.extensions["trace"] = trace


def _place_of(url: Any) -> tuple[bytes, int]:
    return url.raw_host, url.port or _USUAL_PORT


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


def _refusal(raw_host: bytes, port: int) -> Exception:
    import os

    from osdu_auth.wire.proxies import exempting_command, kept_from_proxy

    host = raw_host.decode("ascii")
    bracketed = f"[{host}]" if ":" in host else host
    origin = f"http://{bracketed}" + ("" if port == _USUAL_PORT else f":{port}")
    command = exempting_command(host, os.environ)
    return kept_from_proxy(
        origin,
        f'Make the client with mounts={{"{origin}": None}}; where the proxy is the environment\'s, '
        f"this will do as well: {command}",
    )
