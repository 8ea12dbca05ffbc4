"""The challenges DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a device proves its password.

It is the exchange of `user_srp_auth` with the device group's key for the pool's name and the
device's key for the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.device_rules import device_of, unknown_device
from osdu_auth.sandbox.pool.errors import missing_parameter
from osdu_auth.sandbox.pool.password_proofs import await_proof, client_public_value
from osdu_auth.sandbox.pool.proof_checks import check_proof
from osdu_auth.sandbox.pool.questions import open_session, question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.devices import Device
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

DEVICE_SRP_AUTH = "DEVICE_SRP_AUTH"
DEVICE_PASSWORD_VERIFIER = "DEVICE_PASSWORD_VERIFIER"  # noqa: S105 - a challenge's name


def ask(pool: UserPool, conversation: Conversation, device: Device) -> Reply:
    """Return the challenge that wants the device's public value."""
    session = open_session(pool, conversation, DEVICE_SRP_AUTH)
    return question(session, {"USERNAME": conversation.user.username, "DEVICE_KEY": device.key})


def answer_public_value(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> Reply:
    """Return the challenge DEVICE_PASSWORD_VERIFIER for a device's public value.

    Raises:
        PoolError: If the value is not good, or the device is another one.
    """
    device = _device(pool, session, responses)
    client_public = client_public_value(responses)
    conversation = session.conversation
    following = open_session(
        pool, conversation, DEVICE_PASSWORD_VERIFIER, pool.settings.proof_seconds
    )
    if device.verifier is None:
        raise unknown_device()
    proof = await_proof(device.verifier, client_public)
    pool.challenge_sessions.attach_proof(following, proof)
    parameters = {
        **proof.parameters(leading_zeros=pool.settings.salt_with_leading_zeros),
        "USERNAME": conversation.user.username,
        "DEVICE_KEY": device.key,
    }
    return question(following, parameters)


def answer_proof(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Accept a proof of the device's password.

    Raises:
        PoolError: If it is none, or the device is another one.
    """
    device = _device(pool, session, responses)
    check_proof(pool, session, responses)
    device.last_authenticated = pool.clock.now()
    session.conversation.proven_device = device.key


def _device(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> Device:
    key = responses.get("DEVICE_KEY")
    if not key:
        raise missing_parameter("DEVICE_KEY")
    device = device_of(pool, session.conversation)
    proof = session.proof
    if device is None or key != device.key or (proof and proof.verifier is not device.verifier):
        raise unknown_device()
    return device
