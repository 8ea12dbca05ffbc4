"""Renewal: new tokens for a refresh token.

    we                                              the user pool
    GetTokensFromRefreshToken (refresh token)   →
                                                ←   tokens, perhaps a new refresh token
    only if the pool does not have that operation:
    InitiateAuth (REFRESH_TOKEN_AUTH)           →
                                                ←   tokens

The first operation works whether or not refresh tokens rotate, and takes the client secret itself.
The second takes a secret hash over the pool's name of the user. That name may differ from the typed
one, so it is read from the access token. Where the pool remembers devices, both operations have to
name the device that signed in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from osdu_auth.cognito.app_client import secret_hash
from osdu_auth.cognito.service_errors import OPERATION_UNAVAILABLE
from osdu_auth.cognito.token_set import require_one_subject, token_set
from osdu_auth.errors import ConfigurationError, SessionEnded, UnusableReply
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet


def renew(
    pool: UserPoolApi,
    app_client: AppClient,
    tokens: TokenSet,
    now: Callable[[], float] = time.time,
    subject: str | None = None,
    device_key: Secret | None = None,
) -> TokenSet:
    """Get new tokens.

    Args:
        pool: the user pool.
        app_client: the app client that the tokens were issued to.
        tokens: the newest tokens.
        now: this machine's clock, in seconds since 1970.
        subject: the subject of the session (`SavedSession.subject`); None for that of the tokens.
        device_key: the key of the device that signed in; None where the pool remembers none.

    Raises:
        SessionEnded: the pool refuses to renew, or there is no refresh token.
        ConfigurationError: the profile or the app client is set wrongly; the session is kept.
        Unreachable, UnusableReply, ServiceBusy: the pool gave no usable answer; the session stays
            as it was. OA-N636: the tokens are another user's; OA-N643, OA-N644: they name no user,
            or two.
    """
    refresh_token = tokens.refresh_token
    if refresh_token is None:
        raise SessionEnded(
            "This session cannot be renewed.",
            code="OA-S410",
            why="It has no refresh token.",
            fix=Run("login"),
        )
    try:
        result = pool.get_tokens_from_refresh_token(app_client, refresh_token, device_key)
    except ConfigurationError as error:
        if error.code not in OPERATION_UNAVAILABLE:
            raise
        parameters: dict[str, str | Secret] = {
            "REFRESH_TOKEN": refresh_token,
            **secret_hash(app_client, tokens.unverified_username),
        }
        if device_key is not None:
            parameters["DEVICE_KEY"] = device_key
        result = pool.renew_by_flow(app_client, parameters)
    renewed = token_set(result, now(), pool.date, refresh_token)
    require_one_subject(renewed)
    _require_same_user(tokens, subject, renewed)
    return renewed


def _require_same_user(tokens: TokenSet, subject: str | None, renewed: TokenSet) -> None:
    """Refuse tokens of another user (OpenID Connect Core 1.0, section 12.2)."""
    before, after = subject or tokens.unverified_subject, renewed.unverified_subject
    if before is None:  # a session that was saved before subjects were required
        before, after = tokens.unverified_username, renewed.unverified_username
    if before and before != after:
        raise UnusableReply(
            "The user pool answered with the tokens of another user.",
            code="OA-N636",
            why="The new tokens name another user than the user of the session. They were "
            "discarded, and the session is kept as it was.",
            fix="Check endpoint_url; then sign in again: " + Run("login"),
        )
