"""For `urllib3`: pool managers that send requests to the platform with a session's headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urllib3 import HTTPHeaderDict, PoolManager, ProxyManager, Retry
from urllib3.util import parse_url

from osdu_auth.adapters.retry import UNAUTHORIZED, newer_token, rewinding
from osdu_auth.profiles.origin import is_in_clear, is_on_platform
from osdu_auth.token_source import AUTHORIZATION, put_headers, put_token

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.token_source import TokenSource


class SessionPoolManager(PoolManager):
    """A `PoolManager` with a session; requests elsewhere are sent as they are.

    Args:
        session: gives the token.
        settings: those of `PoolManager`.
    """

    def __init__(self, session: TokenSource, *settings: Any, **more: Any) -> None:
        super().__init__(*settings, **more)
        self._session = session

    def urlopen(self, method: str, url: str, *given: Any, **more: Any) -> BaseHTTPResponse:
        """Send a request; for each redirect it is called again, by `PoolManager.urlopen`."""
        profile = self._session.profile
        if not is_on_platform(url, profile):
            if has_left_platform(url, more.get("retries"), profile):
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
        if len(redirected_urls(response.retries)) > len(redirected_urls(more.get("retries"))):
            return response  # of the last place, which was asked once more already
        body = (
            response.data if more.get("preload_content", True) else None
        )  # else it is the caller's
        newer = newer_token(self._session, headers[AUTHORIZATION], response.headers, body, url)
        if newer is None:
            return response
        response.drain_conn()
        put_token(headers, newer)
        rewind()
        return super().urlopen(method, url, *given, **more)


class _PastProxy(ProxyManager):
    """A `ProxyManager` that calls past its proxy what the proxy would read a token of.

    It comes after `SessionPoolManager` in what a `SessionProxyManager` inherits from, and so
    gets what is about to be sent.
    """

    _session: TokenSource
    _direct: _DirectPoolManager | None = None

    def urlopen(self, method: str, url: str, *given: Any, **more: Any) -> BaseHTTPResponse:
        """Send a request: to a platform on this machine directly, anywhere else by the proxy."""
        profile = self._session.profile
        if not (is_in_clear(profile.platform_url) and is_on_platform(url, profile)):
            return super().urlopen(method, url, *given, **more)
        if self._direct is None:
            self._direct = _DirectPoolManager(self)
        return self._direct.send(method, url, *given, **more)

    def clear(self) -> None:
        """Close all connections that are not in use."""
        super().clear()
        if self._direct is not None:
            self._direct.clear()


class SessionProxyManager(SessionPoolManager, _PastProxy):
    """A `ProxyManager` with a session; a platform on this machine is called past the proxy.

    Args:
        session: gives the token.
        settings: those of `ProxyManager`.

    Raises:
        ConfigurationError: OA-C729: the proxy would read the token, as it would get what is for
            https and hand it on.
    """

    def __init__(self, session: TokenSource, *settings: Any, **more: Any) -> None:
        super().__init__(session, *settings, **more)
        if self.proxy_config is not None and self.proxy_config.use_forwarding_for_https:
            from osdu_auth.wire.proxies import kept_from_proxy

            raise kept_from_proxy("https://…", "Leave out use_forwarding_for_https=True.")


class _DirectPoolManager(PoolManager):
    """Calls past the proxy of another manager, with its other settings.

    Args:
        manager: the other one; what a redirect leads to is its business again.
    """

    def __init__(self, manager: ProxyManager) -> None:
        settings = manager.connection_pool_kw.items()
        direct = {name: value for name, value in settings if not name.startswith("_proxy")}
        super().__init__(headers=manager.headers, **direct)
        self._manager = manager

    def send(self, method: str, url: str, *given: Any, **more: Any) -> BaseHTTPResponse:
        """Send a request."""
        return super().urlopen(method, url, *given, **more)

    def urlopen(self, method: str, url: str, *given: Any, **more: Any) -> BaseHTTPResponse:
        """Follow a redirect, which `PoolManager.urlopen` calls this for."""
        return self._manager.urlopen(method, url, *given, **more)


def redirected_urls(retries: object) -> list[str]:
    """Return the URLs that a request was led away from, in their order."""
    history = retries.history if isinstance(retries, Retry) else ()
    return [attempt.url or "" for attempt in history if attempt.redirect_location]


def has_left_platform(url: str, retries: object, profile: AnyProfile) -> bool:
    """Say whether redirects lead from the platform, where a request got its token, elsewhere.

    What a URL has for a user name does not count: it goes to the same host.
    """
    if not any(is_on_platform(left, profile) for left in redirected_urls(retries)):
        return False
    return not is_on_platform(parse_url(url)._replace(auth=None).url, profile)
