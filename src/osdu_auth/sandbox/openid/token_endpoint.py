"""The token endpoint: tokens for a code, for a refresh token, or for an app client itself.

RFC 6749, sections 4.1.3, 4.4 and 6.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import json_response
from osdu_auth.sandbox.openid.authorization_request import OFFLINE_ACCESS
from osdu_auth.sandbox.openid.client_authentication import authenticated_client
from osdu_auth.sandbox.openid.issued_tokens import service_answer, token_answer
from osdu_auth.sandbox.openid.parameters import unique_form_parameters
from osdu_auth.sandbox.openid.refusals import (
    NOT_CACHED,
    OAuthRefusal,
    invalid_grant,
    invalid_request,
    invalid_scope,
)
from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.sign_ins import REFRESH_TOKEN_REUSE, SignIn
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request, Response
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.openid.state import AuthorizationCode, OpenIdState
    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.users import User

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636, section 4.1
# Entra's numbers: a code that was used, one that expired, a wrong verifier; a refresh token that
# expired, one that was revoked.
_USED, _EXPIRED, _WRONG_VERIFIER, _REFRESH_EXPIRED, _REVOKED = 54005, 70008, 501481, 700082, 50173


def answer(state: OpenIdState, request: Request) -> Response:
    """Return tokens for a grant.

    Raises:
        OAuthRefusal: the grant is not valid, or the app client may not use it.
    """
    parameters = unique_form_parameters(request)
    app_client = authenticated_client(state, request, parameters)
    grants = {
        "authorization_code": ("code", _tokens_for_code),
        "refresh_token": ("code", _tokens_for_refresh_token),
        "client_credentials": ("client_credentials", _tokens_for_app_client),
    }
    grant_type = parameters.get("grant_type")
    if grant_type is None:
        raise invalid_request("The grant_type is missing.")
    if grant_type not in grants:
        raise OAuthRefusal("unsupported_grant_type", "The grant_type is not supported.")
    flow, tokens_for = grants[grant_type]
    lacks_callback = flow == "code" and not app_client.callback_urls
    if flow not in app_client.allowed_oauth_flows or lacks_callback:
        raise OAuthRefusal("unauthorized_client", "The app client may not use this grant.")
    return json_response(200, tokens_for(state, app_client, parameters), headers=NOT_CACHED)


def _tokens_for_app_client(
    state: OpenIdState, app_client: AppClient, parameters: Parameters
) -> dict[str, Any]:
    """Return an access token for the app client itself (developer guide, "Scopes, M2M")."""
    scopes = tuple((parameters.get("scope") or "").split()) or app_client.allowed_oauth_scopes
    for scope in scopes:
        if scope not in app_client.allowed_oauth_scopes:
            raise invalid_scope(scope)
    audience = parameters.get("resource") or parameters.get("audience")
    wanted = state.settings.service_audiences
    if wanted and audience is None:
        raise invalid_request("The audience is missing.")
    if wanted and audience not in wanted:
        raise OAuthRefusal("invalid_target", "The issuer has no such audience.")
    return service_answer(state, app_client, scopes, audience)


def _tokens_for_code(
    state: OpenIdState, app_client: AppClient, parameters: Parameters
) -> dict[str, Any]:
    code = _use_up_code(state, app_client, parameters)
    user = _user(state, code.signed_in.user.username)
    now = state.pool.clock.now()
    sign_in = SignIn(
        username=user.username,
        client_id=app_client.client_id,
        auth_time=int(code.signed_in.auth_time),
        refresh_expires=now + app_client.refresh_token_validity,
        scope=" ".join(code.authorization.scopes),
        resource=code.authorization.resource,
    )
    state.pool.sign_ins.add(sign_in)
    code.sign_in = sign_in
    asked = code.authorization
    tokens = token_answer(state, app_client, user, sign_in, asked.scopes, asked.nonce)
    is_offline = code.has_consent and OFFLINE_ACCESS in asked.scopes
    if is_offline or not state.settings.refresh_token_needs_consent:
        tokens["refresh_token"] = state.pool.sign_ins.new_refresh_token(sign_in).value
    return tokens


def _use_up_code(
    state: OpenIdState, app_client: AppClient, parameters: Parameters
) -> AuthorizationCode:
    """Return the code that a request may exchange, and use it up.

    Raises:
        OAuthRefusal: the request may not exchange the code. If the code was used before, the tokens
            of that exchange are revoked.
    """
    value, verifier = parameters.get("code"), parameters.get("code_verifier")
    if value is None:
        raise invalid_request("The code is missing.")
    code = state.codes.find(value)
    if code is None or code.authorization.callback.app_client.client_id != app_client.client_id:
        raise invalid_grant("The code does not belong to this app client.", _EXPIRED)
    if code.used:
        if code.sign_in is not None:
            code.sign_in.revoked = True
        raise invalid_grant("The code was used already.", _USED)
    code.used = True
    if state.pool.clock.now() >= code.expires:
        raise invalid_grant("The code has expired.", _EXPIRED)
    if parameters.get("redirect_uri") != code.authorization.callback.redirect_uri:
        raise invalid_grant("The redirect_uri is not the one that the code was sent to.", _EXPIRED)
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise invalid_grant("The code_verifier is missing or not valid.", _WRONG_VERIFIER)
    challenge = base64url(hashlib.sha256(verifier.encode()).digest())
    if not hmac.compare_digest(challenge, code.authorization.challenge):
        raise invalid_grant("The code_verifier does not match the code_challenge.", _WRONG_VERIFIER)
    return code


def _tokens_for_refresh_token(
    state: OpenIdState, app_client: AppClient, parameters: Parameters
) -> dict[str, Any]:
    value = parameters.get("refresh_token")
    if value is None:
        raise invalid_request("The refresh_token is missing.")
    pool, now = state.pool, state.pool.clock.now()
    try:
        token = pool.sign_ins.usable_refresh_token(value, app_client, now)
    except PoolError as refusal:
        number = _REVOKED if refusal.kind == REFRESH_TOKEN_REUSE else _REFRESH_EXPIRED
        raise invalid_grant(refusal.message, number) from refusal
    sign_in = token.sign_in
    user = _user(state, sign_in.username)
    granted = tuple(sign_in.scope.split())
    scopes = tuple((parameters.get("scope") or sign_in.scope).split())
    for scope in scopes:
        if scope not in granted:
            raise invalid_scope(scope)
    tokens = token_answer(state, app_client, user, sign_in, scopes, None)
    if app_client.rotation:
        # The grace period runs from the first exchange: a second one must not extend it.
        token.replaced = now if token.replaced is None else token.replaced
        tokens["refresh_token"] = pool.sign_ins.new_refresh_token(sign_in).value
    return tokens


def _user(state: OpenIdState, username: str) -> User:
    user = state.pool.find_user(username)
    if user is None or not user.enabled:
        raise invalid_grant("The user is deleted or disabled.", _REVOKED)
    return user
