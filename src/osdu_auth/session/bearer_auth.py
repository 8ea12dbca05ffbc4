"""What HTTP libraries need of whoever gives tokens: the headers, for the right place only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from osdu_auth.adapters.headers import AUTHORIZATION, PARTITION, SCHEME, put_headers
from osdu_auth.adapters.httpx import HttpxAuth
from osdu_auth.profiles.origin import require_origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.profiles.profile import Profile
    from osdu_auth.secret import Secret


class BearerAuth(HttpxAuth, ABC):
    """Gives the headers of OSDU calls; it is what `requests` and `httpx` take as `auth=`."""

    @property
    @abstractmethod
    def profile(self) -> Profile:
        """The profile whose platform the token is for."""

    @abstractmethod
    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return a bearer token that is good now, and for `min_ttl` more."""

    @abstractmethod
    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Return what `token` returns, and hold up this task alone."""

    @abstractmethod
    def token_instead_of(self, refused: Secret) -> Secret:
        """Return a newer token than one that the platform answered 401 to, or the same one."""

    @abstractmethod
    async def atoken_instead_of(self, refused: Secret) -> Secret:
        """Return what `token_instead_of` returns, and hold up this task alone."""

    def headers(self, url: object = None) -> dict[str, str]:
        """Return the headers of an OSDU call: `Authorization` and `data-partition-id`.

        Args:
            url: where they are to be sent, as text or as an HTTP library's URL; anywhere but the
                profile's platform is refused. None where you see to that yourself. By which proxy
                they are sent is not seen here: a platform on this machine is to go by none.

        Raises:
            ConfigurationError: `url` is not on the profile's platform.
            OsduAuthError: as of `token()`.
        """
        profile = self.profile
        if url is not None:
            require_origin(url, profile)
        return _headers(self.token(), profile.data_partition_id)

    async def aheaders(self, url: object = None) -> dict[str, str]:
        """Return what `headers` returns, and hold up this task alone.

        Args:
            url: where they are to be sent, as of `headers`.

        Raises:
            OsduAuthError: as of `headers`.
        """
        profile = self.profile
        if url is not None:
            require_origin(url, profile)
        return _headers(await self.atoken(), profile.data_partition_id)

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
def _adapter_for_requests() -> Callable[[BearerAuth, Any], None]:
    """Return what is imported with `requests` alone; an import statement is slow at each call."""
    from osdu_auth.adapters.requests import bear

    return bear


def _headers(token: Secret, partition: str | None) -> dict[str, str]:
    if partition is None:
        return {AUTHORIZATION: SCHEME + token.reveal()}
    return {AUTHORIZATION: SCHEME + token.reveal(), PARTITION: partition}
