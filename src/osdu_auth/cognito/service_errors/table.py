"""The whole table, read from top to bottom: the first row that fits counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.service_errors import (
    Phase,
    ServiceError,
    account_rows,
    app_client_rows,
    service_rows,
    service_unavailable,
    session_rows,
    sign_in_rows,
)
from osdu_auth.cognito.service_errors.row import Row
from osdu_auth.errors import SignInRefused, UnusableReply

if TYPE_CHECKING:
    from osdu_auth.errors import OsduAuthError

ROWS = (
    app_client_rows.CLIENT_TOKEN_ROWS
    + account_rows.ROWS
    + app_client_rows.ROWS
    + sign_in_rows.ROWS
    + session_rows.ROWS
    + service_rows.ROWS
    + account_rows.LAST_ROWS
)

UNKNOWN_AT_SIGN_IN = Row(
    (),
    "OA-S399",
    SignInRefused,
    "The user pool refuses this sign-in for a reason that osdu-auth does not know.",
    'It says {type}: "{message}".',
    "Show this to the user pool's administrator.",
)
# Never a SessionEnded: a session is given up only for a refusal that is known to end it.
UNKNOWN_LATER = Row(
    (),
    "OA-N690",
    UnusableReply,
    "The user pool refuses for a reason that osdu-auth does not know.",
    'It says {type}: "{message}".',
    "Try again; if it stays, show this to the user pool's administrator.",
)

_SERVER_ERRORS = 500


def error_for(refusal: ServiceError, phase: Phase) -> OsduAuthError:
    """Return the error that a refusal stands for.

    Args:
        refusal: what the pool said.
        phase: what was going on.
    """
    row = next((row for row in ROWS if row.fits(refusal, phase)), None)
    if row is not None:
        return row.error(refusal)
    if refusal.status >= _SERVER_ERRORS:
        return service_unavailable(refusal.status, refusal.service_error, refusal.retry_after)
    unknown = UNKNOWN_AT_SIGN_IN if phase is Phase.SIGN_IN else UNKNOWN_LATER
    return unknown.error(refusal)
