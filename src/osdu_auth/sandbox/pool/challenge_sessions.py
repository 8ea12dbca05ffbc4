"""Challenge sessions: the thread that ties an answer to the question it was asked.

The law of this module: a session belongs to one user, one app client and one challenge; it is
used up by the answer that succeeds; only the newest of a conversation is good, because every
further question comes with a session of its own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from osdu_auth.sandbox.signing_keys import base64url

from .errors import not_authorized

_SESSION_BYTES = 480
_REMEMBERED_SECONDS = 3600.0


@dataclass
class ChallengeSession:
    """One open question.

    Attributes:
        token: What the client sends back, unmodified.
        username: The canonical user name of the person who was asked.
        client_id: The app client that asked for the sign-in.
        challenge: The challenge's name.
        expires: When it can no longer be answered, in seconds since the epoch.
        used: Whether an answer has succeeded.
    """

    token: str
    username: str
    client_id: str
    challenge: str
    expires: float
    used: bool = False


class ChallengeSessions:
    """The open questions of one pool; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._sessions: dict[str, ChallengeSession] = {}

    def open(
        self, *, username: str, client_id: str, challenge: str, expires: float, now: float
    ) -> ChallengeSession:
        """Return a new session; times are in seconds since the epoch."""
        self._forget_old(now)
        token = base64url(os.urandom(_SESSION_BYTES))
        session = ChallengeSession(token, username, client_id, challenge, expires)
        self._sessions[token] = session
        return session

    def read(
        self, token: str, *, username: str | None, client_id: str, challenge: str, now: float
    ) -> ChallengeSession:
        """Return the session an answer belongs to.

        Args:
            token: The session as the client sent it.
            username: The canonical name of the user who answers; `None` if there is none.
            client_id: The app client that answers.
            challenge: The challenge that is answered.
            now: The time, in seconds since the epoch.

        Raises:
            PoolError: `NotAuthorizedException` when it is expired, used, modified, or
                somebody else's.
        """
        session = self._sessions.get(token)
        if (
            session is None
            or session.used
            or (session.username, session.client_id, session.challenge)
            != (username, client_id, challenge)
        ):
            raise not_authorized("Invalid session for the user.")
        if now >= session.expires:
            raise not_authorized("Invalid session for the user, session is expired.")
        return session

    def _forget_old(self, now: float) -> None:
        for token, session in list(self._sessions.items()):
            if now < session.expires + _REMEMBERED_SECONDS:
                return
            del self._sessions[token]
