"""How a request of `requests` keeps its token: from ~/.netrc at a redirect, and from proxies.

`requests` decides on the proxy after it has asked `auth=` for the headers, and says it to its
`HTTPAdapter` alone: by `proxies=` of a call or of its session, or from the environment. So that is
where a request with a token in clear is given none.
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
    """A request that keeps its token at a redirect, where `requests` would look into ~/.netrc."""

    def copy(self) -> PreparedRequest:
        """Return a request that keeps its token as well; redirects are made of copies."""
        copied = super().copy()
        copied.__class__ = type(self)
        return copied

    @property
    def has_token_in_clear(self) -> bool:
        """Whether there is a token in it that a proxy would read.

        A redirect that leads elsewhere took the token off.
        """
        authorization = self.headers.get(AUTHORIZATION)
        is_bearer = isinstance(authorization, str) and authorization.startswith(SCHEME)
        return is_bearer and is_in_clear(self.url)

    def prepare_auth(self, auth: Any, url: str = "") -> None:
        """Take what ~/.netrc has only where a redirect led elsewhere, and took the token off."""
        if AUTHORIZATION not in self.headers:
            super().prepare_auth(auth, url)


def keep_token_from_proxies(request: Any) -> None:
    """See to it that a request goes to no proxy while it has a token in clear."""
    if type(request) is not BearerRequest and isinstance(request, PreparedRequest):
        request.__class__ = _keeping_token(type(request))  # type: ignore[arg-type]
    # Each time: a test's mock may have come, or gone and taken with it what was put there then.
    if not hasattr(HTTPAdapter.send, _KEEPS):
        HTTPAdapter.send = _without_proxies(HTTPAdapter.send)  # type: ignore[method-assign]


_KEEPS = "keeps_tokens_from_proxies"


def _without_proxies(send: Send) -> Send:
    @wraps(send)
    def sent(  # with the arguments that `requests` and subclasses of its adapter call it with
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
    """Return a caller's class of requests as one that keeps its token."""
    if issubclass(kind, BearerRequest):
        return kind
    return type(BearerRequest.__name__, (BearerRequest, kind), {})
