"""The operation RespondToAuthChallenge: it finds the session of an answer, and replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool import (
    code_challenges,
    custom_auth,
    new_password_required,
    next_challenge,
    software_token_setup,
    srp_challenges,
    user_auth,
)
from osdu_auth.sandbox.pool.errors import (
    disabled_user,
    invalid_parameter,
    missing_parameter,
    not_authorized,
)
from osdu_auth.sandbox.pool.password_proofs import SECRET_BLOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, PendingSignIn, Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

    # It returns a further challenge, or `None` if `next_challenge` has to choose the reply.
    Answer = Callable[[UserPool, ChallengeSession, Mapping[str, str]], Reply | None]

CHALLENGES: dict[str, Answer] = {
    new_password_required.NAME: new_password_required.answer,
    srp_challenges.PASSWORD_VERIFIER: srp_challenges.answer_password_proof,
    code_challenges.SOFTWARE_TOKEN_MFA: code_challenges.answer_software_token,
    next_challenge.SELECT_MFA_TYPE: next_challenge.answer_factor_choice,
    next_challenge.MFA_SETUP: software_token_setup.answer,
    custom_auth.NAME: custom_auth.answer,
    user_auth.SELECT_CHALLENGE: user_auth.answer_choice,
    user_auth.PASSWORD: user_auth.answer_password,
    user_auth.PASSWORD_SRP: user_auth.answer_password_srp,
    user_auth.WEB_AUTHN: user_auth.answer_web_authn,
    srp_challenges.DEVICE_SRP_AUTH: srp_challenges.answer_device_public_value,
    srp_challenges.DEVICE_PASSWORD_VERIFIER: srp_challenges.answer_device_proof,
    **dict.fromkeys(code_challenges.MEDIA, code_challenges.answer_sent_code),
}

# An answer to these challenges is bound to its challenge by its secret block, not by a session.
_PROOFS = frozenset({srp_challenges.PASSWORD_VERIFIER, srp_challenges.DEVICE_PASSWORD_VERIFIER})


def respond_to_auth_challenge(pool: UserPool, body: Mapping[str, Any]) -> Reply:
    """Return the reply to `RespondToAuthChallenge`; a refused answer may be tried again.

    Raises:
        PoolError: no session belongs to the answer, it is too late, or the challenge refuses it.
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
        # ADMIN_NO_SRP_AUTH, which is for administrators; the model lists it too.
        raise invalid_parameter(f"A client cannot answer {challenge}.")  # not published
    session = _session(pool, app_client, body, responses)
    pending = session.pending
    if pending.user.exists and pool.find_user(pending.user.username) is None:
        raise not_authorized("Invalid session for the user.")
    if not pending.user.enabled and challenge not in _PROOFS:
        raise disabled_user()
    _note_device(pending, challenge, responses)
    pool.device_of(pending)
    reply = answer(pool, session, responses)
    if reply is None:
        reply = next_challenge.next_challenge_or_tokens(pool, pending)
    session.used = True
    return reply


def _note_device(pending: PendingSignIn, challenge: str, responses: Mapping[str, str]) -> None:
    """Note which device answers.

    A proof of the password must name its device itself (API reference). So a client whose device
    does not exist can send the same proof again without a device.
    """
    named = responses.get("DEVICE_KEY")
    if named is not None or challenge == srp_challenges.PASSWORD_VERIFIER:
        pending.device_key = named


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
        if token is None and not session.token_sent:
            return session
        if token != session.token:
            raise not_authorized("Invalid session for the user.")
        return session
    if not token:
        raise missing_parameter("Session")
    return pool.challenge_sessions.read(
        token, client_id=client_id, challenge=challenge, now=now, username=username
    )
