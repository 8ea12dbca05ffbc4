"""TokenSource: the port through which every caller of OSDU gets a token and its headers.

HTTP adapters and the calls of the platform use it. `Session`, `WorkerSession` and
`SharedTokenSource` are token sources.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from osdu_auth.errors import OsduAuthError
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.profiles.origin import require_origin
from osdu_auth.secret import MASK

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from osdu_auth.fixes import Reader
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.secret import Secret

AUTHORIZATION = "Authorization"
PARTITION = "data-partition-id"
SCHEME = "Bearer "


class HeaderValue(str):
    """The text of an `Authorization` header, whose `repr` does not show the token.

    A notebook cell that ends in `session.headers()`, a log and a traceback show `'Bearer ****'`. An
    HTTP library gets the whole text: `str`, `format`, `+`, `encode`, JSON and pickle give it. A
    pickle gives a plain `str`, so that the reader does not need this package.
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
    """Gives a fresh bearer token, and the headers of OSDU calls for the profile's platform only."""

    # The newest token and its header, as most calls use the same token.
    _newest: tuple[Secret | None, HeaderValue] = (None, HeaderValue())

    @property
    @abstractmethod
    def profile(self) -> AnyProfile:
        """The profile whose platform the token is for."""

    @property
    def reader(self) -> Reader:
        """Who reads the errors of this token source."""
        from osdu_auth.fixes import Reader

        return Reader(self.profile.name)

    @abstractmethod
    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return a bearer token that is valid for `min_ttl` at least: seconds, or `"20m"`."""

    @abstractmethod
    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Do what `token` does; only this task waits."""

    @abstractmethod
    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return a newer token than one that the platform refused by 401, or the same token.

        Args:
            refused: the token that was sent.
            reason: why it was refused, in the same words each time; if the replacement of a token
                is refused for the same reason, it is not replaced again.
        """

    @abstractmethod
    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Do what `token_instead_of` does; only this task waits."""

    def headers(self, url: object = None) -> dict[str, str]:
        """Return the headers of an OSDU call: `Authorization` and `data-partition-id`.

        They are texts for any HTTP library. `repr()` does not show the token, so that a notebook
        cell and a log do not show it; `str()` and JSON do.

        Args:
            url: where they will be sent, as text or as an HTTP library's URL; every address outside
                the profile's platform is refused. With None you check the address yourself. The
                proxy is not checked here: do not send a token for a platform on this machine
                through a proxy.

        Raises:
            ConfigurationError: `url` is not on the profile's platform.
            OsduAuthError: as `token` does.
        """
        profile = self.profile
        if url is not None:
            try:  # `with ErrorsWithReader` would slow down each request
                require_origin(url, profile)
            except OsduAuthError as error:
                error.note_reader(self.reader)
                raise
        return self._headers(self.token(), profile.data_partition_id)

    async def aheaders(self, url: object = None) -> dict[str, str]:
        """Do what `headers` does; only this task waits.

        Args:
            url: where they will be sent, as in `headers`.

        Raises:
            OsduAuthError: as `headers` does.
        """
        profile = self.profile
        if url is not None:
            try:  # `with ErrorsWithReader` would slow down each request
                require_origin(url, profile)
            except OsduAuthError as error:
                error.note_reader(self.reader)
                raise
        return self._headers(await self.atoken(), profile.data_partition_id)

    def _headers(self, token: Secret, partition: str | None) -> dict[str, str]:
        made_of, value = self._newest
        if made_of is not token:
            value = authorization_value(token)
            self._newest = token, value
        if partition is None:
            return {AUTHORIZATION: value}
        return {AUTHORIZATION: value, PARTITION: partition}


def authorization_value(token: Secret) -> HeaderValue:
    """Return the `Authorization` header's value for a token."""
    return HeaderValue(SCHEME + token.reveal())


def put_headers(given: MutableMapping[str, str], ours: dict[str, str]) -> None:
    """Add a session's headers to a request.

    The token replaces any other; a data partition that the caller has set stays.

    Args:
        given: the request's headers.
        ours: the value of `session.headers()`.
    """
    given[AUTHORIZATION] = ours[AUTHORIZATION]
    if PARTITION in ours and PARTITION not in given:
        given[PARTITION] = ours[PARTITION]


def put_token(given: MutableMapping[str, str], token: Secret) -> None:
    """Replace the token in a request's headers."""
    given[AUTHORIZATION] = authorization_value(token)
