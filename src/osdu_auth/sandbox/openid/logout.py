"""The logout endpoint: the browser's session ends, and the browser goes on to a registered URL.

Amazon Cognito developer guide, "Logout endpoint"; OpenID Connect RP-Initiated Logout 1.0. Refresh
tokens stay what they are, as they do there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from osdu_auth.sandbox.http_messages import Response
from osdu_auth.sandbox.openid.parameters import in_query
from osdu_auth.sandbox.openid.refusals import NOT_KEPT, PageRefusal
from osdu_auth.sandbox.signed_tokens import TokenRefusedError, read_signed_token

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.openid.state import OpenIdState


def answer(state: OpenIdState, request: Request) -> Response:
    """End the browser's session, and send it on.

    Raises:
        PageRefusal: If the app client is unknown, or the URL not registered.
    """
    parameters = in_query(request)
    app_client = state.pool.find_app_client(_client_id(state, parameters))
    if app_client is None:
        raise PageRefusal("invalid_client")
    uri = parameters.get("logout_uri") or parameters.get("post_logout_redirect_uri")
    if uri is None or uri not in app_client.logout_urls:
        raise PageRefusal("redirect_mismatch")
    given = parameters.get("state")
    query = f"{'&' if '?' in uri else '?'}{urlencode({'state': given})}" if given else ""
    headers = (("Location", uri + query), *NOT_KEPT, *state.browsers.sign_out(request))
    return Response(302, content_type="", headers=headers)


def _client_id(state: OpenIdState, parameters: Parameters) -> str:
    """Return the app client that is named, or that the id token was given to, over or not."""
    hint = parameters.get("id_token_hint")
    if hint is None:
        return parameters.get("client_id") or ""
    try:
        audience = read_signed_token(hint, state.pool.keys).claims.get("aud")
    except TokenRefusedError as error:
        raise PageRefusal("invalid_request") from error
    if parameters.get("client_id") not in {None, audience}:
        raise PageRefusal("invalid_request")
    return str(audience)
