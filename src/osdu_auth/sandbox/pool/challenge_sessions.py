"""Challenge sessions: the thread that ties an answer to the question it was asked.

The law of this module: a session belongs to one user, one app client and one challenge; it is
used up by the answer that succeeds; only the newest of a conversation is good, because every
further question comes with a session of its own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import not_authorized
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.conversations import Conversation
    from osdu_auth.sandbox.pool.password_proofs import OpenProof
    from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

_SESSION_BYTES = 480
_REMEMBERED_SECONDS = 3600.0


@dataclass
class ChallengeSession:
    """One open question.

    Attributes:
        token: What the client sends back, unmodified.
        conversation: The sign-in it is a question of.
        challenge: The challenge's name.
        expires: When it can no longer be answered, in seconds since the epoch.
        code: The code that was sent out, where one was.
        proof: What a password proof is checked with, where one is asked for.
        software_token: The software token that is being set up, where one is.
        wrong_answers: How many wrong answers it has had.
        shown: Whether the client was given it; a password proof can do without.
        used: Whether it can no longer be answered.
    """

    token: str
    conversation: Conversation
    challenge: str
    expires: float
    code: str | None = field(default=None, repr=False)
    proof: OpenProof | None = field(default=None, repr=False)
    software_token: SoftwareToken | None = field(default=None, repr=False)
    wrong_answers: int = 0
    shown: bool = True
    used: bool = False


class ChallengeSessions:
    """The open questions of one pool; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._sessions: dict[str, ChallengeSession] = {}
        self._by_secret_block: dict[str, ChallengeSession] = {}

    def open(
        self, conversation: Conversation, challenge: str, *, expires: float, now: float
    ) -> ChallengeSession:
        """Return a new session; times are in seconds since the epoch."""
        self._forget_old(now)
        token = base64url(os.urandom(_SESSION_BYTES))
        session = ChallengeSession(token, conversation, challenge, expires)
        self._sessions[token] = session
        return session

    def attach_proof(self, session: ChallengeSession, proof: OpenProof) -> None:
        """Let a session be found by the secret block of a password proof."""
        session.proof = proof
        self._by_secret_block[proof.secret_block] = session

    def read(
        self, token: str, *, client_id: str, challenge: str, now: float, username: str | None = None
    ) -> ChallengeSession:
        """Return the session an answer belongs to.

        Args:
            token: The session as the client sent it.
            client_id: The app client that answers.
            challenge: The challenge that is answered.
            now: The time, in seconds since the epoch.
            username: The name of who answers, as it was sent; `None` where an operation
                sends none.

        Raises:
            PoolError: `NotAuthorizedException` when it is expired, used, modified, or
                somebody else's.
        """
        return _checked(self._sessions.get(token), client_id, challenge, now, username)

    def read_by_secret_block(
        self, secret_block: str, *, client_id: str, challenge: str, now: float, username: str
    ) -> ChallengeSession:
        """Return the session of a password proof; see `read`."""
        session = self._by_secret_block.get(secret_block)
        return _checked(session, client_id, challenge, now, username)

    def find(self, token: str) -> ChallengeSession | None:
        """Return the session with this text, whatever its state, or `None`."""
        return self._sessions.get(token)

    def _forget_old(self, now: float) -> None:
        for token, session in list(self._sessions.items()):
            if now < session.expires + _REMEMBERED_SECONDS:
                return
            del self._sessions[token]
            if session.proof is not None:
                del self._by_secret_block[session.proof.secret_block]


def _checked(
    session: ChallengeSession | None,
    client_id: str,
    challenge: str,
    now: float,
    username: str | None,
) -> ChallengeSession:
    if (
        session is None
        or session.used
        or (session.conversation.client_id, session.challenge) != (client_id, challenge)
        or (username is not None and not session.conversation.user.is_called(username))
    ):
        raise not_authorized("Invalid session for the user.")
    if now >= session.expires:
        raise not_authorized("Invalid session for the user, session is expired.")
    return session
