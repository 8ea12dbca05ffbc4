"""How an app client says who it is at an endpoint (RFC 6749, section 2.3)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from osdu_auth.sandbox.openid.client_assertions import client_of_assertion
from osdu_auth.sandbox.openid.refusals import OAuthRefusal, invalid_request

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.openid.state import OpenIdState
    from osdu_auth.sandbox.pool.app_clients import AppClient

_CHALLENGE = 'Basic realm="oauth2"'
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BASIC, _POST = "client_secret_basic", "client_secret_post"


def authenticated_client(state: OpenIdState, request: Request, parameters: Parameters) -> AppClient:
    """Return the app client that asks.

    Args:
        state: The sign-in domain.
        request: The request, for its `Authorization` header.
        parameters: Its form.

    Raises:
        OAuthRefusal: `invalid_client` if it does not say rightly who it is, `invalid_request` if it
            says it in two ways.
    """
    secret, authorization = parameters.get("client_secret"), request.headers.get("authorization")
    assertion = parameters.get("client_assertion")
    if sum(shown is not None for shown in (secret, authorization, assertion)) > 1:
        raise invalid_request("The app client authenticates in two ways at once.")
    if assertion is not None:
        return client_of_assertion(state, parameters)
    client_id, method, challenge = (
        parameters.get("client_id"),
        None if secret is None else _POST,
        "",
    )
    if authorization is not None:
        named, secret = _basic(authorization)
        if client_id not in {None, named}:
            raise invalid_request("The client_id of the form is another one.")
        client_id, method, challenge = named, _BASIC, _CHALLENGE
    app_client = state.pool.find_app_client(client_id or "")
    if app_client is None:
        raise _invalid_client("The app client is not known.", 700016, challenge)
    if method is not None and method not in state.settings.auth_methods:
        raise _invalid_client(f"{method} is not taken.", None, challenge)
    _check_secret(app_client, secret, challenge)
    return app_client


def _check_secret(app_client: AppClient, secret: str | None, challenge: str) -> None:
    """Refuse a secret that is not the app client's, or that lacks."""
    if app_client.client_secret is None:
        if secret is not None:
            raise _invalid_client("The app client is public.", 700025, challenge)
        if app_client.trusted_keys:
            raise _invalid_client("The app client shows an assertion, and none came.", 7000218, "")
        return
    if secret is None:
        raise _invalid_client("The app client has a secret, and none came.", 7000218, challenge)
    if not app_client.knows_secret(secret):
        raise _invalid_client("The secret is not the app client's.", 7000215, challenge)


def _basic(authorization: str) -> tuple[str, str]:
    """Return id and secret, each decoded as forms are (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise _invalid_client("The Authorization header is not Basic.", None, _CHALLENGE)
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise invalid_request("The Authorization header is no base64 of a pair.") from error
    client_id, colon, secret = pair.partition(":")
    if not colon or _NO_ESCAPE.search(pair):
        raise invalid_request("The Authorization header is not encoded as RFC 6749 has it.")
    try:
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except ValueError as error:
        raise invalid_request("The Authorization header is no text.") from error


def _invalid_client(description: str, number: int | None, challenge: str) -> OAuthRefusal:
    status = 401 if challenge else 400
    return OAuthRefusal("invalid_client", description, number, status=status, challenge=challenge)
