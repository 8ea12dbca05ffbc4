"""The challenges that SRP answers: a user's password, or a device's, is proven and never sent.

PASSWORD_VERIFIER and the flow USER_SRP_AUTH are for users; DEVICE_SRP_AUTH and
DEVICE_PASSWORD_VERIFIER are for devices. A device's proof has the device group's key in place of
the pool's name, and the device's key in place of the user's name.

The flow does not show whether a user exists (developer guide, "Managing error responses"): for a
user name that does not exist it asks for a proof too, with a salt and a canonical name that stay
the same for that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.challenge_sessions import PendingSignIn
from osdu_auth.sandbox.pool.errors import missing_parameter, unknown_device
from osdu_auth.sandbox.pool.password_proofs import (
    PasswordVerifier,
    await_proof,
    client_public_value,
)
from osdu_auth.sandbox.pool.sign_in_checks import check_account, check_proof, user_signing_in
from osdu_auth.sandbox.pool.srp_arithmetic import verifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, Reply
    from osdu_auth.sandbox.pool.devices import Device
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

PASSWORD_VERIFIER = "PASSWORD_VERIFIER"  # noqa: S105 - a challenge's name
DEVICE_SRP_AUTH = "DEVICE_SRP_AUTH"
DEVICE_PASSWORD_VERIFIER = "DEVICE_PASSWORD_VERIFIER"  # noqa: S105 - a challenge's name


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> Reply:
    """Return the challenge for a user name and a public value.

    Args:
        pool: the pool.
        app_client: the app client that asks.
        parameters: the `AuthParameters`.

    Raises:
        PoolError: a parameter, the secret hash or the public value is not valid.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    if not parameters.get("SRP_A"):
        raise missing_parameter("SRP_A")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    client_public = client_public_value(parameters)
    user = user_signing_in(pool, app_client, username)
    pending = PendingSignIn(app_client.client_id, user, parameters.get("DEVICE_KEY"))
    return ask_password_proof(pool, pending, client_public)


def ask_password_proof(pool: UserPool, pending: PendingSignIn, client_public: int) -> Reply:
    """Return the challenge PASSWORD_VERIFIER for a client's public value."""
    user = pending.user
    session = pool.open_session(pending, PASSWORD_VERIFIER, pool.settings.proof_seconds)
    proof = await_proof(_verifier_of(pool, user), client_public)
    pool.challenge_sessions.attach_proof(session, proof)
    reply = session.reply(
        {
            **proof.parameters(leading_zeros=pool.settings.salt_with_leading_zeros),
            "USERNAME": user.username,
            "USER_ID_FOR_SRP": user.username,
        },
    )
    session.token_sent = pool.settings.session_with_password_verifier
    if not session.token_sent:
        del reply["Session"]
    return reply


def answer_password_proof(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Accept a proof of the user's password.

    Raises:
        PoolError: the proof is wrong, or the account may not sign in.
    """
    check_proof(pool, session, responses)
    check_account(session.pending.user, pool.clock.now())
    session.pending.proven_by_srp = True


def ask_device_public_value(pool: UserPool, pending: PendingSignIn, device: Device) -> Reply:
    """Return the challenge DEVICE_SRP_AUTH, which asks for the device's public value."""
    session = pool.open_session(pending, DEVICE_SRP_AUTH)
    return session.reply({"USERNAME": pending.user.username, "DEVICE_KEY": device.key})


def answer_device_public_value(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> Reply:
    """Return the challenge DEVICE_PASSWORD_VERIFIER for a device's public value.

    Raises:
        PoolError: the value is not valid, or it is from another device.
    """
    device = _device(pool, session, responses)
    client_public = client_public_value(responses)
    pending = session.pending
    following = pool.open_session(pending, DEVICE_PASSWORD_VERIFIER, pool.settings.proof_seconds)
    if device.verifier is None:
        raise unknown_device()
    proof = await_proof(device.verifier, client_public)
    pool.challenge_sessions.attach_proof(following, proof)
    parameters = {
        **proof.parameters(leading_zeros=pool.settings.salt_with_leading_zeros),
        "USERNAME": pending.user.username,
        "DEVICE_KEY": device.key,
    }
    return following.reply(parameters)


def answer_device_proof(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Accept a proof of the device's password.

    Raises:
        PoolError: the proof is wrong, or it is from another device.
    """
    device = _device(pool, session, responses)
    check_proof(pool, session, responses)
    device.last_authenticated = pool.clock.now()
    session.pending.proven_device = device.key


def _device(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> Device:
    key = responses.get("DEVICE_KEY")
    if not key:
        raise missing_parameter("DEVICE_KEY")
    device = pool.device_of(session.pending)
    proof = session.proof
    if device is None or key != device.key or (proof and proof.verifier is not device.verifier):
        raise unknown_device()
    return device


def _verifier_of(pool: UserPool, user: User) -> PasswordVerifier:
    salt = int.from_bytes(user.salt, "big")
    value = verifier(salt, pool.name, user.username, user.password)
    return PasswordVerifier(pool.name, user.username, user.salt, value)
