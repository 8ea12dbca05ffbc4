"""The flow CUSTOM_AUTH and its CUSTOM_CHALLENGE: the pool's own questions, in order.

A real pool calls three Lambda triggers for the questions; here they are a list in the pool's
settings. The flow follows AWS's sample triggers: after a wrong answer the question is asked again,
with a new session, and the third wrong answer ends the sign-in.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.challenge_sessions import PendingSignIn
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter, wrong_credentials
from osdu_auth.sandbox.pool.password_proofs import client_public_value
from osdu_auth.sandbox.pool.sign_in_checks import check_account, user_signing_in
from osdu_auth.sandbox.pool.srp_challenges import ask_password_proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

NAME = "CUSTOM_CHALLENGE"


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> Reply:
    """Return the first question, or PASSWORD_VERIFIER where the client begins with `SRP_A`.

    Args:
        pool: the pool.
        app_client: the app client that asks.
        parameters: the `AuthParameters`.

    Raises:
        PoolError: the sign-in is refused.
    """
    if not pool.settings.custom_questions:
        raise invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    user = user_signing_in(pool, app_client, username)
    pending = PendingSignIn(app_client.client_id, user, parameters.get("DEVICE_KEY"), custom=True)
    if parameters.get("CHALLENGE_NAME") == "SRP_A":
        return ask_password_proof(pool, pending, client_public_value(parameters))
    return ask(pool, pending)


def is_due(pool: UserPool, pending: PendingSignIn) -> bool:
    """Say whether the pool has a question of its own left in a sign-in."""
    return pending.custom and (pending.custom_answers < len(pool.settings.custom_questions))


def ask(pool: UserPool, pending: PendingSignIn) -> Reply:
    """Return the challenge with the next question."""
    question = pool.settings.custom_questions[pending.custom_answers]
    session = pool.open_session(pending, NAME)
    return session.reply({**question.parameters, "USERNAME": pending.user.username})


def answer(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> Reply | None:
    """Accept an answer, or ask again.

    Raises:
        PoolError: the answer is missing, it is the last wrong answer that is allowed, or the
            account may not sign in.
    """
    given = responses.get("ANSWER")
    if not given:
        raise missing_parameter("ANSWER")
    pending = session.pending
    expected = pool.settings.custom_questions[pending.custom_answers].answer
    right = hmac.compare_digest(expected.encode(), given.encode())
    if not right or not pending.user.exists:
        pending.custom_failures += 1
        if pending.custom_failures < pool.settings.code_tries:
            return ask(pool, pending)
        session.used = True
        raise wrong_credentials()
    check_account(pending.user, pool.clock.now())
    pending.custom_answers += 1
    pending.custom_failures = 0
    return None
