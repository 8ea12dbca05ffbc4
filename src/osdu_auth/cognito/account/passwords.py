"""Changing the password of a user who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.api import Repeat
from osdu_auth.cognito.app_client import require_text, require_typable
from osdu_auth.cognito.refusals import Phase, naming_blank_ends

if TYPE_CHECKING:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.secret import Secret


def change_password(
    pool: UserPoolApi, access_token: Secret, password: Secret, new_password: Secret
) -> None:
    """Change the password (`ChangePassword`), with exactly one request.

    Args:
        pool: the user pool.
        access_token: of the user, still good.
        password: the present password.
        new_password: the one from now on.

    Raises:
        OsduAuthError: one of the table of refusals, or of the transport.
    """
    require_text(password.reveal(), "password")
    require_typable(new_password)
    members = {
        "AccessToken": access_token,
        "PreviousPassword": password,
        "ProposedPassword": new_password,
    }
    with naming_blank_ends(lambda: password):
        pool.call("ChangePassword", members, Phase.SIGNED_IN, Repeat.NEVER)
