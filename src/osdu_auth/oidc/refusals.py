"""What the errors of an issuer mean: a table, and our error for each of its rows.

RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core 1.0, section 3.1.2.6; Entra's own numbers
(`AADSTS…`). Invariant: a session ends only if the issuer says that its grant is no longer valid. A
wrong secret, a wrong scope, a wrong tenant or a failing server does not end a session.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import (
    ConfigurationError,
    OsduAuthError,
    ServiceBusy,
    SessionEnded,
    SignInRefused,
)
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.oidc.step import Step
from osdu_auth.text import printable, without_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.oidc.client import OidcClient

_AADSTS = re.compile(r"AADSTS([0-9]{1,9})(?![0-9])")


class _Kind(enum.Enum):
    ENDED = SessionEnded
    REFUSED = SignInRefused
    SETTING = ConfigurationError
    BUSY = ServiceBusy


class _Row(NamedTuple):
    """One refusal.

    Args:
        errors: the values of the `error` member to which the row applies.
        numbers: Entra's error numbers to which the row applies; they count more than `errors`.
        steps: the steps at which the row applies; empty for all.
        sent_secret: whether the app client sent a secret; None if the row applies in both cases.
        words: words that the description has to have, in lower case; "" for any description.
        kind: the class of our error.
        code: its code.
        what: one sentence.
        fix: what to do.
    """

    what: str
    code: str
    kind: _Kind
    fix: str | Fix
    errors: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    steps: tuple[Step, ...] = ()
    sent_secret: bool | None = None
    words: str = ""


_SECRET_MISSING = "OA-B711"  # noqa: S105 - the code of an error
SERVICE_SECRET_REFUSED = "OA-A710"  # noqa: S105 - the code of an error
ASSERTION_REFUSED = "OA-A711"
_BOTH = (Step.SERVICE, Step.SERVICE_BY_ASSERTION)
_SIGN_IN = Run("login")
_NAME_SECRET = Run("init", "--client-secret", Blank("REF"))
_NO_SECRET = Run("init", "--client-auth", "none", for_browser=True)
_NAME_RIGHT_SECRET = "It may have been replaced. Say where the right secret is: " + _NAME_SECRET

_ROWS = (
    # Service accounts come first: to sign in is never the fix for them.
    _Row(
        *("The issuer refuses the secret of the service account.", SERVICE_SECRET_REFUSED),
        _Kind.SETTING,
        _NAME_RIGHT_SECRET
        + ", or if the app client's id is wrong: "
        + Run("init", "--client-id", Blank("ID")),
        errors=("invalid_client",),
        numbers=(7000215, 7000222),
        steps=(Step.SERVICE,),
    ),
    _Row(
        *("The issuer refuses the assertion of the service account.", ASSERTION_REFUSED),
        _Kind.SETTING,
        "Ask the administrator of the issuer which key, subject and audience are registered for "
        "the app client. To name another audience: "
        + Run("init", "--assertion-audience", Blank("TEXT")),
        errors=("invalid_client", "invalid_grant"),
        numbers=(700024, 700027, 50012, 70021, 700213, 700212, 700211),
        steps=(Step.SERVICE_BY_ASSERTION,),
    ),
    _Row(
        *("This app client is not allowed to get tokens for itself.", "OA-A713", _Kind.SETTING),
        "Ask the administrator of the issuer to turn on the client credentials grant for it, or "
        "name another app client: " + Run("init", "--client-id", Blank("ID")),
        errors=("unauthorized_client", "unsupported_grant_type"),
        steps=_BOTH,
    ),
    _Row(
        *("A scope that was requested is not allowed for the service account.", "OA-A714"),
        _Kind.SETTING,
        "Ask the administrator of the issuer which scopes the app client has, and name them: "
        + Run("init", "--scopes", Blank('"A B"')),
        errors=("invalid_scope",),
        numbers=(500011, 50001, 70011),
        steps=_BOTH,
    ),
    _Row(
        *("The issuer does not understand the request of the service account.", "OA-A717"),
        _Kind.SETTING,
        "Correct the setting that the issuer names. To name another audience: "
        + Run("init", "--audience", Blank("TEXT")),
        errors=("invalid_request", "invalid_target"),
        steps=_BOTH,
    ),
    # Entra's own numbers are more exact than its `error`.
    _Row(
        *("The address that the browser comes back to is not registered.", "OA-B710"),
        _Kind.SETTING,
        "Ask the administrator of the issuer to register http://localhost/callback, at Entra as "
        "the address of a desktop application. If the issuer compares the port too, register it "
        "with the port, such as http://localhost:8400/callback.",
        numbers=(50011, 500113, 900971),
    ),
    _Row(
        *(
            "The app client is confidential, and no secret was sent.",
            _SECRET_MISSING,
            _Kind.SETTING,
        ),
        "Say where its secret is: " + _NAME_SECRET,
        numbers=(7000218,),
    ),
    _Row(
        *("The app client is public, and a secret was sent.", "OA-B712", _Kind.SETTING),
        "Do not send the secret: " + _NO_SECRET,
        numbers=(700025,),
    ),
    _Row(
        *(
            "The app client's secret is wrong, or has expired.",
            "OA-B713",
            _Kind.SETTING,
            _NAME_RIGHT_SECRET,
        ),
        numbers=(7000215, 7000222),
    ),
    _Row(
        *("The tenant or the app client is unknown, or you are not a guest there.", "OA-B714"),
        _Kind.SETTING,
        "Name the issuer with the tenant's GUID, and the app client's id: "
        + Run("init", "--issuer", Blank("URL"), "--client-id", Blank("ID")),
        numbers=(700016, 90002, 50059, 50194, 50020, 90072),
    ),
    _Row(
        *("An administrator has not consented to this application yet.", "OA-B310"),
        *(_Kind.REFUSED, "Ask your administrator to give consent to the application."),
        numbers=(65001, 90094, 650056, 650057, 65004),
    ),
    _Row(
        *("The scope or the resource is wrong.", "OA-B715", _Kind.SETTING),
        "At Entra a scope begins with the id of the platform's application: "
        + Run(
            "init",
            "--scopes",
            Blank('"ID/.default openid profile offline_access"'),
            for_browser=True,
        ),
        numbers=(500011, 50001, 70011),
    ),
    _Row(
        *("You are not assigned to this application.", "OA-B311", _Kind.REFUSED),
        "Ask your administrator to assign you to it.",
        numbers=(50105,),
    ),
    _Row(
        *("Your company's rules do not allow this sign-in on this device.", "OA-B312"),
        *(_Kind.REFUSED, "Ask your IT department: a rule of Conditional Access refused it."),
        numbers=(53000, 53001, 53003, 50097, 530032),
    ),
    _Row(
        *("The code was used twice, or too late.", "OA-B313", _Kind.REFUSED, _SIGN_IN),
        numbers=(54005, 70008, 501481),
        steps=(Step.EXCHANGE,),  # 70008 also means an unused refresh token
    ),
    _Row(
        *("The session has ended.", "OA-B410", _Kind.ENDED, _SIGN_IN),
        numbers=(700082, 70043, 50173, 50132, 50133, 700084),
    ),
    _Row(
        *(
            "A further sign-in is needed, such as a second factor.",
            "OA-B411",
            _Kind.ENDED,
            _SIGN_IN,
        ),
        numbers=(50076, 50079, 50072, 50158),
        steps=(Step.RENEW,),
    ),
    # RFC 6749, section 5.2, as issuers use it.
    _Row(
        *("The session has ended.", "OA-B410", _Kind.ENDED, _SIGN_IN),
        errors=("invalid_grant",),
        steps=(Step.RENEW,),
    ),
    _Row(
        *("A further sign-in is needed.", "OA-B411", _Kind.ENDED, _SIGN_IN),
        errors=("interaction_required", "consent_required", "login_required"),
        steps=(Step.RENEW,),
    ),
    _Row(
        *("The issuer refuses the code.", "OA-B313", _Kind.REFUSED),
        "A code can be used once, and for a few minutes. Sign in again: " + _SIGN_IN,
        errors=("invalid_grant",),
        steps=(Step.EXCHANGE,),
    ),
    _Row(
        *("The issuer does not know the app client, or needs its secret.", _SECRET_MISSING),
        _Kind.SETTING,
        "Say where its secret is: "
        + _NAME_SECRET
        + ", or correct the app client's id: "
        + Run("init", "--client-id", Blank("ID")),
        errors=("invalid_client",),
        sent_secret=False,
    ),
    _Row(
        *("The issuer refuses the app client's secret.", "OA-B713", _Kind.SETTING),
        _NAME_RIGHT_SECRET + ", or send no secret if the app client has none: " + _NO_SECRET,
        errors=("invalid_client",),
    ),
    _Row(
        # Keycloak answers so for a wrong secret.
        *(
            "The issuer refuses the app client's secret.",
            "OA-B713",
            _Kind.SETTING,
            _NAME_RIGHT_SECRET,
        ),
        errors=("unauthorized_client",),
        words="client credentials",
        sent_secret=True,
    ),
    _Row(
        *("This app client is not allowed to sign in with a browser.", "OA-B716", _Kind.SETTING),
        "Ask the administrator of the issuer to turn on the authorization code grant for the app "
        "client, with the scopes of the profile.",
        errors=("unauthorized_client", "unsupported_response_type", "unsupported_grant_type"),
    ),
    _Row(
        *("The issuer does not know a scope that was requested.", "OA-B715", _Kind.SETTING),
        "Request only openid, which each sign-in needs, or name the app client's scopes: "
        + Run("init", "--scopes", "openid", for_browser=True),
        errors=("invalid_scope", "invalid_target"),
    ),
    _Row(
        *("You, or your company's sign-in page, refused the sign-in.", "OA-B314", _Kind.REFUSED),
        "Sign in again, and agree to what the page asks: " + _SIGN_IN,
        errors=("access_denied",),
    ),
    _Row(
        *("You have to sign in, but the issuer must not ask you.", "OA-B315"),
        *(_Kind.REFUSED, "Sign in, and let the page ask: " + Run("login", "--prompt", "login")),
        errors=(
            "login_required",
            "interaction_required",
            "account_selection_required",
            "consent_required",
        ),
    ),
    _Row(
        *("The issuer cannot answer now.", "OA-B610", _Kind.BUSY, "Try again in a few minutes."),
        errors=("temporarily_unavailable", "server_error", "slow_down"),
    ),
    _Row(
        *("The issuer does not understand the request.", "OA-B717", _Kind.SETTING),
        "Read what the issuer says, and correct the setting that it names, for example: "
        + Run("init", "--authorize-parameters", Blank('"A=B"'), for_browser=True),
        errors=("invalid_request", "request_not_supported", "invalid_request_object"),
    ),
)


def refusal(
    step: Step,
    answer: Mapping[str, object],
    retry_after: float | None = None,
    client: OidcClient | None = None,
) -> OsduAuthError:
    """Return our error for an issuer's refusal.

    Args:
        step: the request that was refused.
        answer: the members of its answer, or the parameters of its redirect.
        retry_after: seconds after which to try again; None if the issuer names no time.
        client: the app client that sent the request; None for a request of the browser.
    """
    error = answer.get("error")
    error = error if isinstance(error, str) else ""
    description = answer.get("error_description")
    description = description if isinstance(description, str) else ""
    numbers = _numbers(answer, description)
    sends_secret = client is not None and client.sends_secret
    row = _row_of(step, error, numbers, description.lower(), sends_secret=sends_secret)
    why = f'The issuer says: "{shown(error)}"' + (
        f", {shown(description)}." if description else "."
    )
    if row is None:
        return (
            SignInRefused(
                f"The issuer refused {step.value}.",
                code="OA-B316",
                why=why,
                fix="Ask the administrator of the issuer what this error means.",
                service_error=error,
            )
            if step is not Step.RENEW
            else ServiceBusy(
                "The issuer refused the renewal for an unknown reason; the session is kept.",
                code="OA-B611",
                why=why,
                fix="Try again. If it happens again, sign in again: " + _SIGN_IN,
                service_error=error,
            )
        )
    fix = row.fix
    if row.code == _SECRET_MISSING and client is not None and client.withholds_secret:
        why = f'{why} The profile says client_auth = "none".'
        fix = "Send the secret: " + Run("init", "--client-auth", "basic", for_browser=True)
    kind: type[OsduAuthError] = row.kind.value
    return kind(
        row.what, code=row.code, why=why, fix=fix, service_error=error, retry_after=retry_after
    )


def _row_of(
    step: Step, error: str, numbers: frozenset[int], description: str, *, sends_secret: bool
) -> _Row | None:
    rows = [
        row
        for row in _ROWS
        if (not row.steps or step in row.steps)
        and row.sent_secret in {None, sends_secret}
        and row.words in description
    ]
    by_number = (row for row in rows if not numbers.isdisjoint(row.numbers))
    by_error = (row for row in rows if error in row.errors)
    return next(by_number, None) or next(by_error, None)


def _numbers(answer: Mapping[str, object], description: str) -> frozenset[int]:
    """Return Entra's numbers: those of the member `error_codes`, else those in the text."""
    codes = answer.get("error_codes")
    if isinstance(codes, list):
        return frozenset(code for code in codes if type(code) is int)
    return frozenset(int(number) for number in _AADSTS.findall(description)[:5])


def shown(text: str) -> str:
    """Return the first line of what an issuer says, without tokens in it."""
    first_line = text.splitlines()[0] if text.splitlines() else ""
    return printable(without_tokens(first_line), 200).rstrip(".")
