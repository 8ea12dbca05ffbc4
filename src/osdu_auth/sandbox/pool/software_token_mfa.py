"""The challenge SOFTWARE_TOKEN_MFA: a code from the person's own application, good once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import PoolError, missing_parameter
from osdu_auth.sandbox.pool.questions import open_session, question
from osdu_auth.sandbox.pool.wrong_answers import code_mismatch, count_wrong_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

NAME = "SOFTWARE_TOKEN_MFA"
_CODE = "SOFTWARE_TOKEN_MFA_CODE"


def ask(pool: UserPool, conversation: Conversation) -> Reply:
    """Return the challenge for a user with a verified software token."""
    user = conversation.user
    named = user.software_token.friendly_name if user.software_token else ""
    friendly = {"FRIENDLY_DEVICE_NAME": named} if named else {}
    session = open_session(pool, conversation, NAME)
    return question(session, {"USER_ID_FOR_SRP": user.username, **friendly})


def answer(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Accept a code of the software token.

    Raises:
        PoolError: If it is missing, wrong or used already, or the user is locked out.
    """
    code = responses.get(_CODE)
    if not code:
        raise missing_parameter(_CODE)
    user, now = session.conversation.user, pool.clock.now()
    user.check_not_locked(now)
    token = user.software_token
    step = token.step_of(code, now) if token else None
    if token is None or step is None:
        count_wrong_answer(pool, session)
        raise code_mismatch()
    if not token.spend(step):
        raise PoolError("ExpiredCodeException", "Your software token has already been used once.")
    session.conversation.second_factor_proven = True
