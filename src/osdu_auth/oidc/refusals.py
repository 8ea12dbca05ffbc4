"""What the errors of an issuer mean: a table, and the errors that it leads to.

RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core 1.0, section 3.1.2.6; Entra's own numbers
(`AADSTS…`). The law of this module: a session ends only where the issuer says that its grant is
good no more. A wrong secret, a scope, a tenant or a machine that is out of order costs no session.
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
from osdu_auth.secret import MASK
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.oidc.client import OidcClient

_TOKEN = re.compile(r"ey[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}")
_AADSTS = re.compile(r"AADSTS(\d+)")


class Step(enum.Enum):
    """What was asked of the issuer."""

    AUTHORIZE = "the sign-in"
    EXCHANGE = "the exchange of the code"
    RENEW = "the renewal"
    REVOKE = "the sign-out"
    SERVICE = "the request for a token"
    SERVICE_BY_ASSERTION = "the request for a token, by an assertion"


class _Means(enum.Enum):
    ENDED = SessionEnded
    REFUSED = SignInRefused
    SETTING = ConfigurationError
    BUSY = ServiceBusy


class _Row(NamedTuple):
    """One refusal.

    Args:
        errors: the `error` member, one of these.
        numbers: Entra's numbers, one of these; they come before `errors`.
        steps: at which steps; none for any.
        showed_secret: only where the app client did, or did not, show a secret; None for both.
        means: what kind of error it becomes.
        code: its code.
        what: one sentence.
        fix: what to do.
    """

    what: str
    code: str
    means: _Means
    fix: str | Fix
    errors: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    steps: tuple[Step, ...] = ()
    showed_secret: bool | None = None


_SECRET_LACKS = "OA-B711"  # noqa: S105 - the code of an error
SERVICE_SECRET_REFUSED = "OA-A710"  # noqa: S105 - the code of an error
ASSERTION_REFUSED = "OA-A711"
_BOTH = (Step.SERVICE, Step.SERVICE_BY_ASSERTION)
_SIGN_IN = Run("login")
_NAME_SECRET = Run("init", "--client-secret", Blank("REF"))
_NO_SECRET = Run("init", "--client-auth", "none", of_browser=True)
_SECRET = "It may have been replaced. Say where the right one is: " + _NAME_SECRET

_ROWS = (
    # Of service accounts: nothing of theirs is mended by signing in.
    _Row(
        *("The issuer does not take the secret of the service account.", SERVICE_SECRET_REFUSED),
        *(_Means.SETTING, _SECRET),
        errors=("invalid_client",),
        numbers=(7000215, 7000222),
        steps=(Step.SERVICE,),
    ),
    _Row(
        *("The issuer does not take the assertion of the service account.", ASSERTION_REFUSED),
        _Means.SETTING,
        "Ask the administrator of the issuer which key, subject and audience it has for the app "
        "client; another audience is named so: "
        + Run("init", "--assertion-audience", Blank("TEXT")),
        errors=("invalid_client", "invalid_grant"),
        numbers=(700024, 700027, 50012, 70021, 700213, 700212, 700211),
        steps=(Step.SERVICE_BY_ASSERTION,),
    ),
    _Row(
        *("This app client may not get tokens for itself.", "OA-A713", _Means.SETTING),
        "Ask the administrator of the issuer to turn on the client credentials grant for it, or "
        "name another app client: " + Run("init", "--client-id", Blank("ID")),
        errors=("unauthorized_client", "unsupported_grant_type"),
        steps=_BOTH,
    ),
    _Row(
        *("The service account may not have a scope that was asked for.", "OA-A714"),
        _Means.SETTING,
        "Ask the administrator of the issuer which scopes the app client has, and name those: "
        + Run("init", "--scopes", Blank('"A B"')),
        errors=("invalid_scope",),
        numbers=(500011, 50001, 70011),
        steps=_BOTH,
    ),
    _Row(
        *("The issuer does not understand the request of the service account.", "OA-A717"),
        _Means.SETTING,
        "Correct what it is about; another audience or resource is named so: "
        + Run("init", "--audience", Blank("TEXT")),
        errors=("invalid_request", "invalid_target"),
        steps=_BOTH,
    ),
    # Entra's own numbers say more than its `error`.
    _Row(
        *("The address that the browser comes back to is not registered.", "OA-B710"),
        _Means.SETTING,
        "Ask the administrator of the issuer to register it: http://localhost/callback, at Entra "
        "as that of a desktop application, and with its port where the issuer compares that too, "
        "such as http://localhost:8400/callback.",
        numbers=(50011, 500113, 900971),
    ),
    _Row(
        *("The app client is confidential, and no secret was sent.", _SECRET_LACKS, _Means.SETTING),
        "Say where its secret is: " + _NAME_SECRET,
        numbers=(7000218,),
    ),
    _Row(
        *("The app client is public, and a secret was sent.", "OA-B712", _Means.SETTING),
        "Send none: " + _NO_SECRET,
        numbers=(700025,),
    ),
    _Row(
        *("The app client's secret is wrong, or has expired.", "OA-B713", _Means.SETTING, _SECRET),
        numbers=(7000215, 7000222),
    ),
    _Row(
        *("The tenant or the app client is not known, or you are no guest there.", "OA-B714"),
        _Means.SETTING,
        "Name the issuer with the tenant's GUID, and the app client's id: "
        + Run("init", "--issuer", Blank("URL"), "--client-id", Blank("ID")),
        numbers=(700016, 90002, 50059, 50194, 50020, 90072),
    ),
    _Row(
        *("An administrator has not consented to this application yet.", "OA-B310"),
        *(_Means.REFUSED, "Ask your administrator to consent to it."),
        numbers=(65001, 90094, 650056, 650057, 65004),
    ),
    _Row(
        *("The scope or the resource is wrong.", "OA-B715", _Means.SETTING),
        "At Entra they are those of the application that is signed in to, by its id: "
        + Run(
            "init",
            "--scopes",
            Blank('"ID/.default openid profile offline_access"'),
            of_browser=True,
        ),
        numbers=(500011, 50001, 70011),
    ),
    _Row(
        *("You are not assigned to this application.", "OA-B311", _Means.REFUSED),
        "Ask your administrator to assign you to it.",
        numbers=(50105,),
    ),
    _Row(
        *("Your company's rules do not let this device or this way in.", "OA-B312", _Means.REFUSED),
        "Ask your IT department: the rule is one of Conditional Access.",
        numbers=(53000, 53001, 53003, 50097, 530032),
    ),
    _Row(
        *("The code was used twice, or too late.", "OA-B313", _Means.REFUSED, _SIGN_IN),
        numbers=(54005, 70008, 501481),
    ),
    _Row(
        *("The session is over.", "OA-B410", _Means.ENDED, _SIGN_IN),
        numbers=(700082, 70043, 50173, 50132, 50133, 700084),
    ),
    _Row(
        *(
            "A further sign-in is needed, such as a second factor.",
            "OA-B411",
            _Means.ENDED,
            _SIGN_IN,
        ),
        numbers=(50076, 50079, 50072, 50158),
        steps=(Step.RENEW,),
    ),
    # RFC 6749, section 5.2, and what issuers made of it.
    _Row(
        *("The session is over.", "OA-B410", _Means.ENDED, _SIGN_IN),
        errors=("invalid_grant",),
        steps=(Step.RENEW,),
    ),
    _Row(
        *("A further sign-in is needed.", "OA-B411", _Means.ENDED, _SIGN_IN),
        errors=("interaction_required", "consent_required", "login_required"),
        steps=(Step.RENEW,),
    ),
    _Row(
        *("The issuer does not take the code.", "OA-B313", _Means.REFUSED),
        "It is good once and for a few minutes. Sign in again: " + _SIGN_IN,
        errors=("invalid_grant",),
        steps=(Step.EXCHANGE,),
    ),
    _Row(
        *("The app client is confidential, and no secret was sent.", _SECRET_LACKS, _Means.SETTING),
        "Say where its secret is: " + _NAME_SECRET,
        errors=("invalid_client",),
        showed_secret=False,
    ),
    _Row(
        *("The issuer does not take the app client's secret.", "OA-B713", _Means.SETTING),
        _SECRET + ", or where the app client has none, send none: " + _NO_SECRET,
        errors=("invalid_client",),
    ),
    _Row(
        *("This app client may not sign in so.", "OA-B716", _Means.SETTING),
        "Have the authorization code grant turned on for the app client, with the scopes of the "
        "profile.",
        errors=("unauthorized_client", "unsupported_response_type", "unsupported_grant_type"),
    ),
    _Row(
        *("The issuer does not know a scope that was asked for.", "OA-B715", _Means.SETTING),
        "Ask for what each sign-in needs, or for those that the app client has: "
        + Run("init", "--scopes", "openid", of_browser=True),
        errors=("invalid_scope", "invalid_target"),
    ),
    _Row(
        *("You, or your company's sign-in page, said no.", "OA-B314", _Means.REFUSED),
        "Sign in again, and say yes to what the page asks: " + _SIGN_IN,
        errors=("access_denied",),
    ),
    _Row(
        *("The issuer wants you to sign in, and was told not to ask.", "OA-B315", _Means.REFUSED),
        "Sign in, and have the page ask: " + Run("login", "--prompt", "login"),
        errors=(
            "login_required",
            "interaction_required",
            "account_selection_required",
            "consent_required",
        ),
    ),
    _Row(
        *("The issuer cannot answer now.", "OA-B610", _Means.BUSY, "Try again in a while."),
        errors=("temporarily_unavailable", "server_error", "slow_down"),
    ),
    _Row(
        *("The issuer does not understand the request.", "OA-B717", _Means.SETTING),
        "Read what it says, and correct the setting that it is about, as in: "
        + Run("init", "--authorize-parameters", Blank('"A=B"'), of_browser=True),
        errors=("invalid_request", "request_not_supported", "invalid_request_object"),
    ),
)


def refusal(
    step: Step,
    answer: Mapping[str, object],
    retry_after: float | None = None,
    client: OidcClient | None = None,
) -> OsduAuthError:
    """Return the error that an issuer's refusal stands for.

    Args:
        step: what was asked.
        answer: the members of its answer, or the parameters of its redirect.
        retry_after: seconds after which to try again; None where it did not say.
        client: the app client that asked, with or without a secret; None where it showed none, as
            in a browser.
    """
    error = answer.get("error")
    error = error if isinstance(error, str) else ""
    said = answer.get("error_description")
    said = said if isinstance(said, str) else ""
    numbers = _numbers(answer, said)
    row = _row_of(step, error, numbers, shows_secret=client is not None and client.shows_secret)
    why = f'The issuer says: "{_shown(error)}"' + (f", {_shown(said)}." if said else ".")
    if row is None:
        return (
            SignInRefused(
                f"The issuer refused {step.value}.",
                code="OA-B316",
                why=why,
                fix="Ask the administrator of the issuer what that means.",
                service_error=error,
            )
            if step is not Step.RENEW
            else ServiceBusy(
                "The issuer refused the renewal, and why is not known; the session is kept.",
                code="OA-B611",
                why=why,
                fix="Try again; if it goes on, sign in again: " + _SIGN_IN,
                service_error=error,
            )
        )
    fix = row.fix
    if row.code == _SECRET_LACKS and client is not None and client.withholds_secret:
        why = f'{why} The profile says client_auth = "none".'
        fix = "Have the secret used: " + Run("init", "--client-auth", "basic", of_browser=True)
    kind: type[OsduAuthError] = row.means.value
    return kind(
        row.what, code=row.code, why=why, fix=fix, service_error=error, retry_after=retry_after
    )


def _row_of(step: Step, error: str, numbers: frozenset[int], *, shows_secret: bool) -> _Row | None:
    rows = [
        row
        for row in _ROWS
        if (not row.steps or step in row.steps) and row.showed_secret in {None, shows_secret}
    ]
    by_number = (row for row in rows if not numbers.isdisjoint(row.numbers))
    by_error = (row for row in rows if error in row.errors)
    return next(by_number, None) or next(by_error, None)


def _numbers(answer: Mapping[str, object], said: str) -> frozenset[int]:
    """Return Entra's numbers: of its own member, else of its text."""
    codes = answer.get("error_codes")
    if isinstance(codes, list):
        return frozenset(code for code in codes if isinstance(code, int))
    return frozenset(int(number) for number in _AADSTS.findall(said)[:5])


def _shown(text: str) -> str:
    first_line = text.splitlines()[0] if text.splitlines() else ""
    return printable(_TOKEN.sub(MASK, first_line), 200).rstrip(".")
