"""The flow USER_AUTH: the user chooses the first factor, among those that the pool allows.

It accepts a password, sent or proven, even where those flows are off (developer guide,
"Choice-based sign-in"). A user who needs a second factor can only begin with a password.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.pool import code_challenges
from osdu_auth.sandbox.pool.challenge_sessions import PendingSignIn
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter
from osdu_auth.sandbox.pool.next_challenge import next_challenge_or_tokens, second_factor_is_due
from osdu_auth.sandbox.pool.password_proofs import client_public_value
from osdu_auth.sandbox.pool.sign_in_checks import check_account, check_password, user_signing_in
from osdu_auth.sandbox.pool.srp_challenges import ask_password_proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

SELECT_CHALLENGE = "SELECT_CHALLENGE"
PASSWORD, PASSWORD_SRP, WEB_AUTHN = "PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"
SESSION_OF_CONFIRM_SIGN_UP = "ConfirmSignUp"
"""The name of a session that ConfirmSignUp gave; no challenge has the name of an operation."""


def configured_factors(pool: UserPool, user: User) -> tuple[str, ...]:
    """Return the first factors of a user, by the names that `GetUserAuthFactors` returns."""
    allowed = pool.settings.first_factors
    configured = {
        PASSWORD: PASSWORD in allowed and not user.passwordless,
        "EMAIL_OTP": "EMAIL_OTP" in allowed,
        "SMS_OTP": "SMS_OTP" in allowed and bool(user.phone_number),
        WEB_AUTHN: WEB_AUTHN in allowed and user.has_passkey,
    }
    return tuple(name for name, is_configured in configured.items() if is_configured)


def start_after_sign_up(
    pool: UserPool, app_client: AppClient, token: str, parameters: Mapping[str, str]
) -> Reply:
    """Return the reply to a user who has just confirmed a sign-up; its code was the first factor.

    Args:
        pool: the pool.
        app_client: the app client that asks.
        token: the session that `ConfirmSignUp` gave, valid once and for this app client.
        parameters: the `AuthParameters`.

    Raises:
        PoolError: it is another session, or the account may not sign in.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    now = pool.clock.now()
    session = pool.challenge_sessions.read(
        token,
        client_id=app_client.client_id,
        challenge=SESSION_OF_CONFIRM_SIGN_UP,
        now=now,
        username=username,
    )
    check_account(session.pending.user, now)
    reply = next_challenge_or_tokens(pool, session.pending)
    session.used = True
    return reply


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> Reply:
    """Return the reply to a user name and, if sent, a preferred challenge with its parameters.

    A preferred challenge that is not available is ignored, and the user is asked to choose.

    Args:
        pool: the pool.
        app_client: the app client that asks.
        parameters: the `AuthParameters`.

    Raises:
        PoolError: the sign-in is refused.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    user = user_signing_in(pool, app_client, username)
    pending = PendingSignIn(app_client.client_id, user, parameters.get("DEVICE_KEY"))
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred not in _available(pool, user):
        return _ask_choice(pool, pending)
    if preferred == PASSWORD and parameters.get("PASSWORD"):
        _check_plain_password(pool, user, parameters)
        return next_challenge_or_tokens(pool, pending)
    if preferred == PASSWORD_SRP and parameters.get("SRP_A"):
        return ask_password_proof(pool, pending, client_public_value(parameters))
    return _ask(pool, pending, preferred)


def answer_choice(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> Reply | None:
    """Accept a choice, and its parameters if they are in the same answer.

    Raises:
        PoolError: the choice is not available, or its parameters are missing or wrong.
    """
    chosen = responses.get("ANSWER")
    if not chosen:
        raise missing_parameter("ANSWER")
    if chosen not in _available(pool, session.pending.user):
        # The sentence is not published.
        raise invalid_parameter("The selected challenge is not available for the user")
    if chosen == PASSWORD:
        answer_password(pool, session, responses)
        return None
    if chosen == PASSWORD_SRP:
        return answer_password_srp(pool, session, responses)
    if chosen == WEB_AUTHN and responses.get("CREDENTIAL"):
        answer_web_authn(pool, session, responses)
    return _ask(pool, session.pending, chosen)


def answer_password(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Accept a plain password.

    Raises:
        PoolError: it is missing or wrong, or the account may not sign in.
    """
    if not responses.get("PASSWORD"):
        raise missing_parameter("PASSWORD")
    _check_plain_password(pool, session.pending.user, responses)


def answer_password_srp(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> Reply:
    """Return the challenge PASSWORD_VERIFIER for a public value.

    Raises:
        PoolError: the value is missing or not valid.
    """
    return ask_password_proof(pool, session.pending, client_public_value(responses))


def answer_web_authn(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Refuse a passkey: the sandbox offers the factor and cannot check one.

    Raises:
        PoolError: always; the sentence is the sandbox's own.
    """
    del pool, session
    if not responses.get("CREDENTIAL"):
        raise missing_parameter("CREDENTIAL")
    # The model declares no UnsupportedOperationException for an answer.
    raise invalid_parameter("The sandbox does not check passkeys.")


def _available(pool: UserPool, user: User) -> tuple[str, ...]:
    configured = configured_factors(pool, user)
    passwords = (PASSWORD, PASSWORD_SRP) if PASSWORD in configured else ()
    if second_factor_is_due(pool, user):
        return passwords
    return passwords + tuple(name for name in configured if name != PASSWORD)


def _ask_choice(pool: UserPool, pending: PendingSignIn) -> Reply:
    session = pool.open_session(pending, SELECT_CHALLENGE)
    available = list(_available(pool, pending.user))
    name = {"USERNAME": pending.user.username}
    return session.reply(name, AvailableChallenges=available)


def _ask(pool: UserPool, pending: PendingSignIn, challenge: str) -> Reply:
    if challenge in code_challenges.MEDIA:
        return code_challenges.ask_sent_code(pool, pending, challenge, first=True)
    parameters = {"USERNAME": pending.user.username}
    if challenge == WEB_AUTHN:
        parameters["CREDENTIAL_REQUEST_OPTIONS"] = _credential_request()
    return pool.open_session(pending, challenge).reply(parameters)


def _credential_request() -> str:
    """Return options in the form of WebAuthn Level 3, section 5.5."""
    options = {
        "challenge": identities.web_authn_challenge(),
        "timeout": 180_000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "preferred",
    }
    return json.dumps(options, separators=(",", ":"))


def _check_plain_password(pool: UserPool, user: User, parameters: Mapping[str, str]) -> None:
    now = pool.clock.now()
    check_password(user, parameters["PASSWORD"], now)
    check_account(user, now)
