"""Challenges that this computer answers without a person, as a remembered device.

    we                                                          the user pool
                                                            ←   DEVICE_SRP_AUTH
    the public value of an exchange, the device's key       →
                                                            ←   DEVICE_PASSWORD_VERIFIER
    the proof that we know the device's password            →
                                                            ←   tokens

The computation is the same as for a user. The device's group key, key and password replace the
pool's name, the user and the password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.service_errors import DEVICE_UNKNOWN, SESSION_EXPIRED
from osdu_auth.cognito.steps import unexpected_challenge
from osdu_auth.errors import SignInRefused
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.sign_in_attempt import SignInAttempt
    from osdu_auth.secret import Secret

    Reply = AuthenticationResult | ChallengeReply


def begin_device_srp(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Begin the device's exchange (`DEVICE_SRP_AUTH`).

    Raises:
        UnusableReply: OA-N663: this sign-in has named no device.
        SignInRefused: OA-S348: the pool does not know this device.
        OsduAuthError: see `answer_challenge`.
    """
    from osdu_auth.cognito.password_proof import public_value
    from osdu_auth.cognito.srp import SrpExchange

    if attempt.device is None:
        raise unexpected_challenge(received)
    exchange = SrpExchange()
    attempt.device_exchange = exchange
    return _respond(attempt, received, {"SRP_A": public_value(exchange)})


def prove_device(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Prove the device's password (`DEVICE_PASSWORD_VERIFIER`).

    Raises:
        UnusableReply: OA-N663: no exchange was begun; OA-N664: a parameter is invalid.
        SignInRefused: OA-S348: the pool refuses this device.
        OsduAuthError: see `answer_challenge`.
    """
    from osdu_auth.cognito.password_proof import Prover, password_proof

    exchange, attempt.device_exchange = attempt.device_exchange, None
    device = attempt.device
    if exchange is None or device is None:
        raise unexpected_challenge(received)
    prover = Prover(device.group_key.reveal(), device.key.reveal(), device.password)
    proof = password_proof(exchange, prover, received.parameters, attempt.pool_time())
    return _respond(attempt, received, proof)


def _respond(
    attempt: SignInAttempt, received: ChallengeReply, responses: dict[str, str | Secret]
) -> Reply:
    try:
        return attempt.respond(received, responses, by_device=True)
    except SignInRefused as error:
        if error.code == SESSION_EXPIRED:
            raise
        # The pool's message is not shown as the error, because the person made no mistake and can
        # sign in without the device.
        raise SignInRefused(
            "The user pool does not recognize this computer as a remembered device.",
            code=DEVICE_UNKNOWN,
            why=error.what,
            fix=Run("login"),
            service_error=error.service_error,
        ) from None
