"""Ending sessions at the user pool.

Access tokens that are out already stay good for whoever checks them offline, until they expire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.tokens import TokenSet


def revoke(pool: UserPoolApi, app_client: AppClient, tokens: TokenSet) -> None:
    """End the session that these tokens belong to; without a refresh token there is none.

    Args:
        pool: the user pool.
        app_client: which app client the tokens were issued to.
        tokens: the newest ones.

    Raises:
        OsduAuthError: the pool did not do it; the refresh token still lives.
    """
    if tokens.refresh_token is not None:
        pool.revoke_token(app_client, tokens.refresh_token)


def sign_out_everywhere(pool: UserPoolApi, tokens: TokenSet) -> None:
    """End all sessions of the user, those on other computers included (`GlobalSignOut`).

    Args:
        pool: the user pool.
        tokens: the newest ones; the access token has to be good still.

    Raises:
        SessionEnded: the access token is no longer good; renew it first.
        OsduAuthError: the pool did not do it.
    """
    pool.global_sign_out(tokens.access_token)
