"""LibraryAuth: a token source that `requests`, `httpx` and `httpx2` accept as `auth=`.

The code that changes a request is imported with the first request.
"""

from __future__ import annotations

import sys
from functools import lru_cache

from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.token_source import TokenSource, put_headers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Mapping
    from typing import Any


class InstanceOfHttpxAuth:
    """An instance of `httpx.Auth` by `isinstance`, without importing `httpx` or `httpx2`.

    The two libraries use `isinstance` to decide whether they give an `auth` the responses. A
    session cannot inherit from a library that may be absent or imported later. So, after the import
    of such a library, `__class__` returns a subclass of both the session's type and the library's
    `Auth`. `type(session)` does not change; Python itself, `copy` and `pickle` use `type`.
    """

    if not TYPE_CHECKING:

        @property
        def __class__(self) -> type:
            """A subclass of the object's own type and of the `Auth` of each imported library."""
            modules = sys.modules.get("httpx"), sys.modules.get("httpx2")
            return _class_with_bases(
                type(self), *(getattr(module, "Auth", None) for module in modules)
            )


@lru_cache
def _class_with_bases(own: type, *auth_types: type | None) -> type:
    bases = tuple(dict.fromkeys(each for each in auth_types if each is not None))
    names = {name: getattr(own, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(own)(own.__name__, (own, *bases), names) if bases else own


class LibraryAuth(InstanceOfHttpxAuth, TokenSource):
    """A token source that the HTTP libraries take as `auth=`."""

    def __call__(self, request: Any) -> Any:
        """Add the headers to a request; `requests` calls its `auth=` in this way.

        Raises:
            ConfigurationError: the request does not go to the profile's platform.
            OsduAuthError: as `token()` does.
        """
        if hasattr(request, "register_hook"):
            _for_requests()(self, request)
        else:
            put_headers(request.headers, self.headers(str(request.url)))
        return request

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Send a request, again after a 401; `httpx` and `httpx2` call their `Auth` in this way."""
        return _httpx_auth_flow()(self, request, self._trace)

    def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Do what `sync_auth_flow` does, without blocking the event loop."""
        return _httpx_async_auth_flow()(self, request, self._atrace)

    def _trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Stop a request that would send a token in clear text to a proxy; `httpx` calls this."""
        from osdu_auth.adapters.httpx import stop_before_proxy

        stop_before_proxy(self, event, about)

    async def _atrace(self, event: str, about: Mapping[str, Any]) -> None:
        """Do what `_trace` does, for asyncio and trio."""
        from osdu_auth.adapters.httpx import astop_before_proxy

        await astop_before_proxy(self, event, about)


@lru_cache
def _for_requests() -> Callable[[TokenSource, Any], None]:
    """Import the adapter of `requests` once, as an import statement at each call is slow."""
    from osdu_auth.adapters.requests import attach

    return attach


@lru_cache
def _httpx_auth_flow() -> Callable[[TokenSource, Any, Any], Generator[Any, Any, None]]:
    from osdu_auth.adapters.httpx import auth_flow

    return auth_flow


@lru_cache
def _httpx_async_auth_flow() -> Callable[[TokenSource, Any, Any], AsyncGenerator[Any, Any]]:
    from osdu_auth.adapters.httpx import async_auth_flow

    return async_auth_flow
