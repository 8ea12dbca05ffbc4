"""The flow CUSTOM_AUTH and its CUSTOM_CHALLENGE: questions of the pool's own, in order.

A real pool asks its three Lambda triggers; here they are a list in the pool's settings. They
behave as AWS's sample triggers do: a wrong answer is asked for again with a new session, and the
third one ends the sign-in.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool import user_srp_auth
from osdu_auth.sandbox.pool.conversations import Conversation
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter, wrong_credentials
from osdu_auth.sandbox.pool.password_proofs import client_public_value
from osdu_auth.sandbox.pool.password_sign_in import check_account, who_signs_in
from osdu_auth.sandbox.pool.questions import open_session, question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

NAME = "CUSTOM_CHALLENGE"


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> Reply:
    """Return the first question, or PASSWORD_VERIFIER where the client begins with `SRP_A`.

    Args:
        pool: The pool.
        app_client: The app client that asks.
        parameters: The `AuthParameters`.

    Raises:
        PoolError: Whatever forbids the sign-in.
    """
    if not pool.settings.custom_questions:
        raise invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    user = who_signs_in(pool, app_client, username)
    conversation = Conversation(
        app_client.client_id, user, parameters.get("DEVICE_KEY"), custom=True
    )
    if parameters.get("CHALLENGE_NAME") == "SRP_A":
        return user_srp_auth.ask(pool, conversation, client_public_value(parameters))
    return ask(pool, conversation)


def is_due(pool: UserPool, conversation: Conversation) -> bool:
    """Tell whether a conversation has a question of the pool's own left."""
    return conversation.custom and (
        conversation.custom_answers < len(pool.settings.custom_questions)
    )


def ask(pool: UserPool, conversation: Conversation) -> Reply:
    """Return the challenge with the next question."""
    asked = pool.settings.custom_questions[conversation.custom_answers]
    session = open_session(pool, conversation, NAME)
    return question(session, {**asked.parameters, "USERNAME": conversation.user.username})


def answer(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> Reply | None:
    """Accept an answer, or ask again.

    Raises:
        PoolError: If it is missing, wrong once too often, or the account may not sign in.
    """
    given = responses.get("ANSWER")
    if not given:
        raise missing_parameter("ANSWER")
    conversation = session.conversation
    expected = pool.settings.custom_questions[conversation.custom_answers].answer
    right = hmac.compare_digest(expected.encode(), given.encode())
    if not right or not conversation.user.exists:
        conversation.custom_failures += 1
        if conversation.custom_failures < pool.settings.code_tries:
            return ask(pool, conversation)
        session.used = True
        raise wrong_credentials()
    check_account(conversation.user, pool.clock.now())
    conversation.custom_answers += 1
    conversation.custom_failures = 0
    return None
