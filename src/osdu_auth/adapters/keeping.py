"""How a request of `requests` keeps its token at a redirect, whatever ~/.netrc has for the host."""

from __future__ import annotations

from typing import Any

from requests.models import PreparedRequest

from osdu_auth.adapters.headers import AUTHORIZATION


class BearerRequest(PreparedRequest):
    """A request that keeps its token at a redirect, where `requests` would look into ~/.netrc."""

    def copy(self) -> PreparedRequest:
        """Return a request that keeps its token as well; redirects are made of copies."""
        copied = super().copy()
        copied.__class__ = BearerRequest
        return copied

    def prepare_auth(self, auth: Any, url: str = "") -> None:
        """Take what ~/.netrc has only where a redirect led elsewhere, and took the token off."""
        if AUTHORIZATION not in self.headers:
            super().prepare_auth(auth, url)
