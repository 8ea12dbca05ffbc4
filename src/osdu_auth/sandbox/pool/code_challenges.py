"""The challenges answered with a code that was sent: SMS_MFA, EMAIL_OTP and SMS_OTP.

EMAIL_OTP is a first factor and a second factor under one name; SMS has a name for each.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.code_delivery import EMAIL, SMS, delivery_parameters, send_code
from osdu_auth.sandbox.pool.errors import missing_parameter
from osdu_auth.sandbox.pool.password_sign_in import check_account
from osdu_auth.sandbox.pool.questions import open_session, question
from osdu_auth.sandbox.pool.wrong_answers import code_mismatch, count_wrong_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

SMS_MFA, EMAIL_OTP, SMS_OTP = "SMS_MFA", "EMAIL_OTP", "SMS_OTP"
MEDIA = {SMS_MFA: SMS, EMAIL_OTP: EMAIL, SMS_OTP: SMS}
"""How the code of each challenge travels."""

# A code that stands for a password is longer than one that comes after it.
_FIRST_FACTOR_DIGITS, _SECOND_FACTOR_DIGITS = 8, 6


def ask(pool: UserPool, conversation: Conversation, challenge: str, *, first: bool) -> Reply:
    """Send a code and return the challenge that asks for it.

    Args:
        pool: The pool.
        conversation: The sign-in.
        challenge: `SMS_MFA`, `EMAIL_OTP` or `SMS_OTP`.
        first: Whether it is the first factor.
    """
    session = open_session(pool, conversation, challenge)
    digits = _FIRST_FACTOR_DIGITS if first else _SECOND_FACTOR_DIGITS
    medium = MEDIA[challenge]
    session.code = send_code(pool, conversation.user, medium, challenge, digits)
    return question(session, delivery_parameters(conversation.user, medium))


def answer(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Accept the code that was sent.

    Raises:
        PoolError: If it is missing or wrong, or the user is locked out.
    """
    parameter = f"{session.challenge}_CODE"
    code = responses.get(parameter)
    if not code:
        raise missing_parameter(parameter)
    session.conversation.user.check_not_locked(pool.clock.now())
    if not hmac.compare_digest((session.code or "").encode(), code.encode()):
        count_wrong_answer(pool, session)
        raise code_mismatch()
    check_account(session.conversation.user, pool.clock.now())
    # A sign-in begins with one factor or has two of them; a sent code is the last in either case.
    session.conversation.second_factor_proven = True
