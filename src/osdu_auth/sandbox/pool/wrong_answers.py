"""Wrong answers: how many a session bears, and what they add to a user's lockout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import PoolError

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.user_pool import UserPool


def count_wrong_answer(pool: UserPool, session: ChallengeSession) -> None:
    """Count a wrong answer; the last one the pool's settings allow ends the session."""
    session.wrong_answers += 1
    session.used = session.wrong_answers >= pool.settings.code_tries
    session.conversation.user.lockout.fail(pool.clock.now())


def code_mismatch() -> PoolError:
    """Return the refusal of a wrong code of a second factor."""
    return PoolError("CodeMismatchException", "Invalid code received for user")
