"""Asking: every challenge leaves through here, with a session of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.user_pool import UserPool

    Reply = dict[str, Any]


def open_session(
    pool: UserPool, conversation: Conversation, challenge: str, seconds: float | None = None
) -> ChallengeSession:
    """Return a new session of a conversation.

    Args:
        pool: The pool.
        conversation: The sign-in.
        challenge: The challenge's name.
        seconds: How long it may be answered; the app client's setting if `None`.
    """
    now = pool.clock.now()
    if seconds is None:
        seconds = pool.app_client(conversation.client_id).auth_session_validity
    return pool.challenge_sessions.open(conversation, challenge, expires=now + seconds, now=now)


def question(session: ChallengeSession, parameters: Mapping[str, str], **members: Any) -> Reply:
    """Return the reply that asks a session's challenge.

    Args:
        session: The session.
        parameters: The `ChallengeParameters`.
        **members: Further members of the reply, such as `AvailableChallenges`.
    """
    return {
        "ChallengeName": session.challenge,
        "Session": session.token,
        "ChallengeParameters": dict(parameters),
        **members,
    }
