"""The token endpoint: sends a form, and reads tokens or a refusal (RFC 6749, sections 3.2 and 5).

Invariants: an answer is read strictly, and turned into typed values at once; no error quotes an
answer that has tokens.
"""

from __future__ import annotations

import re
from contextlib import suppress

from osdu_auth.errors import ConfigurationError, OsduAuthError, ServiceBusy, UnusableReply
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.oidc.step import Step
from osdu_auth.secret import ErrorsWithoutLocals, Secret
from osdu_auth.url import percent_encoded
from osdu_auth.wire import send
from osdu_auth.wire.json_reader import strict_value
from osdu_auth.wire.retries import retry_after, when_to_try_again

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from osdu_auth.oidc.client import OidcClient
    from osdu_auth.oidc.metadata import IssuerMetadata
    from osdu_auth.wire import Reply

_OK, _TOO_MANY, _SERVER_ERRORS = 200, 429, 500
_NO_ENDPOINT = frozenset({404, 405, 410})  # statuses of an address that takes no form
_TRY_AGAIN = (
    "Try again. If it happens again, check whether a proxy or a page of the network answered "
    "instead of the issuer."
)
_CHECK_ADDRESS = (
    "Check the profile's issuer or token_endpoint: there is no token endpoint at this address."
)
LONGEST_LIFETIME = 366 * 86_400.0  # seconds: a token that is valid for longer is renewed then
TOTAL_TIMEOUT = 30.0  # seconds
_NOTABLE_OFFSET = 45.0  # seconds between two clocks; an assertion is valid for sixty


class TokenAnswer(NamedTuple):
    """The tokens that a token endpoint issued.

    Args:
        access_token: the access token.
        expires_in: how many seconds it is valid; None if the answer does not say.
        id_token: the id token; None if the answer has no id token.
        refresh_token: the refresh token; None if the answer has no refresh token.
        scope: the granted scopes; None if the answer has none, which means the requested scopes.
        date: the reply's `Date` header; None if the reply has no such header.
    """

    access_token: Secret
    expires_in: float | None
    id_token: Secret | None
    refresh_token: Secret | None
    scope: tuple[str, ...] | None
    date: str | None


def exchange_code(
    metadata: IssuerMetadata,
    client: OidcClient,
    code: Secret,
    redirect_uri: str,
    code_verifier: Secret,
) -> TokenAnswer:
    """Exchange a code for tokens; it is sent once, as a code is valid for one exchange.

    Args:
        metadata: of the issuer.
        client: the app client.
        code: the code in the browser's response.
        redirect_uri: the address that the browser came back to.
        code_verifier: the PKCE code verifier (RFC 7636, section 4.5).

    Raises:
        SignInRefused, ConfigurationError: the issuer refused.
        Unreachable, UnusableReply, ServiceBusy: the issuer gave no answer, or an unusable one.
    """
    fields = {
        "grant_type": "authorization_code",
        "code": code.reveal(),
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier.reveal(),
    }
    return _request_tokens(Step.EXCHANGE, metadata.token_endpoint, client, fields)


def renewed_tokens(
    metadata: IssuerMetadata,
    client: OidcClient,
    refresh_token: Secret,
    scope: str | None = None,
    patience: float = TOTAL_TIMEOUT,
) -> TokenAnswer:
    """Get new tokens for a refresh token; it is sent once, as strict issuers rotate it.

    Args:
        metadata: of the issuer.
        client: the app client.
        refresh_token: the newest refresh token.
        scope: the scopes to request; None for the same as before.
        patience: how many seconds the issuer has to answer.

    Raises:
        SessionEnded: the issuer says that the session has ended.
        ConfigurationError: the issuer refused for another reason; the session is kept.
        Unreachable, UnusableReply, ServiceBusy: the issuer gave no answer, or an unusable one.
    """
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
    if scope is not None:
        fields["scope"] = scope
    return _request_tokens(Step.RENEW, metadata.token_endpoint, client, fields, patience)


def client_credentials_tokens(
    address: str,
    client: OidcClient,
    requested: Mapping[str, str],
    clock: Callable[[], float],
    patience: float = TOTAL_TIMEOUT,
) -> TokenAnswer:
    """Get a token by the client credentials grant (RFC 6749, section 4.4).

    Args:
        address: the token endpoint.
        client: the app client, with its secret or with an assertion.
        requested: scopes, audience and resource, by the names of the form's fields.
        clock: this machine's clock, which sets an assertion's times, in seconds since 1970.
        patience: how many seconds the issuer has to answer.

    Raises:
        ConfigurationError, SignInRefused: the issuer refused.
        Unreachable, UnusableReply, ServiceBusy: the issuer gave no answer, or an unusable one.
    """
    step = Step.SERVICE if client.assertion is None else Step.SERVICE_BY_ASSERTION
    fields = {"grant_type": "client_credentials", **requested}
    with ErrorsWithoutLocals():
        reply = _post_form(address, client, fields, patience)
        if _is_refusal(reply):
            raise _error_naming_clock(_refusal_error(step, reply, client), reply, clock())
        return _read_tokens(reply)


def revoke(metadata: IssuerMetadata, client: OidcClient, refresh_token: Secret) -> bool:
    """Revoke a refresh token (RFC 7009); return whether the issuer has an endpoint for that.

    Raises:
        OsduAuthError: the issuer refused, or did not answer.
    """
    if metadata.revocation_endpoint is None:
        return False
    fields = {"token": refresh_token.reveal(), "token_type_hint": "refresh_token"}
    with ErrorsWithoutLocals():
        reply = _post_form(metadata.revocation_endpoint, client, fields, TOTAL_TIMEOUT)
        if not _OK <= reply.status < 300:  # noqa: PLR2004 - 200 by the RFC; some issuers send 204
            raise _refusal_error(Step.REVOKE, reply, client)
    return True


def revoke_unsaved(
    metadata: IssuerMetadata, client: OidcClient, refresh_token: Secret | None
) -> None:
    """Revoke the refresh token of a sign-in that is not saved; a failure is ignored."""
    if refresh_token is not None:
        with suppress(OsduAuthError):
            revoke(metadata, client, refresh_token)


def _request_tokens(
    step: Step,
    address: str,
    client: OidcClient,
    fields: Mapping[str, str],
    patience: float = TOTAL_TIMEOUT,
) -> TokenAnswer:
    with ErrorsWithoutLocals():
        reply = _post_form(address, client, fields, patience)
        if _is_refusal(reply):
            raise _refusal_error(step, reply, client)
        return _read_tokens(reply)


def _post_form(
    address: str, client: OidcClient, fields: Mapping[str, str], patience: float
) -> Reply:
    form = query_of({**fields, **client.fields()}).encode("ascii")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        **client.headers(),
    }
    return send("POST", address, headers, form, total_timeout=patience)


def _is_refusal(reply: Reply) -> bool:
    """Say whether a token endpoint refused; some issuers send an `error` with the status 200."""
    if reply.status != _OK:
        return True
    answer = _json_object(reply) or {}
    return isinstance(answer.get("error"), str) and "access_token" not in answer


def _refusal_error(step: Step, reply: Reply, client: OidcClient) -> Exception:
    """Return the error of a refusal; a page or a broken answer is not the issuer's refusal."""
    from osdu_auth.oidc.refusals import refusal, shown

    seconds = retry_after(reply.headers.get("retry-after"))
    answer = _json_object(reply) or {}
    error = answer.get("error")
    if reply.status >= _SERVER_ERRORS or reply.status == _TOO_MANY:
        # With this status the answer is not a refusal and ends no session, even if it has an error.
        quoted_error = f' It says: "{shown(error)}".' if isinstance(error, str) else ""
        return ServiceBusy(
            f"The issuer cannot answer now ({reply.status}).",
            code="OA-B610",
            why="It has an internal error, or gets too many requests." + quoted_error,
            fix=when_to_try_again(seconds),
            retry_after=seconds,
        )
    if isinstance(error, str):
        return refusal(step, answer, seconds, client)
    why = f"It answered with the status {reply.status}, and without an OAuth error."
    if reply.status in _NO_ENDPOINT:
        return _unusable(why, _CHECK_ADDRESS)
    return _unusable(why)


def _error_naming_clock(error: Exception, reply: Reply, now: float) -> Exception:
    """Return an error about our clock if the reply's `Date` shows that the clock is wrong."""
    from osdu_auth.oidc.refusals import ASSERTION_REFUSED

    if not isinstance(error, OsduAuthError) or error.code != ASSERTION_REFUSED:
        return error
    from osdu_auth.cognito.pool_clock import clock_offset
    from osdu_auth.durations import duration_in_words

    offset = clock_offset(reply.headers.get("date"), now)
    if offset is None or abs(offset) < _NOTABLE_OFFSET:
        return error
    side = "ahead of" if offset > 0 else "behind"
    return ConfigurationError(
        f"This computer's clock is {duration_in_words(abs(offset))} {side} the issuer's clock, so "
        "the issuer refuses the assertion.",
        code="OA-A712",
        why=f"An assertion is valid for one minute by this computer's clock. {error.why}",
        fix="Set the clock, or turn on its synchronisation with network time, and try again.",
        service_error=error.service_error,
    )


def _read_tokens(reply: Reply) -> TokenAnswer:
    answer = _json_object(reply)
    if answer is None:
        raise _unusable("Its answer is not a strict JSON object.")
    access_token, token_type = answer.get("access_token"), answer.get("token_type")
    if not isinstance(access_token, str) or not _is_token(access_token):
        raise _unusable("There is no access token in its answer.")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise _unusable("Its token is not a bearer token.")
    scope = answer.get("scope")
    return TokenAnswer(
        Secret(access_token),
        _lifetime(answer.get("expires_in")),
        _optional_token(answer, "id_token"),
        _optional_token(answer, "refresh_token"),
        tuple(scope.split()) if isinstance(scope, str) else None,
        reply.headers.get("date"),
    )


def _optional_token(answer: Mapping[str, Any], name: str) -> Secret | None:
    value = answer.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _is_token(value):
        raise _unusable(f"Its {name} is not a token.")
    return Secret(value)


def _is_token(text: str) -> bool:
    """Say whether a text can be a token (RFC 6749, appendix A.12: visible characters)."""
    return text.isascii() and text.isprintable() and " " not in text and bool(text)


def _lifetime(value: object) -> float | None:
    """Return a token's lifetime in seconds; Entra writes it as a text, and 0 means unknown."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not 0 < value < float("inf"):
        return None
    return float(min(value, LONGEST_LIFETIME))


def _json_object(reply: Reply) -> dict[str, Any] | None:
    try:
        value = strict_value(reply.body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _unusable(why: str, fix: str = _TRY_AGAIN) -> UnusableReply:
    return UnusableReply(
        "The answer of the issuer's token endpoint cannot be used.",
        code="OA-B604",
        why=why,
        fix=fix,
    )


def push_parameters(address: str, client: OidcClient, parameters: Mapping[str, str]) -> str:
    """Push the parameters of a sign-in, and return their `request_uri` (RFC 9126, section 2).

    Args:
        address: the endpoint for pushed authorization requests.
        client: the app client.
        parameters: the parameters for the authorization endpoint.

    Raises:
        OsduAuthError: the issuer refused them, or did not answer.
    """
    with ErrorsWithoutLocals():
        reply = _post_form(address, client, parameters, TOTAL_TIMEOUT)
        if not _OK <= reply.status < 300:  # noqa: PLR2004 - 201, as a rule
            raise _refusal_error(Step.AUTHORIZE, reply, client)
        answer = _json_object(reply) or {}
        request_uri = answer.get("request_uri")
        if not isinstance(request_uri, str) or not _is_token(request_uri):
            raise _unusable("It gave no request_uri for the parameters that were pushed.")
        return request_uri


def query_of(pairs: Mapping[str, str]) -> str:
    """Return parameters as a query string or a form (application/x-www-form-urlencoded)."""
    return "&".join(
        f"{percent_encoded(name)}={percent_encoded(value)}" for name, value in pairs.items()
    )


def with_query(address: str, pairs: Mapping[str, str]) -> str:
    """Return an endpoint's address with these parameters after those that it already has."""
    return address + ("&" if "?" in address else "?") + query_of(pairs)


def base64url(data: bytes) -> str:
    """Return bytes as base64url text without padding (RFC 7636, appendix A)."""
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
