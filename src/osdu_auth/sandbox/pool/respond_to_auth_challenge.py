"""The operation RespondToAuthChallenge: whose answer is it, to which question, and what now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import new_password_required
from .errors import PoolError, disabled_user, missing_parameter
from .input_shapes import CLIENT_ID, CONTEXT, SESSION, Shape, Text, TextMap
from .next_step import signed_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .user_pool import UserPool
    from .users import User

    Answer = Callable[[UserPool, User, Mapping[str, str]], None]

CHALLENGES: dict[str, Answer] = {
    new_password_required.NAME: new_password_required.answer,
}

_CHALLENGE_NAMES = (
    "SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE", "MFA_SETUP",
    "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "DEVICE_SRP_AUTH",
    "DEVICE_PASSWORD_VERIFIER", "ADMIN_NO_SRP_AUTH", "NEW_PASSWORD_REQUIRED", "SMS_OTP",
    "PASSWORD", "WEB_AUTHN", "PASSWORD_SRP",
)  # fmt: skip

SHAPE: Shape = {
    "ClientId": CLIENT_ID,
    "ChallengeName": Text(required=True, sensitive=False, values=_CHALLENGE_NAMES),
    "Session": SESSION,
    "ChallengeResponses": TextMap(),
    **CONTEXT,
}


def respond_to_auth_challenge(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `RespondToAuthChallenge`; a refused answer may be tried again.

    Raises:
        PoolError: If the answer is nobody's, too late, or refused by the challenge.
    """
    app_client = pool.app_client(body["ClientId"])
    responses: Mapping[str, str] = body.get("ChallengeResponses") or {}
    username = responses.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_secret_hash(responses.get("SECRET_HASH"), username)
    challenge = body["ChallengeName"]
    answer = CHALLENGES.get(challenge)
    if answer is None:
        raise PoolError("UnsupportedOperationException", f"The sandbox does not ask {challenge}.")
    if not body.get("Session"):
        raise missing_parameter("Session")
    user = pool.find_user(username)
    session = pool.challenge_sessions.read(
        body["Session"],
        username=user.username if user else None,
        client_id=app_client.client_id,
        challenge=challenge,
        now=pool.clock.now(),
    )
    user = pool.user(session.username)
    if not user.enabled:
        raise disabled_user()
    answer(pool, user, responses)
    session.used = True
    return signed_in(pool, app_client, user)
