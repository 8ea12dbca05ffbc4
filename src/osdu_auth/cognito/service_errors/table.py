"""The table of service errors, read from top to bottom: the first row that fits is used."""

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
# Never a SessionEnded: only an error that is known to end a session may end it.
UNKNOWN_LATER = Row(
    (),
    "OA-N690",
    UnusableReply,
    "The user pool refuses the request for a reason that osdu-auth does not know.",
    'It says {type}: "{message}".',
    "Try again; if it happens again, show this to the user pool's administrator.",
)

_SERVER_ERRORS = 500


def error_for(answered: ServiceError, phase: Phase) -> OsduAuthError:
    """Return our error for a service error.

    Args:
        answered: the error that the pool answered with.
        phase: what the request was part of.
    """
    row = next((row for row in ROWS if row.fits(answered, phase)), None)
    if row is not None:
        return row.error(answered)
    if answered.status >= _SERVER_ERRORS:
        return service_unavailable(answered.status, answered.service_error, answered.retry_after)
    unknown = UNKNOWN_AT_SIGN_IN if phase is Phase.SIGN_IN else UNKNOWN_LATER
    return unknown.error(answered)
