"""The flow USER_SRP_AUTH and its challenge PASSWORD_VERIFIER: the password stays where it is.

Whether a user exists is not told apart here (developer guide, "Managing error responses"): who
does not exist is asked for a proof too, with a salt and a name that stay the same for that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.conversations import Conversation
from osdu_auth.sandbox.pool.errors import missing_parameter
from osdu_auth.sandbox.pool.password_proofs import Verifier, await_proof, client_public_value
from osdu_auth.sandbox.pool.password_sign_in import check_account, who_signs_in
from osdu_auth.sandbox.pool.proof_checks import check_proof
from osdu_auth.sandbox.pool.questions import open_session, question
from osdu_auth.sandbox.pool.srp_arithmetic import verifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

NAME = "PASSWORD_VERIFIER"


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> Reply:
    """Return the challenge for a user name and a public value.

    Args:
        pool: The pool.
        app_client: The app client that asks.
        parameters: The `AuthParameters`.

    Raises:
        PoolError: If a parameter, the secret hash or the public value is not good.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    if not parameters.get("SRP_A"):
        raise missing_parameter("SRP_A")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    client_public = client_public_value(parameters)
    user = who_signs_in(pool, app_client, username)
    conversation = Conversation(app_client.client_id, user, parameters.get("DEVICE_KEY"))
    return ask(pool, conversation, client_public)


def ask(pool: UserPool, conversation: Conversation, client_public: int) -> Reply:
    """Return the challenge for a client's public value."""
    user = conversation.user
    session = open_session(pool, conversation, NAME, pool.settings.proof_seconds)
    proof = await_proof(_verifier_of(pool, user), client_public)
    pool.challenge_sessions.attach_proof(session, proof)
    reply = question(
        session,
        {
            **proof.parameters(leading_zeros=pool.settings.salt_with_leading_zeros),
            "USERNAME": user.username,
            "USER_ID_FOR_SRP": user.username,
        },
    )
    session.shown = pool.settings.session_with_password_verifier
    if not session.shown:
        del reply["Session"]
    return reply


def answer(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Accept a proof of the password.

    Raises:
        PoolError: If it is none, or the account may not sign in.
    """
    check_proof(pool, session, responses)
    check_account(session.conversation.user, pool.clock.now())
    session.conversation.proven_by_srp = True


def _verifier_of(pool: UserPool, user: User) -> Verifier:
    salt = int.from_bytes(user.salt, "big")
    value = verifier(salt, pool.name, user.username, user.password)
    return Verifier(pool.name, user.username, user.salt, value)
