"""The revocation endpoint: one sign-in is ended by a refresh token of it (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.http_messages import Response
from osdu_auth.sandbox.openid.client_authentication import authenticated_client
from osdu_auth.sandbox.openid.parameters import in_form_once
from osdu_auth.sandbox.openid.refusals import NOT_KEPT, OAuthRefusal, invalid_request
from osdu_auth.sandbox.signed_tokens import TokenRefusedError, read_signed_token

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.openid.state import OpenIdState


def answer(state: OpenIdState, request: Request) -> Response:
    """Revoke the sign-in of a refresh token; one that is not known is no error.

    Raises:
        OAuthRefusal: If the app client does not say rightly who it is, or the token is another
            app client's or no refresh token.
    """
    parameters = in_form_once(request)
    app_client = authenticated_client(state, request, parameters)
    value = parameters.get("token")
    if value is None:
        raise invalid_request("The token is missing.")
    token = state.pool.sign_ins.find(value)
    if token is None:
        _refuse_signed_token(state, value)
    elif token.sign_in.client_id != app_client.client_id:
        raise invalid_request("The token was given to another app client.")
    else:
        token.sign_in.revoked = True
    return Response(200, content_type="", headers=NOT_KEPT)


def _refuse_signed_token(state: OpenIdState, value: str) -> None:
    try:
        read_signed_token(value, state.pool.keys)
    except TokenRefusedError:
        return
    raise OAuthRefusal("unsupported_token_type", "Only refresh tokens can be revoked.")
