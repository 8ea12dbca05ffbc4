"""What `requests`, `httpx` and `httpx2` take as `auth=`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from osdu_auth.adapters.headers import put_headers
from osdu_auth.adapters.httpx import HttpxAuth

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.token_source import TokenSource


class LibraryAuth(HttpxAuth):
    """A token source that the HTTP libraries take as `auth=`."""

    def __call__(self, request: Any) -> Any:
        """Put the headers on a request of `requests`, which calls its `auth=` so.

        Raises:
            ConfigurationError: the request does not go to the profile's platform.
            OsduAuthError: as of `token()`.
        """
        if hasattr(request, "register_hook"):
            _adapter_for_requests()(self, request)
        else:
            put_headers(request.headers, self.headers(str(request.url)))
        return request


@lru_cache
def _adapter_for_requests() -> Callable[[TokenSource, Any], None]:
    """Return what is imported with `requests` alone; an import statement is slow at each call."""
    from osdu_auth.adapters.requests import bear

    return bear
