"""The challenges that a code answers: SMS_MFA, EMAIL_OTP, SMS_OTP and SOFTWARE_TOKEN_MFA.

The pool sends the code of the first three. EMAIL_OTP is a first factor and a second factor under
one name; SMS has a name for each. The code of SOFTWARE_TOKEN_MFA comes from the user's own
application, and is valid once.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.code_delivery import EMAIL, SMS, delivery_parameters, send_code
from osdu_auth.sandbox.pool.errors import PoolError, missing_parameter
from osdu_auth.sandbox.pool.sign_in_checks import check_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, PendingSignIn, Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

SMS_MFA, EMAIL_OTP, SMS_OTP = "SMS_MFA", "EMAIL_OTP", "SMS_OTP"
SOFTWARE_TOKEN_MFA = "SOFTWARE_TOKEN_MFA"  # noqa: S105 - a challenge's name
MEDIA = {SMS_MFA: SMS, EMAIL_OTP: EMAIL, SMS_OTP: SMS}
"""How the code of each challenge is sent."""

# A code in place of a password is longer than one that follows a password.
_FIRST_FACTOR_DIGITS, _SECOND_FACTOR_DIGITS = 8, 6


def ask_sent_code(pool: UserPool, pending: PendingSignIn, challenge: str, *, first: bool) -> Reply:
    """Send a code and return the challenge that asks for it.

    Args:
        pool: the pool.
        pending: the sign-in.
        challenge: `SMS_MFA`, `EMAIL_OTP` or `SMS_OTP`.
        first: whether it is the first factor.
    """
    session = pool.open_session(pending, challenge)
    digits = _FIRST_FACTOR_DIGITS if first else _SECOND_FACTOR_DIGITS
    medium = MEDIA[challenge]
    session.code = send_code(pool, pending.user, medium, challenge, digits)
    return session.reply(delivery_parameters(pending.user, medium))


def answer_sent_code(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Accept the code that was sent.

    Raises:
        PoolError: it is missing or wrong, or the user is locked out.
    """
    code = _code(session, responses)
    session.pending.user.check_not_locked(pool.clock.now())
    if not hmac.compare_digest((session.code or "").encode(), code.encode()):
        count_wrong_answer(pool, session)
        raise _wrong_code()
    check_account(session.pending.user, pool.clock.now())
    # A sign-in has one factor or two; a sent code is the last factor in either case.
    session.pending.second_factor_proven = True


def ask_software_token(pool: UserPool, pending: PendingSignIn) -> Reply:
    """Return the challenge for a user with a verified software token."""
    user = pending.user
    named = user.software_token.friendly_name if user.software_token else ""
    friendly = {"FRIENDLY_DEVICE_NAME": named} if named else {}
    session = pool.open_session(pending, SOFTWARE_TOKEN_MFA)
    return session.reply({"USER_ID_FOR_SRP": user.username, **friendly})


def answer_software_token(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Accept a code of the software token.

    Raises:
        PoolError: it is missing, wrong or used already, or the user is locked out.
    """
    code = _code(session, responses)
    user, now = session.pending.user, pool.clock.now()
    user.check_not_locked(now)
    token = user.software_token
    step = token.step_of(code, now) if token else None
    if token is None or step is None:
        count_wrong_answer(pool, session)
        raise _wrong_code()
    if not token.use_up(step):
        raise PoolError("ExpiredCodeException", "Your software token has already been used once.")
    session.pending.second_factor_proven = True


def count_wrong_answer(pool: UserPool, session: ChallengeSession) -> None:
    """Count a wrong answer to a session and to its user's lockout.

    The last wrong answer that the pool's settings allow ends the session.
    """
    session.wrong_answers += 1
    session.used = session.wrong_answers >= pool.settings.code_tries
    session.pending.user.lockout.fail(pool.clock.now())


def _code(session: ChallengeSession, responses: Mapping[str, str]) -> str:
    parameter = f"{session.challenge}_CODE"
    code = responses.get(parameter)
    if not code:
        raise missing_parameter(parameter)
    return code


def _wrong_code() -> PoolError:
    return PoolError("CodeMismatchException", "Invalid code received for user")
