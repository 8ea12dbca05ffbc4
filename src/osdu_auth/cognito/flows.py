"""How a sign-in begins, one function for each flow.

    auth_flow           we send                                     the pool's challenge
    (none)              as USER_SRP_AUTH; as USER_PASSWORD_AUTH if the profile has no pool id, or
                        if the app client may not use SRP and the person allows it; the user is
                        told in both cases
    USER_SRP_AUTH       the public value of an SRP exchange         PASSWORD_VERIFIER
    USER_PASSWORD_AUTH  the password                                …
    USER_AUTH           the preferred factor and its parameters     that, or SELECT_CHALLENGE
    CUSTOM_AUTH         with a password, the public value           of the pool's own program

Invariant: a password is sent only if the profile or the person allows it, or if the profile has no
pool id. A server's reply may cause a question to the person, but never the sending of a password.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from osdu_auth.cognito.service_errors import SRP_NOT_ENABLED
from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.conversation import Conversation
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.secret import Secret

    Reply = AuthenticationResult | ChallengeReply


class PasswordSent(enum.Enum):
    """Why the password itself was sent although the profile does not say so."""

    NO_POOL_ID = "no pool id"
    SRP_REFUSED = "SRP refused"


def begin(conversation: Conversation) -> tuple[Reply, PasswordSent | None]:
    """Begin a sign-in; return the reply, and why the password itself was sent, if it was.

    Raises:
        ChallengeUnanswered: OA-S337: the app client may not use SRP, and the password may not be
            sent.
        ConfigurationError: OA-C757: the flow needs the user pool's id.
        OsduAuthError: an error of the table of service errors, or of the transport.
    """
    if conversation.flow is not None:
        return _BEGINNINGS[conversation.flow](conversation), None
    if conversation.options.pool_name is None:
        return _begin_with_password(conversation), PasswordSent.NO_POOL_ID
    try:
        return _begin_with_srp(conversation), None
    except ConfigurationError as error:
        if error.code != SRP_NOT_ENABLED:
            raise
    conversation.require_password_allowed("auth_flow", "USER_PASSWORD_AUTH")
    return _begin_with_password(conversation), PasswordSent.SRP_REFUSED


def srp_parameters(conversation: Conversation) -> dict[str, str | Secret]:
    """Begin an SRP exchange, and return its public value as a parameter for the pool.

    Raises:
        ConfigurationError: OA-C757: SRP needs the user pool's id.
        ChallengeUnanswered: there is no password, and the question for it got no answer.
    """
    from osdu_auth.cognito.password_proof import public_value
    from osdu_auth.cognito.srp import SrpExchange

    if conversation.options.pool_name is None:
        raise ConfigurationError(
            "The profile has no user pool id, which SRP needs.",
            code="OA-C757",
            why="SRP computes its proof from the second half of the id and the password.",
            fix=Run("init", "--user-pool-id", "us-east-1_Ab12Cd34E") + ", with your pool's id.",
        )
    # Asked before the exchange begins: the pool waits only a few seconds for the proof.
    conversation.known_password()
    conversation.exchange = SrpExchange()
    return {"SRP_A": public_value(conversation.exchange)}


def _begin_with_srp(conversation: Conversation) -> Reply:
    return conversation.begin("USER_SRP_AUTH", srp_parameters(conversation))


def _begin_with_password(conversation: Conversation) -> Reply:
    password = conversation.known_password()
    return conversation.begin("USER_PASSWORD_AUTH", {"PASSWORD": password})


def _begin_with_choice(conversation: Conversation) -> Reply:
    preferred = conversation.options.preferred_factor
    if preferred is None and conversation.password is not None and conversation.options.pool_name:
        preferred = "PASSWORD_SRP"  # a password was given, so it is the factor to use
    if preferred is None:
        return conversation.begin("USER_AUTH", {})
    parameters: dict[str, str | Secret] = {"PREFERRED_CHALLENGE": preferred}
    if preferred == "PASSWORD_SRP":
        parameters |= srp_parameters(conversation)
    if preferred == "PASSWORD":
        conversation.password_may_be_sent = True
        parameters["PASSWORD"] = conversation.known_password()
    return conversation.begin("USER_AUTH", parameters)


def _begin_custom(conversation: Conversation) -> Reply:
    if conversation.password is None or conversation.options.pool_name is None:
        return conversation.begin("CUSTOM_AUTH", {})
    proof = {"CHALLENGE_NAME": "SRP_A", **srp_parameters(conversation)}
    return conversation.begin("CUSTOM_AUTH", proof)


_BEGINNINGS: dict[str, Callable[[Conversation], Reply]] = {
    "USER_SRP_AUTH": _begin_with_srp,
    "USER_PASSWORD_AUTH": _begin_with_password,
    "USER_AUTH": _begin_with_choice,
    "CUSTOM_AUTH": _begin_custom,
}
