"""For `urllib3`: pool managers that send requests to the platform with a session's headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urllib3 import HTTPHeaderDict, PoolManager, ProxyManager, Retry
from urllib3.util import parse_url

from osdu_auth.adapters.bodies import rewinding
from osdu_auth.adapters.headers import AUTHORIZATION, put_headers, put_token
from osdu_auth.adapters.refusals import UNAUTHORIZED, newer_token
from osdu_auth.profiles.origin import is_on_platform

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse
    from urllib3.util.retry import RequestHistory

    from osdu_auth.session.bearer_auth import BearerAuth


class SessionPoolManager(PoolManager):
    """A `PoolManager` with a session; requests elsewhere are sent as they are.

    Args:
        session: gives the token.
        settings: those of `PoolManager`.
    """

    def __init__(self, session: BearerAuth, *settings: Any, **more: Any) -> None:
        super().__init__(*settings, **more)
        self._session = session

    def urlopen(self, method: str, url: str, *given: Any, **more: Any) -> BaseHTTPResponse:
        """Send a request; for each redirect it is called again, by `PoolManager.urlopen`."""
        if not is_on_platform(url, self._session.profile):
            if self._was_led_away(url, more.get("retries")):
                # Whether urllib3 has taken the token out goes by a setting of its caller's.
                more["headers"] = HTTPHeaderDict(more["headers"])
                more["headers"].discard(AUTHORIZATION)
            return super().urlopen(method, url, *given, **more)
        headers = more["headers"] = HTTPHeaderDict(more.get("headers", self.headers))
        put_headers(headers, self._session.headers())
        rewind = rewinding(more.get("body"))
        response = super().urlopen(method, url, *given, **more)
        if response.status != UNAUTHORIZED or rewind is None:
            return response
        if _redirects(response.retries) > _redirects(more.get("retries")):
            return response  # of the last place, which was asked once more already
        newer = newer_token(self._session, headers[AUTHORIZATION])
        if newer is None:
            return response
        response.drain_conn()
        put_token(headers, newer)
        rewind()
        return super().urlopen(method, url, *given, **more)

    def _was_led_away(self, url: str, retries: object) -> bool:
        """Say whether redirects lead from the platform, where the headers got a token, elsewhere.

        What a URL has for a user name does not count: it goes to the same host.
        """
        profile = self._session.profile
        return any(
            attempt.url and is_on_platform(attempt.url, profile) for attempt in _history(retries)
        ) and not is_on_platform(parse_url(url)._replace(auth=None).url, profile)


class SessionProxyManager(SessionPoolManager, ProxyManager):
    """A `ProxyManager` with a session."""


def _redirects(retries: object) -> int:
    return sum(1 for attempt in _history(retries) if attempt.redirect_location)


def _history(retries: object) -> tuple[RequestHistory, ...]:
    return retries.history if isinstance(retries, Retry) else ()
