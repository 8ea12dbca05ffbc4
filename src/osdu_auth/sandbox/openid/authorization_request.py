"""An authorization request of an app client, and its checks.

RFC 6749, section 4.1.1; OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636, section 4.3.

Invariant: nothing is redirected unless the app client is known and the redirect URI is registered
for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
# An https address, an http address of this machine, or a URI of the application's own scheme.
_RESOURCE = re.compile(
    r"(?!http:|https:)[a-z][a-z0-9.+-]*:[!-~]+|(?:https://|http://localhost)[!-~]*"
)
_LOOPBACK = re.compile(
    r"(?P<host>http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::(?P<port>[0-9]{1,5}))?(?P<rest>/.*)?"
)
_HIGHEST_PORT = 65_535
_SECONDS = re.compile(r"[0-9]{1,9}")


class Callback(NamedTuple):
    """Where the answer to an authorization request goes.

    Args:
        app_client: the app client.
        redirect_uri: its redirect URI, as it was sent.
        state: the `state` that is sent back unchanged; `None` where none was sent.
    """

    app_client: AppClient
    redirect_uri: str
    state: str | None


@dataclass(frozen=True)
class AuthorizationRequest:
    """One authorization request.

    Attributes:
        callback: where the answer goes.
        scopes: the scopes that the app client asks for.
        nonce: the `nonce` for the id token; `None` where none was sent.
        challenge: the S256 code challenge.
        prompts: the values of `prompt`.
        login_hint: the user name that the page begins with; empty for none.
        max_age: how long ago the user may have signed in, in seconds; `None` for any time.
        identity_provider: the name of the company's own sign-in; empty for the pool's.
        resource: the resource that the access token is for (RFC 8707); `None` where none was sent.
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
    """Return where the answer to an authorization request goes.

    Raises:
        PageRefusal: the app client is unknown, or the redirect URI is not registered.
    """
    app_client = pool.find_app_client(parameters.get("client_id") or "")
    if app_client is None:
        raise PageRefusal("invalid_client")
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None or not _is_callback(app_client, redirect_uri):
        raise PageRefusal("redirect_mismatch")
    return Callback(app_client, redirect_uri, parameters.get("state"))


def read_authorization_request(
    settings: OpenIdSettings, callback: Callback, parameters: Parameters
) -> AuthorizationRequest:
    """Return the authorization request.

    Raises:
        OAuthRefusal: the request is not valid.
    """
    if parameters.repeated:
        raise invalid_request("A parameter comes twice.")
    _check_response_type(callback.app_client, parameters)
    if parameters.get("code_challenge_method") != "S256":
        raise invalid_request("Transform algorithm S256 is required.")
    challenge = parameters.get("code_challenge")
    if challenge is None or not _CHALLENGE.fullmatch(challenge):
        raise invalid_request("The code_challenge is missing or not valid.")
    prompts = frozenset((parameters.get("prompt") or "").split())
    if not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise invalid_request("The prompt is not known.")
    max_age = parameters.get("max_age")
    if max_age is not None and not _SECONDS.fullmatch(max_age):
        raise invalid_request("The max_age is not a number of seconds.")
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


def _check_response_type(app_client: AppClient, parameters: Parameters) -> None:
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
    """Return the resource, if Amazon Cognito would bind an access token to it."""
    if resource is not None and not _RESOURCE.fullmatch(resource):
        raise OAuthRefusal(
            "invalid_target", "The resource is not an https address or a URI of an application."
        )
    return resource


def _scopes(
    settings: OpenIdSettings, app_client: AppClient, requested: str | None
) -> tuple[str, ...]:
    allowed = [*app_client.allowed_oauth_scopes]
    if requested is None:
        return tuple(allowed)
    if settings.refresh_token_needs_consent:
        allowed.append(OFFLINE_ACCESS)
    scopes = tuple(dict.fromkeys(requested.split()))
    for scope in scopes:
        if scope not in allowed:
            raise invalid_scope(scope)
    return scopes


def _is_callback(app_client: AppClient, uri: str) -> bool:
    """Say whether a redirect URI is registered, exactly or, on loopback, with another port.

    Args:
        app_client: the app client.
        uri: the redirect URI, as it was sent.
    """
    if uri in app_client.callback_urls:
        return True
    if not app_client.any_loopback_port:
        return False
    # RFC 8252, section 7.3: the port may be any, and everything else is compared.
    without_port = _without_port(uri)
    return without_port is not None and without_port in {
        _without_port(registered) for registered in app_client.callback_urls
    }


def _without_port(uri: str) -> str | None:
    match = _LOOPBACK.fullmatch(uri)
    if match is None or int(match["port"] or 0) > _HIGHEST_PORT:
        return None
    return match["host"] + (match["rest"] or "")
