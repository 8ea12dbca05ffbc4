"""The operation RespondToAuthChallenge: whose answer is it, to which question, and what now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool import (
    code_challenges,
    custom_auth,
    device_srp_auth,
    new_password_required,
    second_factors,
    software_token_mfa,
    software_token_setup,
    user_auth,
    user_srp_auth,
)
from osdu_auth.sandbox.pool.device_rules import device_of
from osdu_auth.sandbox.pool.errors import (
    disabled_user,
    invalid_parameter,
    missing_parameter,
    not_authorized,
)
from osdu_auth.sandbox.pool.next_step import next_step
from osdu_auth.sandbox.pool.password_proofs import SECRET_BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

    # An answer returns a further question of its own, or nothing: then the next step is taken.
    Answer = Callable[[UserPool, ChallengeSession, Mapping[str, str]], Reply | None]

CHALLENGES: dict[str, Answer] = {
    new_password_required.NAME: new_password_required.answer,
    user_srp_auth.NAME: user_srp_auth.answer,
    software_token_mfa.NAME: software_token_mfa.answer,
    second_factors.SELECT_MFA_TYPE: second_factors.answer_choice,
    second_factors.MFA_SETUP: software_token_setup.answer,
    custom_auth.NAME: custom_auth.answer,
    user_auth.SELECT_CHALLENGE: user_auth.answer_choice,
    user_auth.PASSWORD: user_auth.answer_password,
    user_auth.PASSWORD_SRP: user_auth.answer_password_srp,
    user_auth.WEB_AUTHN: user_auth.answer_web_authn,
    device_srp_auth.DEVICE_SRP_AUTH: device_srp_auth.answer_public_value,
    device_srp_auth.DEVICE_PASSWORD_VERIFIER: device_srp_auth.answer_proof,
    **dict.fromkeys(code_challenges.MEDIA, code_challenges.answer),
}

# Their secret block ties the answer to the question, with or without a session.
_PROOFS = frozenset({user_srp_auth.NAME, device_srp_auth.DEVICE_PASSWORD_VERIFIER})


def respond_to_auth_challenge(pool: UserPool, body: Mapping[str, Any]) -> Reply:
    """Return the reply to `RespondToAuthChallenge`; a refused answer may be tried again.

    Raises:
        PoolError: If the answer is nobody's, too late, or refused by the challenge.
    """
    app_client = pool.app_client(body["ClientId"])
    responses: Mapping[str, str] = body.get("ChallengeResponses") or {}
    username = responses.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_secret_hash(responses.get("SECRET_HASH"), username)
    challenge = body["ChallengeName"]
    answer = CHALLENGES.get(challenge)
    if answer is None:
        # ADMIN_NO_SRP_AUTH, an administrator's; the model lists it all the same.
        raise invalid_parameter(f"A client cannot answer {challenge}.")  # not published
    session = _session(pool, app_client, body, responses)
    conversation = session.conversation
    if conversation.user.exists and pool.find_user(conversation.user.username) is None:
        raise not_authorized("Invalid session for the user.")
    if not conversation.user.enabled and challenge not in _PROOFS:
        raise disabled_user()
    _note_device(conversation, challenge, responses)
    device_of(pool, conversation)
    reply = answer(pool, session, responses)
    if reply is None:
        reply = next_step(pool, conversation)
    session.used = True
    return reply


def _note_device(conversation: Conversation, challenge: str, responses: Mapping[str, str]) -> None:
    """Note which device answers.

    A proof of the password must name its device itself (API reference); so a client that was
    told that its device does not exist can send the same proof again without one.
    """
    named = responses.get("DEVICE_KEY")
    if named is not None or challenge == user_srp_auth.NAME:
        conversation.device_key = named


def _session(
    pool: UserPool, app_client: AppClient, body: Mapping[str, Any], responses: Mapping[str, str]
) -> ChallengeSession:
    challenge, token, now = body["ChallengeName"], body.get("Session"), pool.clock.now()
    username, client_id = responses["USERNAME"], app_client.client_id
    if challenge in _PROOFS:
        block = responses.get(SECRET_BLOCK)
        if not block:
            raise missing_parameter(SECRET_BLOCK)
        session = pool.challenge_sessions.read_by_secret_block(
            block, client_id=client_id, challenge=challenge, now=now, username=username
        )
        if token is None and not session.shown:
            return session
        if token != session.token:
            raise not_authorized("Invalid session for the user.")
        return session
    if not token:
        raise missing_parameter("Session")
    return pool.challenge_sessions.read(
        token, client_id=client_id, challenge=challenge, now=now, username=username
    )
