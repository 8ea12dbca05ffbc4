"""The endpoints for an app client whose user has signed in: userInfo, revocation, logout.

OpenID Connect Core 1.0, section 5.3; RFC 7009; OpenID Connect RP-Initiated Logout 1.0; Amazon
Cognito developer guide, "Logout endpoint".
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from osdu_auth.sandbox.http_messages import Response, json_response
from osdu_auth.sandbox.openid.client_authentication import authenticated_client
from osdu_auth.sandbox.openid.issued_tokens import permitted_claims
from osdu_auth.sandbox.openid.parameters import query_parameters, unique_form_parameters
from osdu_auth.sandbox.openid.refusals import NOT_CACHED, OAuthRefusal, PageRefusal, invalid_request
from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.tokens import valid_sign_in
from osdu_auth.sandbox.signed_tokens import TokenRefused, read_signed_token

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.openid.state import OpenIdState


def user_info(state: OpenIdState, request: Request) -> Response:
    """Return the attributes of an access token's user, as its scopes permit (userInfo endpoint).

    Raises:
        OAuthRefusal: `invalid_token` (401), or `insufficient_scope` (403).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _refused("invalid_token", "There is no bearer token.", 401)
    try:
        claims, sign_in = valid_sign_in(state.pool, token.strip())
    except PoolError as refusal:
        raise _refused("invalid_token", refusal.message, 401) from refusal
    user = state.pool.find_user(sign_in.username)
    if user is None or not user.enabled:
        raise _refused("invalid_token", "The user is deleted or disabled.", 401)
    scopes = str(claims.get("scope", "")).split()
    if "openid" not in scopes:
        raise _refused("insufficient_scope", "The scope openid is missing.", 403)
    members = permitted_claims(user.all_attributes(), user, scopes) | {"username": user.username}
    return json_response(200, members, headers=NOT_CACHED)


def revoke(state: OpenIdState, request: Request) -> Response:
    """Revoke the sign-in of a refresh token; an unknown token is no error (revocation endpoint).

    Raises:
        OAuthRefusal: the app client does not authenticate, the token belongs to another app client,
            or it is not a refresh token.
    """
    parameters = unique_form_parameters(request)
    app_client = authenticated_client(state, request, parameters)
    value = parameters.get("token")
    if value is None:
        raise invalid_request("The token is missing.")
    token = state.pool.sign_ins.find_refresh_token(value)
    if token is None:
        _refuse_signed_token(state, value)
    elif token.sign_in.client_id != app_client.client_id:
        raise invalid_request("The token was given to another app client.")
    else:
        token.sign_in.revoked = True
    return Response(200, content_type="", headers=NOT_CACHED)


def log_out(state: OpenIdState, request: Request) -> Response:
    """End the browser's session, and send it to a registered URL (logout endpoint).

    Refresh tokens stay valid, as they do at Amazon Cognito.

    Raises:
        PageRefusal: the app client is unknown, or the URL is not registered.
    """
    parameters = query_parameters(request)
    app_client = state.pool.find_app_client(_client_id(state, parameters))
    if app_client is None:
        raise PageRefusal("invalid_client")
    uri = parameters.get("logout_uri") or parameters.get("post_logout_redirect_uri")
    if uri is None or uri not in app_client.logout_urls:
        raise PageRefusal("redirect_mismatch")
    given = parameters.get("state")
    query = f"{'&' if '?' in uri else '?'}{urlencode({'state': given})}" if given else ""
    headers = (("Location", uri + query), *NOT_CACHED, *state.browsers.sign_out(request))
    return Response(302, content_type="", headers=headers)


def _client_id(state: OpenIdState, parameters: Parameters) -> str:
    """Return the app client's id, from the id token (which may have expired) or the parameters."""
    hint = parameters.get("id_token_hint")
    if hint is None:
        return parameters.get("client_id") or ""
    try:
        audience = read_signed_token(hint, state.pool.keys).claims.get("aud")
    except TokenRefused as error:
        raise PageRefusal("invalid_request") from error
    if parameters.get("client_id") not in {None, audience}:
        raise PageRefusal("invalid_request")
    return str(audience)


def _refused(error: str, description: str, status: int) -> OAuthRefusal:
    challenge = f'Bearer error="{error}", error_description="{description}"'
    return OAuthRefusal(error, description, status=status, challenge=challenge)


def _refuse_signed_token(state: OpenIdState, value: str) -> None:
    try:
        read_signed_token(value, state.pool.keys)
    except TokenRefused:
        return
    raise OAuthRefusal("unsupported_token_type", "Only refresh tokens can be revoked.")
