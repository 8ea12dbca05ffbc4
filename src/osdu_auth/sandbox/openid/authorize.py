"""The authorization endpoint and the pages behind it: a person signs in, a code goes back.

RFC 6749, section 4.1; OpenID Connect Core 1.0, section 3.1.2.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from osdu_auth.sandbox.http_messages import Response, json_response
from osdu_auth.sandbox.openid.authorization_request import callback_of, read_authorization_request
from osdu_auth.sandbox.openid.browsers import SignedInPerson
from osdu_auth.sandbox.openid.client_authentication import authenticated_client
from osdu_auth.sandbox.openid.codes import PUSHED_SECONDS, Code
from osdu_auth.sandbox.openid.parameters import Parameters, in_form, in_form_once, in_query
from osdu_auth.sandbox.openid.refusals import NOT_KEPT, OAuthRefusal, PageRefusal, invalid_request
from osdu_auth.sandbox.openid.sign_in_pages import HEADERS, sign_in_page
from osdu_auth.sandbox.openid.sign_in_steps import take_answer, take_password
from osdu_auth.sandbox.pool.errors import PoolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.http_messages import Headers, Request
    from osdu_auth.sandbox.openid.authorization_request import AuthorizationRequest, Callback
    from osdu_auth.sandbox.openid.browsers import SignInUnderWay
    from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings
    from osdu_auth.sandbox.openid.state import OpenIdState

_AGAIN = frozenset({"login", "select_account"})


def push(state: OpenIdState, request: Request) -> Response:
    """Keep the parameters of an authorization request (RFC 9126, section 2).

    Raises:
        OAuthRefusal: Whatever would forbid the authorization request.
    """
    parameters = in_form_once(request)
    app_client = authenticated_client(state, request, parameters)
    pairs = [pair for pair in parameters.pairs() if pair[0] not in {"client_id", "client_secret"}]
    asked = Parameters([*pairs, ("client_id", app_client.client_id)])
    try:
        callback = callback_of(state.pool, asked)
    except PageRefusal as refusal:
        raise OAuthRefusal(
            "invalid_request", "The redirect_uri is not registered.", 50011
        ) from refusal
    read_authorization_request(state.settings, callback, asked)
    uri = state.pushed.add(asked, app_client.client_id, state.pool.clock.now())
    told = {"request_uri": uri, "expires_in": PUSHED_SECONDS}
    return json_response(201, told, headers=NOT_KEPT)


def authorize(state: OpenIdState, request: Request) -> Response:
    """Answer an authorization request: a page, or a redirect.

    Raises:
        PageRefusal: If nothing may be redirected.
    """
    parameters = in_query(request)
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
        asked = read_authorization_request(state.settings, callback, pushed or parameters)
        if state.settings.requires_pushed_requests and pushed is None:
            raise invalid_request("The parameters have to be pushed.")
        return _answered(state, request, asked)
    except OAuthRefusal as refusal:
        return _redirect(state, callback, refusal.redirected(state.settings))


def sign_in(state: OpenIdState, request: Request) -> Response:
    """Answer a form of a sign-in page: the next page, or a redirect.

    Raises:
        PageRefusal: If the form belongs to no sign-in that is under way in this browser.
    """
    try:
        form = in_form(request)
    except OAuthRefusal as refusal:
        raise PageRefusal(refusal.error) from refusal
    now = state.pool.clock.now()
    under_way = state.browsers.going_on(request, form.get("sign_in"), now)
    if under_way is None:
        raise PageRefusal("session_expired")
    if form.get("cancel") is not None:
        state.browsers.end(under_way)
        denied = OAuthRefusal("access_denied", "The user said no.", 65004)
        return _redirect(state, under_way.asked.callback, denied.redirected(state.settings))
    if under_way.person is not None:
        if form.get("consent") is None:
            return sign_in_page(under_way)
        return _code(state, under_way, under_way.person, has_consent=True)
    try:
        take = take_password if under_way.question is None else take_answer
        take(state.pool, under_way, form)
    except PoolError as refusal:
        return sign_in_page(under_way, refusal.message)
    if under_way.question is not None or under_way.conversation is None:
        return sign_in_page(under_way)
    user = under_way.conversation.user
    user.lockout.clear()
    person = SignedInPerson(user, now)
    cookies = state.browsers.sign_in(person, now + state.settings.page_session_seconds)
    return _consent_or_code(state, under_way, person, cookies)


def _answered(state: OpenIdState, request: Request, asked: AuthorizationRequest) -> Response:
    """Return the answer to a request that is good: by who is signed in already, or a page."""
    now = state.pool.clock.now()
    person = state.browsers.person_in(request, now)
    if person is not None and _has_to_sign_in_again(state, asked, person, now):
        person = None
    if person is None and "none" in asked.prompts:
        raise OAuthRefusal("login_required", "The user has to sign in.", 50058)
    under_way, cookies = state.browsers.begin(request, asked, now)
    if person is None:
        return _with_headers(sign_in_page(under_way), cookies)
    return _consent_or_code(state, under_way, person, cookies)


def _has_to_sign_in_again(
    state: OpenIdState, asked: AuthorizationRequest, person: SignedInPerson, now: float
) -> bool:
    is_too_long_ago = asked.max_age is not None and now - person.auth_time > asked.max_age
    is_there = state.pool.find_user(person.user.username) is not None and person.user.enabled
    return is_too_long_ago or not is_there or not _AGAIN.isdisjoint(asked.prompts)


def _consent_or_code(
    state: OpenIdState, under_way: SignInUnderWay, person: SignedInPerson, cookies: Headers
) -> Response:
    if "consent" in under_way.asked.prompts:
        under_way.person = person
        return _with_headers(sign_in_page(under_way), cookies)
    return _with_headers(_code(state, under_way, person, has_consent=False), cookies)


def _code(
    state: OpenIdState, under_way: SignInUnderWay, person: SignedInPerson, *, has_consent: bool
) -> Response:
    """Return the redirect with a new code, which ends the sign-in."""
    state.browsers.end(under_way)
    now, length = state.pool.clock.now(), state.settings.code_characters
    code = Code(
        value=secrets.token_urlsafe(length)[:length],
        asked=under_way.asked,
        person=person,
        has_consent=has_consent,
        expires=now + state.settings.code_seconds,
    )
    state.codes.add(code, now)
    return _redirect(state, under_way.asked.callback, {"code": code.value})


def _redirect(state: OpenIdState, callback: Callback, parameters: Mapping[str, str]) -> Response:
    told = dict(parameters)
    if callback.state is not None:
        told["state"] = callback.state
    told |= _issuer(state.settings, state.pool.issuer)
    uri = callback.redirect_uri
    location = f"{uri}{'&' if '?' in uri else '?'}{urlencode(told)}"
    return Response(303, content_type="", headers=(("Location", location), *HEADERS))


def _issuer(settings: OpenIdSettings, issuer: str) -> dict[str, str]:
    if settings.response_issuer == "absent":
        return {}
    is_right = settings.response_issuer == "right"
    return {"iss": issuer if is_right else "https://other.example.com"}


def _with_headers(response: Response, headers: Headers) -> Response:
    return replace(response, headers=(*response.headers, *headers))
