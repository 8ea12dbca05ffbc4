"""The token endpoint: a form out, tokens or a refusal in (RFC 6749, sections 3.2 and 5).

The law of this module: what comes back is read strictly and typed at once; no text of an answer
that holds tokens gets into an error.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.errors import ConfigurationError, OsduAuthError, ServiceBusy, UnusableReply
from osdu_auth.oidc.refusals import ASSERTION_REFUSED, Step, refusal, shown
from osdu_auth.secret import ErrorsWithoutLocals, Secret
from osdu_auth.url import percent_encoded
from osdu_auth.wire import send
from osdu_auth.wire.json_reader import strict_value
from osdu_auth.wire.retries import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.oidc.client import OidcClient
    from osdu_auth.oidc.metadata import IssuerMetadata
    from osdu_auth.wire import Reply

_OK, _TOO_MANY, _SERVER_ERRORS = 200, 429, 500
LONGEST_LIFETIME = 366 * 86_400.0  # seconds: what is said to be good for longer is renewed then
TOTAL_TIMEOUT = 30.0  # seconds
_NOTABLE_OFFSET = 45.0  # seconds between two clocks, of an assertion's sixty


class TokenAnswer(NamedTuple):
    """What a token endpoint gave.

    Args:
        access_token: the access token.
        expires_in: how many seconds it is good; None where the answer does not say.
        id_token: the id token; None where none came.
        refresh_token: the refresh token; None where none came.
        scope: the scopes that were given; None where they are those that were asked for.
        date: the reply's `Date`; None where there was none.
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
    verifier: Secret,
) -> TokenAnswer:
    """Exchange a code for tokens; it is asked once, as a code is good once.

    Args:
        metadata: of the issuer.
        client: the app client.
        code: what the browser came back with.
        redirect_uri: where it came back to.
        verifier: the PKCE verifier (RFC 7636, section 4.5).

    Raises:
        SignInRefused, ConfigurationError: the issuer said no.
        Unreachable, UnusableReply, ServiceBusy: it did not answer, or not usably.
    """
    fields = {
        "grant_type": "authorization_code",
        "code": code.reveal(),
        "redirect_uri": redirect_uri,
        "code_verifier": verifier.reveal(),
    }
    return _asked(Step.EXCHANGE, metadata.token_endpoint, client, fields)


def renewed_tokens(
    metadata: IssuerMetadata,
    client: OidcClient,
    refresh_token: Secret,
    scope: str | None = None,
    patience: float = TOTAL_TIMEOUT,
) -> TokenAnswer:
    """Get new tokens for a refresh token; it is asked once, as strict issuers rotate it.

    Args:
        metadata: of the issuer.
        client: the app client.
        refresh_token: the newest one.
        scope: the scopes to ask for; None for those of before.
        patience: how many seconds the issuer has to answer.

    Raises:
        SessionEnded: the issuer says that the session is over.
        ConfigurationError: it refused for another reason; the session is kept.
        Unreachable, UnusableReply, ServiceBusy: it did not answer, or not usably.
    """
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
    if scope is not None:
        fields["scope"] = scope
    return _asked(Step.RENEW, metadata.token_endpoint, client, fields, patience)


def service_tokens(
    address: str,
    client: OidcClient,
    asked_for: Mapping[str, str],
    clock: Callable[[], float],
    patience: float = TOTAL_TIMEOUT,
) -> TokenAnswer:
    """Get a token of an app client's own (RFC 6749, section 4.4).

    Args:
        address: the token endpoint.
        client: the app client; one that shows an assertion shows a new one each time.
        asked_for: scopes, audience and resource, by the names of the form.
        clock: this machine's, by which assertions are made, in seconds since 1970.
        patience: how many seconds the issuer has to answer.

    Raises:
        ConfigurationError, SignInRefused: the issuer said no.
        Unreachable, UnusableReply, ServiceBusy: it did not answer, or not usably.
    """
    step = Step.SERVICE if client.assertion is None else Step.SERVICE_BY_ASSERTION
    fields = {"grant_type": "client_credentials", **asked_for}
    with ErrorsWithoutLocals():
        reply = _sent(address, client, fields, patience)
        if reply.status != _OK:
            raise _of_clock(_refused(step, reply, client), reply, clock())
        return _tokens(reply)


def revoke(metadata: IssuerMetadata, client: OidcClient, refresh_token: Secret) -> bool:
    """Have the issuer end a session (RFC 7009); say whether it has a way to.

    Raises:
        OsduAuthError: it did not.
    """
    if metadata.revocation_endpoint is None:
        return False
    fields = {"token": refresh_token.reveal(), "token_type_hint": "refresh_token"}
    with ErrorsWithoutLocals():
        reply = _sent(metadata.revocation_endpoint, client, fields, TOTAL_TIMEOUT)
        if not _OK <= reply.status < 300:  # noqa: PLR2004 - 200 by the RFC, and 204 by some
            raise _refused(Step.REVOKE, reply, client)
    return True


def _asked(
    step: Step,
    address: str,
    client: OidcClient,
    fields: Mapping[str, str],
    patience: float = TOTAL_TIMEOUT,
) -> TokenAnswer:
    with ErrorsWithoutLocals():
        reply = _sent(address, client, fields, patience)
        if reply.status != _OK:
            raise _refused(step, reply, client)
        return _tokens(reply)


def _sent(address: str, client: OidcClient, fields: Mapping[str, str], patience: float) -> Reply:
    form = query_of({**fields, **client.fields()}).encode("ascii")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        **client.headers(),
    }
    return send("POST", address, headers, form, total_timeout=patience)


def _refused(step: Step, reply: Reply, client: OidcClient) -> Exception:
    """Return the error of a refusal; a page or a broken answer is no word of the issuer's."""
    seconds = retry_after(reply.headers.get("retry-after"))
    answer = _object(reply) or {}
    error = answer.get("error")
    if reply.status >= _SERVER_ERRORS or reply.status == _TOO_MANY:
        # Whatever else it says: what is out of order refuses nothing, and ends no session.
        said = f' It says: "{shown(error)}".' if isinstance(error, str) else ""
        return ServiceBusy(
            f"The issuer cannot answer now ({reply.status}).",
            code="OA-B610",
            why="It is out of order, or busy." + said,
            fix="Try again in a while.",
            retry_after=seconds,
        )
    if isinstance(error, str):
        return refusal(step, answer, seconds, client)
    return _unusable(f"It answered with the status {reply.status}, and no error of OAuth.")


def _of_clock(error: Exception, reply: Reply, now: float) -> Exception:
    """Return the error of an assertion that our clock may have spoilt, by the reply's `Date`."""
    if not isinstance(error, OsduAuthError) or error.code != ASSERTION_REFUSED:
        return error
    from osdu_auth.cognito.pool_clock import clock_offset
    from osdu_auth.durations import duration_in_words

    offset = clock_offset(reply.headers.get("date"), now)
    if offset is None or abs(offset) < _NOTABLE_OFFSET:
        return error
    side = "ahead of" if offset > 0 else "behind"
    return ConfigurationError(
        f"This computer's clock is {duration_in_words(abs(offset))} {side} the issuer's, which "
        "does not take the assertion.",
        code="OA-A712",
        why=f"An assertion is good for a minute by the clock that made it. {error.why}",
        fix="Set the clock, or have it set by the network's time, and try again.",
        service_error=error.service_error,
    )


def _tokens(reply: Reply) -> TokenAnswer:
    answer = _object(reply)
    if answer is None:
        raise _unusable("What it answered is no JSON object, read strictly.")
    access_token, kind = answer.get("access_token"), answer.get("token_type")
    if not isinstance(access_token, str) or not _is_token(access_token):
        raise _unusable("There is no access token in its answer.")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _unusable("Its token is no bearer token.")
    scope = answer.get("scope")
    return TokenAnswer(
        Secret(access_token),
        _lifetime(answer.get("expires_in")),
        _optional(answer, "id_token"),
        _optional(answer, "refresh_token"),
        tuple(scope.split()) if isinstance(scope, str) else None,
        reply.headers.get("date"),
    )


def _optional(answer: Mapping[str, Any], name: str) -> Secret | None:
    value = answer.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _is_token(value):
        raise _unusable(f"Its {name} is none.")
    return Secret(value)


def _is_token(text: str) -> bool:
    """Say whether a text can be a token (RFC 6749, appendix A.12: visible characters)."""
    return text.isascii() and text.isprintable() and " " not in text and bool(text)


def _lifetime(value: object) -> float | None:
    """Return a life in seconds; Entra writes it as a text, and 0 says nothing."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not math.isfinite(value) or value <= 0:
        return None
    return float(min(value, LONGEST_LIFETIME))


def _object(reply: Reply) -> dict[str, Any] | None:
    try:
        value = strict_value(reply.body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _unusable(why: str) -> UnusableReply:
    return UnusableReply(
        "The issuer's token endpoint did not answer as one does.",
        code="OA-B604",
        why=why,
        fix="Try again. If it goes on, a proxy or a sign-in page of the network may have answered.",
    )


def pushed(address: str, client: OidcClient, parameters: Mapping[str, str]) -> str:
    """Push the parameters of a sign-in, and return what stands for them (RFC 9126, section 2).

    Args:
        address: where they are pushed to.
        client: the app client.
        parameters: of the authorization endpoint.

    Raises:
        OsduAuthError: the issuer refused them, or did not answer.
    """
    with ErrorsWithoutLocals():
        reply = _sent(address, client, parameters, TOTAL_TIMEOUT)
        if not _OK <= reply.status < 300:  # noqa: PLR2004 - 201, as a rule
            raise _refused(Step.AUTHORIZE, reply, client)
        answer = _object(reply) or {}
        request_uri = answer.get("request_uri")
        if not isinstance(request_uri, str) or not _is_token(request_uri):
            raise _unusable("It gave nothing that stands for the parameters pushed to it.")
        return request_uri


def query_of(pairs: Mapping[str, str]) -> str:
    """Return parameters as a query string or a form (application/x-www-form-urlencoded)."""
    return "&".join(
        f"{percent_encoded(name)}={percent_encoded(value)}" for name, value in pairs.items()
    )


def with_query(address: str, pairs: Mapping[str, str]) -> str:
    """Return an endpoint's address with parameters; it keeps those that it has already."""
    return address + ("&" if "?" in address else "?") + query_of(pairs)
