"""Keeps the token of a request of `requests` at a redirect, and hides it from proxies.

At a redirect `requests` would replace the token by the password of ~/.netrc. It chooses a proxy
after it has called `auth=`, and passes the proxy only to its `HTTPAdapter`. So the method `send` of
that class is replaced by one that uses no proxy for a request with a token in clear text.
"""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest

from osdu_auth.profiles.origin import is_in_clear
from osdu_auth.token_source import AUTHORIZATION, SCHEME

if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import Response

    Send = Callable[..., Response]


class BearerRequest(PreparedRequest):
    """A request that keeps its token at a redirect, and does not use ~/.netrc instead."""

    def copy(self) -> PreparedRequest:
        """Return a copy of this class, too: `requests` makes redirects from copies."""
        copied = super().copy()
        copied.__class__ = type(self)
        return copied

    @property
    def has_token_in_clear(self) -> bool:
        """Whether it has a token that a proxy could read.

        After a redirect to another host it has none.
        """
        authorization = self.headers.get(AUTHORIZATION)
        is_bearer = isinstance(authorization, str) and authorization.startswith(SCHEME)
        return is_bearer and is_in_clear(self.url)

    def prepare_auth(self, auth: Any, url: str = "") -> None:
        """Use ~/.netrc only if a redirect to another host has removed the token."""
        if AUTHORIZATION not in self.headers:
            super().prepare_auth(auth, url)


def keep_token_from_proxies(request: Any) -> None:
    """Make sure that a request uses no proxy while it has a token in clear text."""
    if type(request) is not BearerRequest and isinstance(request, PreparedRequest):
        request.__class__ = _keeping_token(type(request))  # type: ignore[arg-type]
    # Checked each time: a test's mock may have replaced `send`, or restored an older one.
    if not hasattr(HTTPAdapter.send, _KEEPS):
        HTTPAdapter.send = _without_proxies(HTTPAdapter.send)  # type: ignore[method-assign]


_KEEPS = "keeps_tokens_from_proxies"


def _without_proxies(send: Send) -> Send:
    @wraps(send)
    def sent(  # `requests` and subclasses of its adapter pass exactly these arguments
        self: HTTPAdapter,
        request: PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002
        timeout: Any = None,
        verify: Any = True,  # noqa: FBT002
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        if isinstance(request, BearerRequest) and request.has_token_in_clear:
            proxies = None
        return send(self, request, stream, timeout, verify, cert, proxies)

    setattr(sent, _KEEPS, True)
    return sent


@lru_cache
def _keeping_token(kind: type[PreparedRequest]) -> type[PreparedRequest]:
    """Return a subclass of a caller's class of requests that keeps its token."""
    if issubclass(kind, BearerRequest):
        return kind
    return type(BearerRequest.__name__, (BearerRequest, kind), {})
