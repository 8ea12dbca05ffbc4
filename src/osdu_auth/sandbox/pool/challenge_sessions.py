"""Pending sign-ins, and the challenge sessions that bind an answer to its challenge.

Invariants: a session belongs to one user, one app client and one challenge. The answer that
succeeds ends the session. Only the newest session of a sign-in is valid, because every further
challenge has a session of its own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.errors import not_authorized
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.password_proofs import AwaitedProof
    from osdu_auth.sandbox.pool.software_tokens import SoftwareToken
    from osdu_auth.sandbox.pool.users import User


@dataclass
class PendingSignIn:
    """One sign-in, from its first request to its tokens, and what it has proven.

    Invariant: the check of an answer records what is proven as its last step.

    Attributes:
        client_id: the app client that asks for the sign-in.
        user: the user who signs in.
        device_key: the key of the device that the client names; it is not a proof.
        proven_by_srp: whether the password was proven and not sent.
        second_factor_proven: whether a second factor was proven or set up.
        proven_device: the key of the device that has proven its own password, or `None`.
        custom: whether the pool asks its own questions in place of the usual factors.
        custom_answers: how many of these questions were answered correctly.
        custom_failures: how many wrong answers the present question has had.
    """

    client_id: str
    user: User
    device_key: str | None = None
    proven_by_srp: bool = False
    second_factor_proven: bool = False
    proven_device: str | None = None
    custom: bool = False
    custom_answers: int = 0
    custom_failures: int = 0


Reply = dict[str, Any]
"""What an operation of a sign-in replies: a challenge, or tokens."""

_SESSION_BYTES = 480
_REMEMBERED_SECONDS = 3600.0


@dataclass
class ChallengeSession:
    """One challenge that waits for its answer.

    Attributes:
        token: the text that the client sends back, unmodified.
        pending: the sign-in that the challenge belongs to.
        challenge: the challenge's name.
        expires: when it can no longer be answered, in seconds since the epoch.
        code: the code that was sent; `None` if no code was sent.
        proof: the data that a password proof is checked with; `None` for another challenge.
        software_token: the software token that is being set up, or `None`.
        wrong_answers: how many wrong answers it has had.
        token_sent: whether the client was given `token`; a password proof works without it.
        used: whether it can no longer be answered.
    """

    token: str
    pending: PendingSignIn
    challenge: str
    expires: float
    code: str | None = field(default=None, repr=False)
    proof: AwaitedProof | None = field(default=None, repr=False)
    software_token: SoftwareToken | None = field(default=None, repr=False)
    wrong_answers: int = 0
    token_sent: bool = True
    used: bool = False

    def reply(self, parameters: Mapping[str, str], **members: Any) -> Reply:
        """Return the reply that asks this challenge.

        Args:
            parameters: the `ChallengeParameters`.
            **members: further members of the reply, such as `AvailableChallenges`.
        """
        return {
            "ChallengeName": self.challenge,
            "Session": self.token,
            "ChallengeParameters": dict(parameters),
            **members,
        }


class ChallengeSessions:
    """The challenges of one pool that wait for an answer; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._sessions: dict[str, ChallengeSession] = {}
        self._by_secret_block: dict[str, ChallengeSession] = {}

    def open(
        self, pending: PendingSignIn, challenge: str, *, expires: float, now: float
    ) -> ChallengeSession:
        """Return a new session; times are in seconds since the epoch."""
        self._forget_old(now)
        token = base64url(os.urandom(_SESSION_BYTES))
        session = ChallengeSession(token, pending, challenge, expires)
        self._sessions[token] = session
        return session

    def attach_proof(self, session: ChallengeSession, proof: AwaitedProof) -> None:
        """Let a session be found by the secret block of a password proof."""
        session.proof = proof
        self._by_secret_block[proof.secret_block] = session

    def read(
        self, token: str, *, client_id: str, challenge: str, now: float, username: str | None = None
    ) -> ChallengeSession:
        """Return the session that an answer belongs to.

        Args:
            token: the session as the client sent it.
            client_id: the app client that answers.
            challenge: the challenge that is answered.
            now: the time, in seconds since the epoch.
            username: the name of the user who answers, as it was sent; `None` where the operation
                sends no name.

        Raises:
            PoolError: `NotAuthorizedException`: the session is expired, used or modified, or it
                belongs to another user.
        """
        return _checked(self._sessions.get(token), client_id, challenge, now, username)

    def read_by_secret_block(
        self, secret_block: str, *, client_id: str, challenge: str, now: float, username: str
    ) -> ChallengeSession:
        """Return the session of a password proof; see `read`."""
        session = self._by_secret_block.get(secret_block)
        return _checked(session, client_id, challenge, now, username)

    def find(self, token: str) -> ChallengeSession | None:
        """Return the session with this text, in any state, or `None`."""
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
        or (session.pending.client_id, session.challenge) != (client_id, challenge)
        or (username is not None and not session.pending.user.is_named(username))
    ):
        raise not_authorized("Invalid session for the user.")
    if now >= session.expires:
        raise not_authorized("Invalid session for the user, session is expired.")
    return session
