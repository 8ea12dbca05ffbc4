"""Second factors: which of them a user owes, and the question that asks for it.

The rules are those of the developer guide, "Adding MFA to a user pool": the user's own choice
first; where a second factor is required and none was chosen, whatever the account already has
the means for; and where it has none, setting one up.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool import code_challenges, software_token_mfa
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter
from osdu_auth.sandbox.pool.pool_settings import MfaConfiguration
from osdu_auth.sandbox.pool.questions import open_session, question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
MFA_SETUP = "MFA_SETUP"
# The guide calls the factor so in an answer; the challenge it leads to has another name.
_OTHER_NAMES = {"EMAIL_MFA": "EMAIL_OTP"}


def is_due(pool: UserPool, user: User) -> bool:
    """Tell whether a user owes a second factor, or must set one up."""
    required = pool.settings.mfa is MfaConfiguration.REQUIRED
    return required or bool(_factors_of(pool, user))


def ask(pool: UserPool, conversation: Conversation) -> Reply | None:
    """Return the question for the second factor, or `None` if none is due."""
    user = conversation.user
    if not is_due(pool, user):
        return None
    factors = _factors_of(pool, user)
    if not factors:
        return _ask(pool, conversation, MFA_SETUP, "MFAS_CAN_SETUP", pool.settings.mfa_factors)
    if len(factors) > 1:
        return _ask(pool, conversation, SELECT_MFA_TYPE, "MFAS_CAN_CHOOSE", factors)
    return _ask_factor(pool, conversation, factors[0])


def answer_choice(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> Reply:
    """Return the question for the factor a user chose.

    Raises:
        PoolError: If none was chosen, or one that was not offered.
    """
    chosen = responses.get("ANSWER")
    if not chosen:
        raise missing_parameter("ANSWER")
    factor = _OTHER_NAMES.get(chosen, chosen)
    if factor not in _factors_of(pool, session.conversation.user):
        # The sentence is not published.
        raise invalid_parameter("The selected MFA type is not available for the user")
    return _ask_factor(pool, session.conversation, factor)


def has_means(user: User, factor: str) -> bool:
    """Tell whether a user's account has what a second factor needs."""
    means = {
        "SMS_MFA": bool(user.phone_number),
        "EMAIL_OTP": bool(user.email),
        "SOFTWARE_TOKEN_MFA": user.software_token is not None,
    }
    return means.get(factor, False)


def _factors_of(pool: UserPool, user: User) -> tuple[str, ...]:
    settings = pool.settings
    if settings.mfa is MfaConfiguration.OFF or not user.exists:
        return ()
    possible = [factor for factor in settings.mfa_factors if has_means(user, factor)]
    chosen = [factor for factor in possible if factor in user.mfa]
    if user.preferred_mfa in chosen:
        return (user.preferred_mfa,)
    if chosen or settings.mfa is MfaConfiguration.OPTIONAL:
        return tuple(chosen)
    return tuple(possible)


def _ask(
    pool: UserPool,
    conversation: Conversation,
    challenge: str,
    parameter: str,
    factors: tuple[str, ...],
) -> Reply:
    session = open_session(pool, conversation, challenge)
    named = json.dumps(factors, separators=(",", ":"))
    return question(session, {parameter: named, "USER_ID_FOR_SRP": conversation.user.username})


def _ask_factor(pool: UserPool, conversation: Conversation, factor: str) -> Reply:
    if factor == software_token_mfa.NAME:
        return software_token_mfa.ask(pool, conversation)
    return code_challenges.ask(pool, conversation, factor, first=False)
