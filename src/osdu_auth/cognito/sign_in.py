"""Signing in with a user name and a password, as a conversation.

    we                                          the user pool
    InitiateAuth (user name, password)      →
                                            ←   tokens, or a challenge
    RespondToAuthChallenge (answer)         →       … for each challenge
                                            ←   tokens, or the next challenge

A new password that the pool does not take is asked for again with the same session. A session that
ran out while the person was typing is begun anew, once, with the answer they had given.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges import read_challenge, require_complete
from osdu_auth.cognito.issued import token_set
from osdu_auth.cognito.refusals import NEW_PASSWORD_REFUSED, SESSION_EXPIRED
from osdu_auth.cognito.replies import AuthenticationResult, PosedChallenge
from osdu_auth.cognito.secret_hash import require_text, secret_hash
from osdu_auth.errors import SignInRefused, UnusableReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.challenges import Answer, Answers, Challenge
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet

MOST_ROUNDS = 10


def sign_in(
    pool: UserPoolApi,
    app_client: AppClient,
    username: str,
    password: Secret,
    answer: Answers,
    now: Callable[[], float] = time.time,
) -> TokenSet:
    """Sign in with a user name and a password.

    Args:
        pool: the user pool.
        app_client: which app client signs in.
        username: as the user types it; an e-mail address where the pool allows it.
        password: the user's password.
        answer: answers what the pool asks on the way; `challenges.nobody` if nobody is there.
        now: this machine's clock, in seconds since 1970.

    Raises:
        SignInRefused: the pool said no.
        ChallengeUnanswered: the pool asked something that was not, or cannot be, answered.
        ConfigurationError: the profile or the app client is set wrongly.
        Unreachable, UnusableReply, ServiceBusy: the pool did not answer, or not usably.
    """
    reply = _begin(pool, app_client, username, password)
    given: Answer | None = None
    refusal: SignInRefused | None = None
    began_anew = False
    for _ in range(MOST_ROUNDS):
        if isinstance(reply, AuthenticationResult):
            return token_set(reply, now())
        challenge = replace(read_challenge(reply, username), refusal=refusal)
        given = given or answer(challenge)
        require_complete(challenge, given)
        try:
            reply = pool.answer_challenge(
                app_client, reply, _responses(app_client, challenge, given)
            )
        except SignInRefused as error:
            if error.code in NEW_PASSWORD_REFUSED:
                given, refusal = None, error
            elif error.code == SESSION_EXPIRED and not began_anew:
                began_anew = True
                reply = _begin(pool, app_client, username, password)
            else:
                raise
        else:
            given, refusal = None, None
    raise refusal or _endless()


def _begin(
    pool: UserPoolApi, app_client: AppClient, username: str, password: Secret
) -> AuthenticationResult | PosedChallenge:
    require_text(username, "user name")
    require_text(password.reveal(), "password")
    return pool.sign_in_with_password(
        app_client,
        {"USERNAME": username, "PASSWORD": password, **secret_hash(app_client, username)},
    )


def _responses(
    app_client: AppClient, challenge: Challenge, given: Answer
) -> dict[str, str | Secret]:
    """The answer, under the name that the pool gave the user: an alias is refused from here on."""
    return {
        **given.responses,
        "USERNAME": challenge.username,
        **secret_hash(app_client, challenge.username),
    }


def _endless() -> UnusableReply:
    return UnusableReply(
        f"The user pool asked {MOST_ROUNDS} times and gave no tokens.",
        code="OA-N638",
        why="Its triggers may ask in a circle, or something else than a user pool answers.",
        fix="Ask the user pool's administrator to look at its sign-in triggers.",
    )
