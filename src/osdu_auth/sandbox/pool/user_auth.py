"""The flow USER_AUTH: the user chooses what to begin with, from what the pool allows.

It asks for a password, plain or proven, even where those flows are off (developer guide,
"Choice-based sign-in"); who owes a second factor can begin with nothing but a password.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.pool import code_challenges, second_factors, user_srp_auth
from osdu_auth.sandbox.pool.conversations import Conversation
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter
from osdu_auth.sandbox.pool.next_step import next_step
from osdu_auth.sandbox.pool.password_proofs import client_public_value
from osdu_auth.sandbox.pool.password_sign_in import check_account, check_password, who_signs_in
from osdu_auth.sandbox.pool.questions import open_session, question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

SELECT_CHALLENGE = "SELECT_CHALLENGE"
PASSWORD, PASSWORD_SRP, WEB_AUTHN = "PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"
AFTER_SIGN_UP = "ConfirmSignUp"
"""What a session of ConfirmSignUp is for; no challenge has the name of an operation."""


def configured_factors(pool: UserPool, user: User) -> tuple[str, ...]:
    """Return what a user's sign-in may begin with, as `GetUserAuthFactors` names it."""
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
    """Return the reply to who has just confirmed a sign-up: the code of that was the first factor.

    Args:
        pool: The pool.
        app_client: The app client that asks.
        token: The session that `ConfirmSignUp` gave, good once and for this app client.
        parameters: The `AuthParameters`.

    Raises:
        PoolError: If the session is another one, or whatever else forbids the sign-in.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    now = pool.clock.now()
    session = pool.challenge_sessions.read(
        token,
        client_id=app_client.client_id,
        challenge=AFTER_SIGN_UP,
        now=now,
        username=username,
    )
    check_account(session.conversation.user, now)
    reply = next_step(pool, session.conversation)
    session.used = True
    return reply


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> Reply:
    """Return the reply to a user name and, perhaps, a preference and what it needs.

    A preference that is not available is passed over, and the choice is asked for.

    Args:
        pool: The pool.
        app_client: The app client that asks.
        parameters: The `AuthParameters`.

    Raises:
        PoolError: Whatever forbids the sign-in.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    user = who_signs_in(pool, app_client, username)
    conversation = Conversation(app_client.client_id, user, parameters.get("DEVICE_KEY"))
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred not in _available(pool, user):
        return _ask_choice(pool, conversation)
    if preferred == PASSWORD and parameters.get("PASSWORD"):
        _check_plain_password(pool, user, parameters)
        return next_step(pool, conversation)
    if preferred == PASSWORD_SRP and parameters.get("SRP_A"):
        return user_srp_auth.ask(pool, conversation, client_public_value(parameters))
    return _ask(pool, conversation, preferred)


def answer_choice(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> Reply | None:
    """Accept a choice, and what it needs in the same answer.

    Raises:
        PoolError: If the choice is not available, or what it needs is missing or wrong.
    """
    chosen = responses.get("ANSWER")
    if not chosen:
        raise missing_parameter("ANSWER")
    if chosen not in _available(pool, session.conversation.user):
        # The sentence is not published.
        raise invalid_parameter("The selected challenge is not available for the user")
    if chosen == PASSWORD:
        answer_password(pool, session, responses)
        return None
    if chosen == PASSWORD_SRP:
        return answer_password_srp(pool, session, responses)
    if chosen == WEB_AUTHN and responses.get("CREDENTIAL"):
        answer_web_authn(pool, session, responses)
    return _ask(pool, session.conversation, chosen)


def answer_password(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Accept a plain password.

    Raises:
        PoolError: If it is missing or wrong, or the account may not sign in.
    """
    if not responses.get("PASSWORD"):
        raise missing_parameter("PASSWORD")
    _check_plain_password(pool, session.conversation.user, responses)


def answer_password_srp(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> Reply:
    """Return the challenge PASSWORD_VERIFIER for a public value.

    Raises:
        PoolError: If the value is missing or not good.
    """
    return user_srp_auth.ask(pool, session.conversation, client_public_value(responses))


def answer_web_authn(
    pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]
) -> None:
    """Refuse a passkey: the sandbox offers the factor and cannot check one.

    Raises:
        PoolError: Always; the sentence is the sandbox's own.
    """
    del pool, session
    if not responses.get("CREDENTIAL"):
        raise missing_parameter("CREDENTIAL")
    # The model declares no UnsupportedOperationException for an answer.
    raise invalid_parameter("The sandbox does not check passkeys.")


def _available(pool: UserPool, user: User) -> tuple[str, ...]:
    configured = configured_factors(pool, user)
    passwords = (PASSWORD, PASSWORD_SRP) if PASSWORD in configured else ()
    if second_factors.is_due(pool, user):
        return passwords
    return passwords + tuple(name for name in configured if name != PASSWORD)


def _ask_choice(pool: UserPool, conversation: Conversation) -> Reply:
    session = open_session(pool, conversation, SELECT_CHALLENGE)
    available = list(_available(pool, conversation.user))
    name = {"USERNAME": conversation.user.username}
    return question(session, name, AvailableChallenges=available)


def _ask(pool: UserPool, conversation: Conversation, challenge: str) -> Reply:
    if challenge in code_challenges.MEDIA:
        return code_challenges.ask(pool, conversation, challenge, first=True)
    parameters = {"USERNAME": conversation.user.username}
    if challenge == WEB_AUTHN:
        parameters["CREDENTIAL_REQUEST_OPTIONS"] = _credential_request()
    return question(open_session(pool, conversation, challenge), parameters)


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
