"""For `urllib3`: pool managers that send requests to the platform with a session's headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urllib3 import HTTPHeaderDict, PoolManager, ProxyManager, Retry
from urllib3.util import parse_url

from osdu_auth.adapters.retry import UNAUTHORIZED, body_rewinder, newer_token
from osdu_auth.profiles.origin import is_in_clear, is_on_platform
from osdu_auth.token_source import AUTHORIZATION, put_headers, put_token

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.token_source import TokenSource


class SessionPoolManager(PoolManager):
    """A `PoolManager` with a session; requests to other hosts are not changed.

    Args:
        session: the source of the token.
        settings: those of `PoolManager`.
    """

    def __init__(self, session: TokenSource, *settings: Any, **more: Any) -> None:
        super().__init__(*settings, **more)
        self._session = session

    def urlopen(self, method: str, url: str, *given: Any, **more: Any) -> BaseHTTPResponse:
        """Send a request; for each redirect `PoolManager.urlopen` calls this again."""
        profile = self._session.profile
        if not is_on_platform(url, profile):
            if has_left_platform(url, more.get("retries"), profile):
                # urllib3 itself removes the token only if a setting of the caller says so.
                more["headers"] = HTTPHeaderDict(more["headers"])
                more["headers"].discard(AUTHORIZATION)
            return super().urlopen(method, url, *given, **more)
        headers = more["headers"] = HTTPHeaderDict(more.get("headers", self.headers))
        put_headers(headers, self._session.headers())
        rewind = body_rewinder(more.get("body"))
        response = super().urlopen(method, url, *given, **more)
        if response.status != UNAUTHORIZED or rewind is None:
            return response
        if len(redirected_urls(response.retries)) > len(redirected_urls(more.get("retries"))):
            return response  # redirected: the last request was tried again already
        # A body that is not preloaded is for the caller to read.
        body = response.data if more.get("preload_content", True) else None
        newer = newer_token(self._session, headers[AUTHORIZATION], response.headers, body, url)
        if newer is None:
            return response
        response.drain_conn()
        put_token(headers, newer)
        rewind()
        return super().urlopen(method, url, *given, **more)


class _SelectiveProxyManager(ProxyManager):
    """A `ProxyManager` that does not use its proxy where the proxy could read a token.

    It is the second base class of `SessionProxyManager`, so it gets requests that
    `SessionPoolManager` has prepared.
    """

    _session: TokenSource
    _direct: _DirectPoolManager | None = None

    def urlopen(self, method: str, url: str, *given: Any, **more: Any) -> BaseHTTPResponse:
        """Send a request: to a platform on this machine directly, to others by the proxy."""
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


class SessionProxyManager(SessionPoolManager, _SelectiveProxyManager):
    """A `ProxyManager` with a session; for a platform on this machine the proxy is not used.

    Args:
        session: the source of the token.
        settings: those of `ProxyManager`.

    Raises:
        ConfigurationError: OA-C729: the proxy could read the token, as it would forward requests
            for https itself.
    """

    def __init__(self, session: TokenSource, *settings: Any, **more: Any) -> None:
        super().__init__(session, *settings, **more)
        if self.proxy_config is not None and self.proxy_config.use_forwarding_for_https:
            from osdu_auth.wire.proxies import token_to_proxy_error

            raise token_to_proxy_error("https://…", "Leave out use_forwarding_for_https=True.")


class _DirectPoolManager(PoolManager):
    """Sends requests directly, with the settings of another manager except its proxy.

    Args:
        manager: the other manager, which also sends the requests that follow a redirect.
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
        """Follow a redirect: `PoolManager.urlopen` calls this."""
        return self._manager.urlopen(method, url, *given, **more)


def redirected_urls(retries: object) -> list[str]:
    """Return the URLs that answered with a redirect, in their order, as `Retry` notes them."""
    history = retries.history if isinstance(retries, Retry) else ()
    return [attempt.url or "" for attempt in history if attempt.redirect_location]


def has_left_platform(url: str, retries: object, profile: AnyProfile) -> bool:
    """Say whether redirects lead from the platform, where a request got its token, to another host.

    A user name in a URL does not matter: the host is the same.
    """
    if not any(is_on_platform(left, profile) for left in redirected_urls(retries)):
        return False
    return not is_on_platform(parse_url(url)._replace(auth=None).url, profile)
