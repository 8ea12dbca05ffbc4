"""TokenSource: what everything that calls OSDU needs of an object that has a token.

HTTP adapters, the platform's calls and others use this port; `Session` and `WorkerSession` are
token sources.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError
from osdu_auth.profiles.origin import require_origin
from osdu_auth.secret import MASK

if TYPE_CHECKING:
    from osdu_auth.fixes import Reader
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.secret import Secret

AUTHORIZATION = "Authorization"
PARTITION = "data-partition-id"
SCHEME = "Bearer "


class HeaderValue(str):
    """The text of an `Authorization` header, whose `repr` does not show the token.

    A cell that ends in `session.headers()`, a log and a traceback show `'Bearer ****'`. To whatever
    sends it, it is the text: `str`, `format`, `+`, `encode`, JSON and pickle give all of it, and
    what is pickled comes back as a plain text, where this package need not be.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{SCHEME}{MASK}'"

    def __copy__(self) -> HeaderValue:
        return self

    def __deepcopy__(self, memo: object) -> HeaderValue:
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def __reduce_ex__(self, protocol: object) -> tuple[type[str], tuple[str]]:
        return self.__reduce__()


class TokenSource(ABC):
    """Has a fresh bearer token, and gives the headers of OSDU calls for the right place only."""

    # The newest token and the header that was made of it: most calls are made with the same one.
    _newest: tuple[Secret | None, HeaderValue] = (None, HeaderValue())

    @property
    @abstractmethod
    def profile(self) -> AnyProfile:
        """The profile whose platform the token is for."""

    @property
    def reader(self) -> Reader:
        """Who reads the errors of what is done with it."""
        from osdu_auth.fixes import Reader

        return Reader(self.profile.name)

    @abstractmethod
    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return a bearer token that is good now, and for `min_ttl` more."""

    @abstractmethod
    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Return what `token` returns, and hold up this task alone."""

    @abstractmethod
    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return a newer token than one that the platform answered 401 to, or the same one.

        Args:
            refused: the token that was sent.
            reason: why it was refused, in any stable words; a token that came instead of one that
                was refused for the same reason is not replaced.
        """

    @abstractmethod
    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return what `token_instead_of` returns, and hold up this task alone."""

    def headers(self, url: object = None) -> dict[str, str]:
        """Return the headers of an OSDU call: `Authorization` and `data-partition-id`.

        They are texts for any HTTP library. `repr()` of them does not show the token, so that a
        cell or a log that shows them does not either; `str()` and JSON do.

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
            try:  # and not `with ErrorsFor`, which every request would take the time for
                require_origin(url, profile)
            except OsduAuthError as error:
                error.note_reader(self.reader)
                raise
        return self._headers(self.token(), profile.data_partition_id)

    async def aheaders(self, url: object = None) -> dict[str, str]:
        """Return what `headers` returns, and hold up this task alone.

        Args:
            url: where they are to be sent, as of `headers`.

        Raises:
            OsduAuthError: as of `headers`.
        """
        profile = self.profile
        if url is not None:
            try:  # and not `with ErrorsFor`, which every request would take the time for
                require_origin(url, profile)
            except OsduAuthError as error:
                error.note_reader(self.reader)
                raise
        return self._headers(await self.atoken(), profile.data_partition_id)

    def _headers(self, token: Secret, partition: str | None) -> dict[str, str]:
        made_of, value = self._newest
        if made_of is not token:
            value = bearer(token)
            self._newest = token, value
        if partition is None:
            return {AUTHORIZATION: value}
        return {AUTHORIZATION: value, PARTITION: partition}


def bearer(token: Secret) -> HeaderValue:
    """Return the value of the `Authorization` header for a token."""
    return HeaderValue(SCHEME + token.reveal())
