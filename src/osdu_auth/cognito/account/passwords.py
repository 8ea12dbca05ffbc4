"""Passwords, and the codes that a user pool sends for them and for new accounts.

    we                                          the user pool
    ForgotPassword (user name)              →
                                            ←   where the code was sent
    ConfirmForgotPassword (code, password)  →
                                            ←   done

A new account is confirmed in the same way (`ResendConfirmationCode`, `ConfirmSignUp`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.cognito.api import Retry
from osdu_auth.cognito.app_client import require_text, require_typable, secret_hash
from osdu_auth.cognito.challenges.kinds import one_time_code
from osdu_auth.cognito.replies import optional_member
from osdu_auth.cognito.service_errors import Phase, naming_invisible_ends
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.cognito.api import Members, UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.secret import Secret

_SHOWN = 100  # characters of the place that a code was sent to


@dataclass(frozen=True)
class CodeSent:
    """Where the user pool says that it sent a code.

    Args:
        medium: `EMAIL` or `SMS`; "" if the pool did not say.
        destination: the masked address, such as `a***@e***`; "" if the pool did not say.
    """

    medium: str
    destination: str


def request_password_reset(pool: UserPoolApi, app_client: AppClient, username: str) -> CodeSent:
    """Have a code sent (`ForgotPassword`), with exactly one request, as each sends a message.

    Args:
        pool: the user pool.
        app_client: the app client that asks.
        username: the name that the user types at sign-in.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    members = members_of_user(app_client, username)
    return read_code_sent(pool.call("ForgotPassword", members, Phase.RECOVERY, Retry.NEVER))


def reset_password(
    pool: UserPoolApi, app_client: AppClient, username: str, code: Secret, new_password: Secret
) -> None:
    """Replace the password (`ConfirmForgotPassword`), with exactly one request.

    Args:
        pool: the user pool.
        app_client: the app client that asks.
        username: the name that the user types at sign-in.
        code: the code that the pool sent.
        new_password: the new password.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    require_typable(new_password)
    members = {
        **members_of_user(app_client, username),
        "ConfirmationCode": one_time_code(code),
        "Password": new_password,
    }
    pool.call("ConfirmForgotPassword", members, Phase.RECOVERY, Retry.NEVER)


def members_of_user(app_client: AppClient, username: str) -> Members:
    """Return the members that name the user, for a user who is not signed in."""
    require_text(username, "user name")
    members: Members = {"ClientId": app_client.client_id, "Username": username}
    for proof in secret_hash(app_client, username).values():
        members["SecretHash"] = proof
    return members


def read_code_sent(reply: Mapping[str, Any]) -> CodeSent:
    """Read where a code was sent.

    Raises:
        UnusableReply: OA-N635.
    """
    details = optional_member(reply, "CodeDeliveryDetails", dict) or {}
    medium = optional_member(details, "DeliveryMedium", str) or ""
    destination = optional_member(details, "Destination", str) or ""
    return CodeSent(printable(medium, _SHOWN), printable(destination, _SHOWN))


def change_password(
    pool: UserPoolApi, access_token: Secret, password: Secret, new_password: Secret
) -> None:
    """Change the password (`ChangePassword`), with exactly one request.

    Args:
        pool: the user pool.
        access_token: the user's access token, still valid.
        password: the present password.
        new_password: the new password.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    require_text(password.reveal(), "password")
    require_typable(new_password)
    members = {
        "AccessToken": access_token,
        "PreviousPassword": password,
        "ProposedPassword": new_password,
    }
    with naming_invisible_ends(lambda: password):
        pool.call("ChangePassword", members, Phase.SIGNED_IN, Retry.NEVER)


def confirm_sign_up(pool: UserPoolApi, app_client: AppClient, username: str, code: Secret) -> None:
    """Confirm an account (`ConfirmSignUp`), with exactly one request.

    Args:
        pool: the user pool.
        app_client: the app client that asks.
        username: the name that was chosen at sign-up.
        code: the code that the pool sent.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    members = {**members_of_user(app_client, username), "ConfirmationCode": one_time_code(code)}
    pool.call("ConfirmSignUp", members, Phase.RECOVERY, Retry.NEVER)


def resend_confirmation(pool: UserPoolApi, app_client: AppClient, username: str) -> CodeSent:
    """Have another code sent (`ResendConfirmationCode`), with exactly one request.

    Args:
        pool: the user pool.
        app_client: the app client that asks.
        username: the name that was chosen at sign-up.

    Raises:
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    members = members_of_user(app_client, username)
    reply = pool.call("ResendConfirmationCode", members, Phase.RECOVERY, Retry.NEVER)
    return read_code_sent(reply)
