"""The gateway: it checks the bearer token by its signature and its claims alone.

Invariant: the gateway never asks the pool whether a token was revoked: a real gateway cannot. So it
accepts a revoked access token until the token expires, as on a real platform.

The texts of its refusals are those of Envoy's token filter and Istio's authorization policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.platform.refusal_shapes import gateway_refusal
from osdu_auth.sandbox.signed_tokens import TokenRefused, parse_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.platform.refusal_shapes import PlatformRefusal
    from osdu_auth.sandbox.pool.user_pool import UserPool

_TEXTS = {
    "form": "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
    "header": "Jwt header is an invalid JSON",
    "algorithm": "Jwt header [alg] field value is invalid",
    "kid": "Jwks doesn't have key to match kid or alg from Jwt",
    "payload": "Jwt payload is an invalid JSON",
    "signature": "Jwt verification fails",
}
_SCHEME = "bearer "


def caller_of(request: Request, pool: UserPool) -> str:
    """Return the canonical user name in the request's access token.

    Args:
        request: the request.
        pool: the user pool whose tokens are trusted.

    Raises:
        PlatformRefusal: 401: the token is missing or not valid; 403: it is valid, but the policy
            refuses it.
    """
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(_SCHEME):
        raise _unauthorized(request, "Jwt is missing", has_token=False)
    try:
        token = parse_token(header[len(_SCHEME) :].strip())
        _check_issuer_and_time(request, pool, token.unverified_claims)
        claims = token.verified(pool.keys).claims
    except TokenRefused as refusal:
        raise _unauthorized(request, _TEXTS[refusal.reason]) from refusal
    if claims.get("token_use") != "access" or not pool.has_app_client(claims.get("client_id")):
        raise gateway_refusal(403, "RBAC: access denied")
    # A service account has no user: its app client is the member of groups.
    return str(claims.get("username") or claims["client_id"])


def _check_issuer_and_time(request: Request, pool: UserPool, claims: Mapping[str, Any]) -> None:
    """Refuse a token by its claims, before its signature is checked, as Envoy does."""
    if claims.get("iss") != pool.issuer:
        raise _unauthorized(request, "Jwt issuer is not configured")
    expires = claims.get("exp")
    if isinstance(expires, int) and pool.clock.now() >= expires:
        raise _unauthorized(request, "Jwt is expired")


def _unauthorized(request: Request, text: str, *, has_token: bool = True) -> PlatformRefusal:
    challenge = f'Bearer realm="http://{request.headers.get("host", "")}{request.path}"'
    if has_token:
        challenge += ', error="invalid_token"'
    return gateway_refusal(401, text, (("WWW-Authenticate", challenge),))
