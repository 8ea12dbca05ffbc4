"""Challenges that are answered with the password, or with its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.flows import srp_parameters
from osdu_auth.cognito.service_errors import PASSWORD_REFUSED
from osdu_auth.cognito.steps import unexpected_challenge
from osdu_auth.errors import SignInRefused
from osdu_auth.fixes import Blank, Run
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.sign_in_attempt import SignInAttempt

    Reply = AuthenticationResult | ChallengeReply


def prove_password(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Prove the password (`PASSWORD_VERIFIER`), once for each exchange.

    Raises:
        UnusableReply: OA-N663: no exchange was begun; OA-N664: a parameter is invalid.
        OsduAuthError: see `answer_challenge`.
    """
    from osdu_auth.cognito.password_proof import Prover, password_proof

    exchange, attempt.exchange = attempt.exchange, None
    pool_name = attempt.options.pool_name
    if exchange is None or pool_name is None:
        raise unexpected_challenge(received)
    prover = Prover(pool_name, attempt.username, attempt.known_password())
    proof = password_proof(exchange, prover, received.parameters, attempt.pool_time())
    try:
        return attempt.respond(received, proof, by_device=True)
    except SignInRefused as error:
        if error.code != PASSWORD_REFUSED:
            raise
        raise _proof_refused(error, pool_name) from None


def _proof_refused(error: SignInRefused, pool_name: str) -> SignInRefused:
    """Return a refusal of the password that also names the other cause: a wrong pool id."""
    return SignInRefused(
        error.what,
        code=error.code,
        why="The user pool does not say which. If the profile has another pool's id, every "
        f"password is wrong; the id in the profile ends in _{printable(pool_name, 60)}.",
        fix="Type both again: "
        + Run("login")
        + " (after five wrong ones the pool makes you wait); or, if it is another pool: "
        + Run("init", "--user-pool-id", Blank("ID")),
        service_error=error.service_error,
    )


def begin_srp(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Begin an SRP exchange if it is the preferred factor (`PASSWORD_SRP`).

    Raises:
        UnusableReply: OA-N663: it is not.
        OsduAuthError: see `answer_challenge`.
    """
    if attempt.flow != "USER_AUTH":
        raise unexpected_challenge(received)
    return attempt.respond(received, srp_parameters(attempt))


def send_password(attempt: SignInAttempt, received: ChallengeReply) -> Reply:
    """Send the password if that was chosen (`PASSWORD`).

    Raises:
        UnusableReply: OA-N663: it is not.
        OsduAuthError: see `answer_challenge`.
    """
    if attempt.flow != "USER_AUTH" or not attempt.password_may_be_sent:
        raise unexpected_challenge(received)
    return attempt.respond(received, {"PASSWORD": attempt.known_password()})
