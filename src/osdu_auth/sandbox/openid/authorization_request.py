"""What an app client asks of the authorization endpoint, checked.

RFC 6749, section 4.1.1; OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636, section 4.3. The law of
this module: without a known app client and a redirect URI that is registered for it, nothing is
redirected anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.sandbox.openid.redirect_uris import is_callback
from osdu_auth.sandbox.openid.refusals import (
    OAuthRefusal,
    PageRefusal,
    invalid_request,
    invalid_scope,
)

if TYPE_CHECKING:
    from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.user_pool import UserPool

OFFLINE_ACCESS = "offline_access"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # base64url of 32 octets
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
# https, http on this machine, or a scheme of the application's own.
_RESOURCE = re.compile(
    r"(?!http:|https:)[a-z][a-z0-9.+-]*:[!-~]+|(?:https://|http://localhost)[!-~]*"
)
_SECONDS = re.compile(r"[0-9]{1,9}")


class Callback(NamedTuple):
    """Where answers go.

    Args:
        app_client: The app client.
        redirect_uri: Its redirect URI, as it was sent.
        state: What comes back unchanged; `None` where nothing was sent.
    """

    app_client: AppClient
    redirect_uri: str
    state: str | None


@dataclass(frozen=True)
class AuthorizationRequest:
    """One authorization request.

    Attributes:
        callback: Where the answer goes.
        scopes: What is asked for.
        nonce: For the id token; `None` where nothing was sent.
        challenge: The S256 challenge.
        prompts: What the person is to be asked in any case.
        login_hint: The user name to begin with; empty for none.
        max_age: How long ago the person may have signed in, in seconds; `None` for any.
        identity_provider: The name of the company's own sign-in; empty for the pool's.
        resource: Whom the access token is for (RFC 8707); `None` where nothing was sent.
    """

    callback: Callback
    scopes: tuple[str, ...]
    nonce: str | None
    challenge: str
    prompts: frozenset[str]
    login_hint: str
    max_age: int | None
    identity_provider: str
    resource: str | None


def callback_of(pool: UserPool, parameters: Parameters) -> Callback:
    """Return where the answer to a request goes.

    Raises:
        PageRefusal: If the app client is unknown, or the redirect URI not registered.
    """
    app_client = pool.find_app_client(parameters.get("client_id") or "")
    if app_client is None:
        raise PageRefusal("invalid_client")
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None or not is_callback(app_client, redirect_uri):
        raise PageRefusal("redirect_mismatch")
    return Callback(app_client, redirect_uri, parameters.get("state"))


def read_authorization_request(
    settings: OpenIdSettings, callback: Callback, parameters: Parameters
) -> AuthorizationRequest:
    """Return a request whose callback is known.

    Raises:
        OAuthRefusal: Whatever forbids it.
    """
    if parameters.repeated:
        raise invalid_request("A parameter comes twice.")
    _check_response(callback.app_client, parameters)
    if parameters.get("code_challenge_method") != "S256":
        raise invalid_request("Transform algorithm S256 is required.")
    challenge = parameters.get("code_challenge")
    if challenge is None or not _CHALLENGE.fullmatch(challenge):
        raise invalid_request("The code_challenge is missing, or is none.")
    prompts = frozenset((parameters.get("prompt") or "").split())
    if not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise invalid_request("The prompt is none of those that are known.")
    max_age = parameters.get("max_age")
    if max_age is not None and not _SECONDS.fullmatch(max_age):
        raise invalid_request("The max_age is no number of seconds.")
    provider = parameters.get("identity_provider") or ""
    if provider not in {"", "COGNITO", *settings.identity_providers}:
        raise invalid_request("The identity_provider is not known.")
    return AuthorizationRequest(
        callback=callback,
        scopes=_scopes(settings, callback.app_client, parameters.get("scope")),
        nonce=parameters.get("nonce"),
        challenge=challenge,
        prompts=prompts,
        login_hint=parameters.get("login_hint") or "",
        max_age=None if max_age is None else int(max_age),
        identity_provider="" if provider == "COGNITO" else provider,
        resource=_resource(parameters.get("resource")),
    )


def _check_response(app_client: AppClient, parameters: Parameters) -> None:
    for name, error in (
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
    ):
        if parameters.get(name) is not None:
            raise OAuthRefusal(error, f"{name} is not supported.")
    response_type = parameters.get("response_type")
    if response_type is None:
        raise invalid_request("The response_type is missing.")
    if response_type != "code":
        raise OAuthRefusal("unsupported_response_type", "The response_type has to be code.")
    if "code" not in app_client.allowed_oauth_flows:
        raise OAuthRefusal("unauthorized_client", "The app client may not ask for a code.")
    if parameters.get("response_mode") not in {None, "query"}:
        raise invalid_request("The response_mode has to be query.")


def _resource(resource: str | None) -> str | None:
    """Return a resource that Amazon Cognito would bind an access token to."""
    if resource is not None and not _RESOURCE.fullmatch(resource):
        raise OAuthRefusal("invalid_target", "The resource is no address of one.")
    return resource


def _scopes(settings: OpenIdSettings, app_client: AppClient, asked: str | None) -> tuple[str, ...]:
    allowed = [*app_client.allowed_oauth_scopes]
    if asked is None:
        return tuple(allowed)
    if settings.refresh_token_needs_consent:
        allowed.append(OFFLINE_ACCESS)
    scopes = tuple(dict.fromkeys(asked.split()))
    for scope in scopes:
        if scope not in allowed:
            raise invalid_scope(scope)
    return scopes
