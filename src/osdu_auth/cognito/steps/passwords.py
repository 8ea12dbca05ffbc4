"""Challenges that the password meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.flows import srp_parameters
from osdu_auth.cognito.steps.turns import out_of_turn

if TYPE_CHECKING:
    from osdu_auth.cognito.conversation import Conversation
    from osdu_auth.cognito.replies import AuthenticationResult, PosedChallenge

    Reply = AuthenticationResult | PosedChallenge


def prove_password(conversation: Conversation, posed: PosedChallenge) -> Reply:
    """Show that we know the password (`PASSWORD_VERIFIER`), once for each exchange.

    Raises:
        UnusableReply: OA-N663 no exchange was begun; OA-N664 a part of its second half is bad.
        OsduAuthError: as of `take_step`.
    """
    from osdu_auth.cognito.password_proof import Prover, password_proof

    exchange, conversation.exchange = conversation.exchange, None
    pool_name = conversation.ways.pool_name
    if exchange is None or pool_name is None:
        raise out_of_turn(posed)
    prover = Prover(pool_name, conversation.username, conversation.known_password())
    proof = password_proof(exchange, prover, posed.parameters, conversation.pool_time())
    return conversation.respond(posed, proof, by_device=True)


def open_exchange(conversation: Conversation, posed: PosedChallenge) -> Reply:
    """Begin an SRP exchange where it was the preferred factor (`PASSWORD_SRP`).

    Raises:
        UnusableReply: OA-N663: it was not.
        OsduAuthError: as of `take_step`.
    """
    if conversation.flow != "USER_AUTH":
        raise out_of_turn(posed)
    return conversation.respond(posed, srp_parameters(conversation))


def send_password(conversation: Conversation, posed: PosedChallenge) -> Reply:
    """Send the password where that was chosen (`PASSWORD`).

    Raises:
        UnusableReply: OA-N663: it was not.
        OsduAuthError: as of `take_step`.
    """
    if conversation.flow != "USER_AUTH" or not conversation.password_may_be_sent:
        raise out_of_turn(posed)
    return conversation.respond(posed, {"PASSWORD": conversation.known_password()})
