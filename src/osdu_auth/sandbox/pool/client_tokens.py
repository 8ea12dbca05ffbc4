"""`GetClientToken`: a token of an app client's own, without a sign-in domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter, not_authorized
from osdu_auth.sandbox.pool.tokens import service_claims

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool

_FLOW = "ALLOW_CLIENT_TOKEN_AUTH"


def get_client_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `GetClientToken`.

    Raises:
        PoolError: If the app client is not known, is not for machines alone, shows another secret,
            or asks for a scope that it has not.
    """
    app_client = pool.app_client(body["ClientId"])
    # The types of these are the model's; their sentences are not published.
    if app_client.explicit_auth_flows != {_FLOW}:
        raise PoolError("OperationNotEnabledException", f"{_FLOW} is not enabled for the client.")
    if app_client.client_secret is None or not app_client.knows_secret(body["Secret"]):
        raise not_authorized("The client secret is not valid for the client.")
    scopes = tuple(body.get("Scopes") or app_client.allowed_oauth_scopes)
    if any(scope not in app_client.allowed_oauth_scopes for scope in scopes):
        raise invalid_parameter("A scope is not configured for the client.")
    claims = service_claims(pool, app_client, scopes)
    result = {
        "AccessToken": pool.keys.for_access_tokens.sign(claims),
        "ExpiresIn": app_client.access_token_validity,
        "TokenType": "Bearer",
    }
    return {"ClientAuthenticationResult": result}
