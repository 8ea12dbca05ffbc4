"""How a sign-in begins, one function for each flow.

    auth_flow           we send                                     the pool poses
    (none)              as USER_SRP_AUTH; only without a pool's id, or if the app client is not
                        allowed SRP and that may be (it is asked), as USER_PASSWORD_AUTH; either is
                        then said
    USER_SRP_AUTH       the public value of an SRP exchange         PASSWORD_VERIFIER
    USER_PASSWORD_AUTH  the password                                …
    USER_AUTH           the preferred factor, what goes with it     that, or SELECT_CHALLENGE
    CUSTOM_AUTH         with a password, the public value           what the pool's program wants

The law of this module: a password is sent only where the profile or the person says so, or where
the profile has no pool id; whatever a server says is a reason to ask, and never to send.
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
    """Why the password itself was sent although the profile does not ask for that."""

    NO_POOL_ID = "no pool id"
    SRP_REFUSED = "SRP refused"


def begin(conversation: Conversation) -> tuple[Reply, PasswordSent | None]:
    """Begin a sign-in, and say why the password was sent where the profile does not ask for that.

    Raises:
        ChallengeUnanswered: OA-S337: the pool takes no SRP, and the password may not be sent.
        ConfigurationError: OA-C757: the flow needs the user pool's id.
        OsduAuthError: one of the table of refusals, or of the transport.
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
    """Open an SRP exchange, and return its public value as the pool wants it.

    Raises:
        ConfigurationError: OA-C757: SRP needs the user pool's id.
        ChallengeUnanswered: there is no password, and nobody gave one.
    """
    from osdu_auth.cognito.password_proof import public_value
    from osdu_auth.cognito.srp import SrpExchange

    if conversation.options.pool_name is None:
        raise ConfigurationError(
            "The profile has no user pool id, which SRP needs.",
            code="OA-C757",
            why="The password proof is over the id's second half, besides the password.",
            fix=Run("init", "--user-pool-id", "us-east-1_Ab12Cd34E") + ", with your pool's id.",
        )
    # Before the exchange is opened: the pool waits for its second half for a few seconds only.
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
        preferred = "PASSWORD_SRP"  # whoever gives a password wants to sign in with it
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
