"""The authorization endpoint and its pages: a user signs in, and the app client gets a code.

RFC 6749, section 4.1; OpenID Connect Core 1.0, section 3.1.2.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from osdu_auth.sandbox.http_messages import Response, json_response
from osdu_auth.sandbox.openid.authorization_request import callback_of, read_authorization_request
from osdu_auth.sandbox.openid.browsers import SignedInUser
from osdu_auth.sandbox.openid.client_authentication import authenticated_client
from osdu_auth.sandbox.openid.parameters import (
    Parameters,
    form_parameters,
    query_parameters,
    unique_form_parameters,
)
from osdu_auth.sandbox.openid.refusals import NOT_CACHED, OAuthRefusal, PageRefusal, invalid_request
from osdu_auth.sandbox.openid.sign_in_pages import HEADERS, sign_in_page
from osdu_auth.sandbox.openid.sign_in_steps import submit_answer, submit_password
from osdu_auth.sandbox.openid.state import PUSHED_SECONDS, AuthorizationCode
from osdu_auth.sandbox.pool.errors import PoolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.http_messages import Headers, Request
    from osdu_auth.sandbox.openid.authorization_request import AuthorizationRequest, Callback
    from osdu_auth.sandbox.openid.browsers import SignInAttempt
    from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings
    from osdu_auth.sandbox.openid.state import OpenIdState

_PROMPTS_FOR_SIGN_IN = frozenset({"login", "select_account"})


def push(state: OpenIdState, request: Request) -> Response:
    """Keep the parameters of an authorization request (RFC 9126, section 2).

    Raises:
        OAuthRefusal: the authorization request would be refused.
    """
    parameters = unique_form_parameters(request)
    app_client = authenticated_client(state, request, parameters)
    pairs = [pair for pair in parameters.pairs() if pair[0] not in {"client_id", "client_secret"}]
    pushed = Parameters([*pairs, ("client_id", app_client.client_id)])
    try:
        callback = callback_of(state.pool, pushed)
    except PageRefusal as refusal:
        raise OAuthRefusal(
            "invalid_request", "The redirect_uri is not registered.", 50011
        ) from refusal
    read_authorization_request(state.settings, callback, pushed)
    uri = state.pushed.add(pushed, app_client.client_id, state.pool.clock.now())
    body = {"request_uri": uri, "expires_in": PUSHED_SECONDS}
    return json_response(201, body, headers=NOT_CACHED)


def authorize(state: OpenIdState, request: Request) -> Response:
    """Answer an authorization request: a page, or a redirect.

    Raises:
        PageRefusal: the request may not be redirected.
    """
    parameters = query_parameters(request)
    pushed = None
    if state.settings.requires_pushed_requests and parameters.get("request_uri") is not None:
        pushed = state.pushed.take(
            parameters.get("request_uri") or "",
            parameters.get("client_id"),
            state.pool.clock.now(),
        )
        if pushed is None:
            raise PageRefusal("invalid_request_uri")
    callback = callback_of(state.pool, pushed or parameters)
    try:
        if state.settings.authorization_error is not None:
            return _redirect(state, callback, state.settings.authorization_error)
        authorization = read_authorization_request(state.settings, callback, pushed or parameters)
        if state.settings.requires_pushed_requests and pushed is None:
            raise invalid_request("The parameters have to be pushed.")
        return _answer(state, request, authorization)
    except OAuthRefusal as refusal:
        return _redirect(state, callback, refusal.redirect_parameters(state.settings))


def sign_in(state: OpenIdState, request: Request) -> Response:
    """Answer a form of a sign-in page: the next page, or a redirect.

    Raises:
        PageRefusal: the form belongs to no sign-in of this browser.
    """
    try:
        form = form_parameters(request)
    except OAuthRefusal as refusal:
        raise PageRefusal(refusal.error) from refusal
    now = state.pool.clock.now()
    attempt = state.browsers.find(request, form.get("sign_in"), now)
    if attempt is None:
        raise PageRefusal("session_expired")
    if form.get("cancel") is not None:
        state.browsers.end(attempt)
        denied = OAuthRefusal("access_denied", "The user cancelled the sign-in.", 65004)
        return _redirect(
            state, attempt.authorization.callback, denied.redirect_parameters(state.settings)
        )
    if attempt.signed_in is not None:
        if form.get("consent") is None:
            return sign_in_page(attempt)
        return _code(state, attempt, attempt.signed_in, has_consent=True)
    try:
        submit = submit_password if attempt.challenge is None else submit_answer
        submit(state.pool, attempt, form)
    except PoolError as refusal:
        return sign_in_page(attempt, refusal.message)
    if attempt.challenge is not None or attempt.pending is None:
        return sign_in_page(attempt)
    user = attempt.pending.user
    user.lockout.clear()
    signed_in = SignedInUser(user, now)
    cookies = state.browsers.sign_in(signed_in, now + state.settings.page_session_seconds)
    return _consent_or_code(state, attempt, signed_in, cookies)


def _answer(state: OpenIdState, request: Request, authorization: AuthorizationRequest) -> Response:
    """Return the answer to a valid request: a code for a signed-in user, or a page."""
    now = state.pool.clock.now()
    signed_in = state.browsers.signed_in_user(request, now)
    if signed_in is not None and _has_to_sign_in_again(state, authorization, signed_in, now):
        signed_in = None
    if signed_in is None and "none" in authorization.prompts:
        raise OAuthRefusal("login_required", "The user has to sign in.", 50058)
    attempt, cookies = state.browsers.begin(request, authorization, now)
    if signed_in is None:
        return _with_headers(sign_in_page(attempt), cookies)
    return _consent_or_code(state, attempt, signed_in, cookies)


def _has_to_sign_in_again(
    state: OpenIdState, authorization: AuthorizationRequest, signed_in: SignedInUser, now: float
) -> bool:
    max_age = authorization.max_age
    is_too_long_ago = max_age is not None and now - signed_in.auth_time > max_age
    user = signed_in.user
    may_sign_in = state.pool.find_user(user.username) is not None and user.enabled
    prompt_demands_it = not _PROMPTS_FOR_SIGN_IN.isdisjoint(authorization.prompts)
    return is_too_long_ago or not may_sign_in or prompt_demands_it


def _consent_or_code(
    state: OpenIdState, attempt: SignInAttempt, signed_in: SignedInUser, cookies: Headers
) -> Response:
    if "consent" in attempt.authorization.prompts:
        attempt.signed_in = signed_in
        return _with_headers(sign_in_page(attempt), cookies)
    return _with_headers(_code(state, attempt, signed_in, has_consent=False), cookies)


def _code(
    state: OpenIdState, attempt: SignInAttempt, signed_in: SignedInUser, *, has_consent: bool
) -> Response:
    """End the sign-in, and return the redirect with a new code."""
    state.browsers.end(attempt)
    now, length = state.pool.clock.now(), state.settings.code_characters
    code = AuthorizationCode(
        value=secrets.token_urlsafe(length)[:length],
        authorization=attempt.authorization,
        signed_in=signed_in,
        has_consent=has_consent,
        expires=now + state.settings.code_seconds,
    )
    state.codes.add(code, now)
    return _redirect(state, attempt.authorization.callback, {"code": code.value})


def _redirect(state: OpenIdState, callback: Callback, parameters: Mapping[str, str]) -> Response:
    query = dict(parameters)
    if callback.state is not None:
        query["state"] = callback.state
    query |= _issuer(state.settings, state.pool.issuer)
    uri = callback.redirect_uri
    location = f"{uri}{'&' if '?' in uri else '?'}{urlencode(query)}"
    return Response(303, content_type="", headers=(("Location", location), *HEADERS))


def _issuer(settings: OpenIdSettings, issuer: str) -> dict[str, str]:
    if settings.response_issuer == "absent":
        return {}
    is_right = settings.response_issuer == "right"
    return {"iss": issuer if is_right else "https://other.example.com"}


def _with_headers(response: Response, headers: Headers) -> Response:
    return replace(response, headers=(*response.headers, *headers))
