"""The requests to the sign-in domain: the routes to its endpoints, and the issuer's metadata.

Invariant: an endpoint holds the pool's lock from beginning to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from osdu_auth.sandbox.http_messages import json_response, text_response
from osdu_auth.sandbox.openid import after_sign_in, authorize, token_endpoint
from osdu_auth.sandbox.openid.openid_settings import (
    AUTHORIZE,
    LOGOUT,
    PUSHED,
    REVOKE,
    TOKEN,
    USER_INFO,
    metadata,
)
from osdu_auth.sandbox.openid.refusals import OAuthRefusal, PageRefusal
from osdu_auth.sandbox.openid.sign_in_pages import SIGN_IN, error_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox.http_messages import Request, Response
    from osdu_auth.sandbox.openid.state import OpenIdState


class _Route(NamedTuple):
    methods: tuple[str, ...]
    answer: Callable[[OpenIdState, Request], Response]


_ROUTES = {
    AUTHORIZE: _Route(("GET",), authorize.authorize),
    SIGN_IN: _Route(("POST",), authorize.sign_in),
    TOKEN: _Route(("POST",), token_endpoint.answer),
    REVOKE: _Route(("POST",), after_sign_in.revoke),
    USER_INFO: _Route(("GET", "POST"), after_sign_in.user_info),
    LOGOUT: _Route(("GET",), after_sign_in.log_out),
    PUSHED: _Route(("POST",), authorize.push),
}
_CONFIGURATION = "/.well-known/openid-configuration"


def answer(state: OpenIdState, request: Request) -> Response | None:
    """Return the answer to a request for an endpoint or the metadata; `None` for another request.

    Args:
        state: the sign-in domain.
        request: the request.
    """
    for issuer in state.pool.issuers.published:
        issuer_path = urlsplit(issuer).path
        if request.path == issuer_path + _CONFIGURATION:
            if request.method not in {"GET", "HEAD"}:
                return _not_allowed(("GET", "HEAD"))
            return json_response(200, metadata(state.settings, state.origin, issuer))
        endpoint = (
            request.path.partition(issuer_path)[2] if request.path.startswith(issuer_path) else ""
        )
        if not state.settings.has_domain and endpoint in _ROUTES:
            return text_response(400, "BadRequest")
    route = _ROUTES.get(request.path) if _is_enabled(state, request.path) else None
    if route is None:
        return None
    if request.method not in route.methods:
        return _not_allowed(route.methods)
    try:
        with state.pool.lock:
            return route.answer(state, request)
    except PageRefusal as refusal:
        return error_page(refusal.reason)
    except OAuthRefusal as refusal:
        return refusal.reply(state.settings)


def _is_enabled(state: OpenIdState, path: str) -> bool:
    """Say whether the settings of the domain give it an endpoint."""
    settings = state.settings
    if path == REVOKE and not settings.has_revocation:
        return False
    if path == PUSHED and not settings.requires_pushed_requests:
        return False
    return settings.has_domain


def _not_allowed(methods: tuple[str, ...]) -> Response:
    allowed = ", ".join(methods)
    return text_response(405, f"Use {allowed}.", headers=(("Allow", allowed),))
