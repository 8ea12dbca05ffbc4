"""What `requests`, `httpx` and `httpx2` take as `auth=`.

What is done to a request of callers is imported with the first one.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from osdu_auth.token_source import TokenSource, put_headers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping


class HttpxIsinstance:
    """What passes for an `Auth` of those of the two libraries that are in use."""

    if not TYPE_CHECKING:

        @property
        def __class__(self) -> type:
            """Its own type and callers."""
            modules = sys.modules.get("httpx"), sys.modules.get("httpx2")
            return _class_with_bases(
                type(self), *(getattr(module, "Auth", None) for module in modules)
            )


@lru_cache
def _class_with_bases(own: type, *callers: type | None) -> type:
    bases = tuple(dict.fromkeys(each for each in callers if each is not None))
    names = {name: getattr(own, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(own)(own.__name__, (own, *bases), names) if bases else own


class LibraryAuth(HttpxIsinstance, TokenSource):
    """A token source that the HTTP libraries take as `auth=`."""

    def __call__(self, request: Any) -> Any:
        """Put the headers on a request of `requests`, which calls its `auth=` so.

        Raises:
            ConfigurationError: the request does not go to the profile's platform.
            OsduAuthError: as of `token()`.
        """
        if hasattr(request, "register_hook"):
            _for_requests()(self, request)
        else:
            put_headers(request.headers, self.headers(str(request.url)))
        return request

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Do what `httpx` and `httpx2` ask of an `Auth`: send a request, perhaps twice."""
        return _flow()(self, request, self._trace)

    def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Do what `sync_auth_flow` does, and hold up this task alone."""
        return _aflow()(self, request, self._atrace)

    def _trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Be told by `httpx` what is about to happen to a request in clear."""
        from osdu_auth.adapters.httpx import stop_before_proxy

        stop_before_proxy(self, event, about)

    async def _atrace(self, event: str, about: Mapping[str, Any]) -> None:
        """Do what `_trace` does, for asyncio and trio."""
        from osdu_auth.adapters.httpx import astop_before_proxy

        await astop_before_proxy(self, event, about)


@lru_cache
def _for_requests() -> Callable[[TokenSource, Any], None]:
    """Import what is done for `requests`; an import statement is slow at each call."""
    from osdu_auth.adapters.requests import attach

    return attach


@lru_cache
def _flow() -> Callable[[TokenSource, Any, Any], Generator[Any, Any, None]]:
    from osdu_auth.adapters.httpx import flow

    return flow


@lru_cache
def _aflow() -> Callable[[TokenSource, Any, Any], AsyncGenerator[Any, Any]]:
    from osdu_auth.adapters.httpx import aflow

    return aflow
