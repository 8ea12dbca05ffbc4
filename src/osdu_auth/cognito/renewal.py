"""Renewal: new tokens for a refresh token, as a conversation.

    we                                              the user pool
    GetTokensFromRefreshToken (refresh token)   →
                                                ←   tokens, perhaps a new refresh token
    only if the pool does not offer that:
    InitiateAuth (REFRESH_TOKEN_AUTH)           →
                                                ←   tokens

The first way works whether or not refresh tokens rotate, and takes the client secret itself. The
second wants a secret hash over the pool's own name of the user, which is not always what the user
typed; it is read from the access token. Where the pool remembers devices, both name the one that
signed in, without which the pool renews nothing.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.cognito.app_client import secret_hash
from osdu_auth.cognito.issued import require_one_subject, token_set
from osdu_auth.cognito.refusals import OPERATION_UNAVAILABLE
from osdu_auth.errors import ConfigurationError, SessionEnded, UnusableReply
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.replies import AuthenticationResult
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet


def renew(
    pool: UserPoolApi,
    app_client: AppClient,
    tokens: TokenSet,
    now: Callable[[], float] = time.time,
    subject: str | None = None,
) -> TokenSet:
    """Get new tokens.

    A reply without a refresh token means that the old one stays in use. A reply without an id token
    leaves none: an old one beside a new access token would pass for as fresh as that.

    Args:
        pool: the user pool.
        app_client: which app client the tokens were issued to.
        tokens: the newest ones.
        now: this machine's clock, in seconds since 1970.
        subject: whose session it is (`SavedSession.subject`); None for that of the tokens.

    Raises:
        SessionEnded: the pool will not renew, or there is no refresh token.
        ConfigurationError: the profile or the app client is set wrongly; the session is kept.
        Unreachable, UnusableReply, ServiceBusy: the pool did not answer, or not usably; the session
            is as good as before. OA-N636: the tokens are another user's; OA-N643, OA-N644: they do
            not say whose they are.
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
        result = pool.get_tokens_from_refresh_token(app_client, refresh_token, _device_key(tokens))
    except ConfigurationError as error:
        if error.code not in OPERATION_UNAVAILABLE:
            raise
        result = _renew_by_flow(pool, app_client, tokens, refresh_token)
    renewed = token_set(result, now(), pool.date)
    require_one_subject(renewed)
    _require_same_user(tokens, subject, renewed)
    return replace(
        renewed,
        refresh_token=result.refresh_token or refresh_token,
        device=tokens.device,
        rotates=result.refresh_token not in (None, refresh_token),
    )


def _renew_by_flow(
    pool: UserPoolApi, app_client: AppClient, tokens: TokenSet, refresh_token: Secret
) -> AuthenticationResult:
    parameters: dict[str, str | Secret] = {
        "REFRESH_TOKEN": refresh_token,
        **secret_hash(app_client, tokens.unverified_username),
    }
    device_key = _device_key(tokens)
    if device_key is not None:
        parameters["DEVICE_KEY"] = device_key
    return pool.renew_by_flow(app_client, parameters)


def _device_key(tokens: TokenSet) -> Secret | None:
    return None if tokens.device is None else tokens.device.key


def _require_same_user(tokens: TokenSet, subject: str | None, renewed: TokenSet) -> None:
    """Refuse tokens of another user (OpenID Connect Core 1.0, section 12.2)."""
    before, after = subject or tokens.unverified_subject, renewed.unverified_subject
    if before is None:  # a session of before subjects were required
        before, after = tokens.unverified_username, renewed.unverified_username
    if before and before != after:
        raise UnusableReply(
            "The user pool answered with the tokens of another user.",
            code="OA-N636",
            why="The tokens that came name another user than the session is of. They were thrown "
            "away, and the session is kept as it was.",
            fix="Check endpoint_url; then sign in again: " + Run("login"),
        )
