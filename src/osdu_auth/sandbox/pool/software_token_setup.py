"""The set-up of a software token: AssociateSoftwareToken, VerifySoftwareToken, then MFA_SETUP.

A signed-in user sets it up with an access token. In a sign-in it is set up with sessions: each step
gives a session for the next step, and only the last session is an answer to MFA_SETUP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.code_challenges import SOFTWARE_TOKEN_MFA, count_wrong_answer
from osdu_auth.sandbox.pool.errors import (
    PoolError,
    invalid_access_token,
    invalid_parameter,
    not_authorized,
)
from osdu_auth.sandbox.pool.next_challenge import MFA_SETUP
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken
from osdu_auth.sandbox.pool.tokens import user_of_access_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.user_pool import UserPool


def associate_software_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `AssociateSoftwareToken`: a new secret, without effect until verified.

    Raises:
        PoolError: neither the access token nor the session is valid for this, or the pool has no
            software tokens.
    """
    token = SoftwareToken()
    if body.get("AccessToken"):
        # The model declares no UserNotFoundException here.
        user = user_of_access_token(pool, body["AccessToken"], if_missing=invalid_access_token)
        _check_allowed(pool)
        user.pending_software_token = token
        return {"SecretCode": token.text}
    session = _session(pool, body)
    _check_allowed(pool)
    return {"SecretCode": token.text, "Session": _next_session(pool, session, token)}


def verify_software_token(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `VerifySoftwareToken`: from now on the secret is the user's.

    Raises:
        PoolError: the code is wrong, or there is nothing to verify.
    """
    if body.get("AccessToken"):
        user = user_of_access_token(pool, body["AccessToken"])
        token = _unverified(user.pending_software_token)
        if not _verify(pool, token, body):
            user.lockout.fail(pool.clock.now())
            raise _code_mismatch()
        user.software_token, user.pending_software_token = token, None
        return {"Status": "SUCCESS"}
    session = _session(pool, body)
    token = _unverified(session.software_token)
    if not _verify(pool, token, body):
        count_wrong_answer(pool, session)
        raise _code_mismatch()
    return {"Status": "SUCCESS", "Session": _next_session(pool, session, token)}


def answer(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Accept the end of a set-up: the session that `VerifySoftwareToken` gave.

    Raises:
        PoolError: it is another session.
    """
    del pool, responses
    token = session.software_token
    if token is None or not token.verified:
        # The API reference lists this type; the sentence is not published.
        raise PoolError(
            "SoftwareTokenMFANotFoundException",
            "Software token TOTP multi-factor authentication (MFA) is not set up for the user.",
        )
    user = session.pending.user
    user.software_token = token
    user.mfa = tuple(dict.fromkeys((*user.mfa, SOFTWARE_TOKEN_MFA)))
    session.pending.second_factor_proven = True


def _session(pool: UserPool, body: Mapping[str, Any]) -> ChallengeSession:
    if not body.get("Session"):
        raise invalid_parameter("Either the access token or the session must be provided")
    known = pool.challenge_sessions.find(body["Session"])
    if known is None:
        raise not_authorized("Invalid session for the user.")
    session = pool.challenge_sessions.read(
        body["Session"],
        client_id=known.pending.client_id,
        challenge=MFA_SETUP,
        now=pool.clock.now(),
    )
    session.pending.user.check_not_locked(pool.clock.now())
    return session


def _next_session(pool: UserPool, session: ChallengeSession, token: SoftwareToken) -> str:
    following = pool.open_session(session.pending, MFA_SETUP)
    following.software_token = token
    session.used = True
    return following.token


def _verify(pool: UserPool, token: SoftwareToken, body: Mapping[str, Any]) -> bool:
    step = token.step_of(body["UserCode"], pool.clock.now())
    if step is None:
        return False
    # The code that was sent here must not be valid for a sign-in too.
    token.use_up(step)
    token.verified = True
    token.friendly_name = body.get("FriendlyDeviceName") or ""
    return True


def _unverified(token: SoftwareToken | None) -> SoftwareToken:
    if token is None or token.verified:
        # The API reference lists this type; the sentence is not published.
        raise PoolError(
            "SoftwareTokenMFANotFoundException", "There is no software token to verify."
        )
    return token


def _check_allowed(pool: UserPool) -> None:
    if SOFTWARE_TOKEN_MFA not in pool.settings.mfa_factors:
        raise PoolError(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled by the userPool",
        )


def _code_mismatch() -> PoolError:
    return PoolError("EnableSoftwareTokenMFAException", "Code mismatch")
