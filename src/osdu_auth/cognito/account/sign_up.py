"""Confirming an account that somebody signed up for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.account.recovery import CodeSent, about_user, read_code_sent
from osdu_auth.cognito.api import Repeat
from osdu_auth.cognito.challenges.kinds import one_time_code
from osdu_auth.cognito.refusals import Phase

if TYPE_CHECKING:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.secret import Secret


def confirm_sign_up(pool: UserPoolApi, app_client: AppClient, username: str, code: Secret) -> None:
    """Confirm an account (`ConfirmSignUp`), with exactly one request.

    Args:
        pool: the user pool.
        app_client: which app client asks.
        username: as it was chosen at sign-up.
        code: as it was sent.

    Raises:
        OsduAuthError: one of the table of refusals, or of the transport.
    """
    members = {**about_user(app_client, username), "ConfirmationCode": one_time_code(code)}
    pool.call("ConfirmSignUp", members, Phase.RECOVERY, Repeat.NEVER)


def resend_confirmation(pool: UserPoolApi, app_client: AppClient, username: str) -> CodeSent:
    """Have another code sent (`ResendConfirmationCode`), with exactly one request.

    Args:
        pool: the user pool.
        app_client: which app client asks.
        username: as it was chosen at sign-up.

    Raises:
        OsduAuthError: one of the table of refusals, or of the transport.
    """
    members = about_user(app_client, username)
    reply = pool.call("ResendConfirmationCode", members, Phase.RECOVERY, Repeat.NEVER)
    return read_code_sent(reply)
