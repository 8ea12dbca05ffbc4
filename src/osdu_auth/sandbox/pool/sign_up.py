"""The operations SignUp, ConfirmSignUp and ResendConfirmationCode.

Where the app client may use `USER_AUTH`, both steps give a session, and who has confirmed the
address signs in with the second one (API reference, "InitiateAuth", `Session`). The first one may
be sent to ConfirmSignUp; AWS Amplify does not, and is given the second one all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.account_requests import user_of
from osdu_auth.sandbox.pool.code_delivery import EMAIL, delivery_details, send_code
from osdu_auth.sandbox.pool.confirmation_codes import SIGN_UP
from osdu_auth.sandbox.pool.conversations import Conversation
from osdu_auth.sandbox.pool.errors import PoolError, invalid_parameter, not_authorized
from osdu_auth.sandbox.pool.questions import open_session
from osdu_auth.sandbox.pool.user_attributes import check_required, check_settable, is_email
from osdu_auth.sandbox.pool.user_auth import AFTER_SIGN_UP
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

_SESSION = "SignUp"


def sign_up(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `SignUp`: a user who must confirm an e-mail address within a day.

    Raises:
        PoolError: If the name is none or taken, or the password or an attribute is not good.
    """
    app_client = pool.app_client(body["ClientId"])
    username = body["Username"]
    app_client.check_first_secret_hash(body.get("SecretHash"), username)
    if not is_email(username):
        raise invalid_parameter("Username should be an email.")
    attributes = _attributes(pool, body)
    password = body.get("Password")
    _check_password(pool, app_client, password)
    if pool.find_user(username) is not None:
        raise PoolError(
            "UsernameExistsException", "An account with the given email already exists."
        )
    user = pool.add_user(
        email=username,
        password=password,
        status=UserStatus.UNCONFIRMED,
        attributes=attributes,
    )
    user.passwordless = password is None
    reply = {
        "UserConfirmed": False,
        "UserSub": user.username,
        "CodeDeliveryDetails": _send(pool, user),
    }
    return reply | _session_for(pool, app_client, user, _SESSION)


def confirm_sign_up(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ConfirmSignUp`: the user may sign in.

    Raises:
        PoolError: If the request, the session or the code is not good, or there is nothing to
            confirm.
    """
    user, now = user_of(pool, body, "ConfirmSignUp"), pool.clock.now()
    session = _session(pool, body)
    if user.exists and user.status is not UserStatus.UNCONFIRMED:
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status.value}")
    pool.confirmation_codes.check(user.username, SIGN_UP, body["ConfirmationCode"], now)
    pool.confirmation_codes.use_up(user.username, SIGN_UP)
    user.status, user.email_verified = UserStatus.CONFIRMED, True
    if session is not None:
        session.used = True
    return _session_for(pool, pool.app_client(body["ClientId"]), user, AFTER_SIGN_UP)


def resend_confirmation_code(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ResendConfirmationCode`: only the new code is good.

    Raises:
        PoolError: If the request is not good, or there is nothing to confirm.
    """
    user = user_of(pool, body, "ResendConfirmationCode")
    if user.exists and user.status is not UserStatus.UNCONFIRMED:
        raise invalid_parameter("User is already confirmed.")
    return {"CodeDeliveryDetails": _send(pool, user)}


def _session_for(
    pool: UserPool, app_client: AppClient, user: User, following: str
) -> dict[str, str]:
    if "ALLOW_USER_AUTH" not in app_client.explicit_auth_flows:
        return {}
    conversation = Conversation(app_client.client_id, user)
    return {"Session": open_session(pool, conversation, following).token}


def _session(pool: UserPool, body: Mapping[str, Any]) -> ChallengeSession | None:
    """Return the session that `SignUp` gave, where one is sent, before the code is looked at."""
    if body.get("Session") is None:
        return None
    return pool.challenge_sessions.read(
        body["Session"],
        client_id=body["ClientId"],
        challenge=_SESSION,
        now=pool.clock.now(),
        username=body["Username"],
    )


def _send(pool: UserPool, user: User) -> dict[str, str]:
    code = send_code(pool, user, EMAIL, SIGN_UP)
    pool.confirmation_codes.keep(user.username, SIGN_UP, code, pool.clock.now())
    return delivery_details(user, EMAIL)


def _check_password(pool: UserPool, app_client: AppClient, password: str | None) -> None:
    """Refuse a password that does not conform, and its absence where users need one.

    Who signs in with a code alone needs none (developer guide, "Passwordless sign-in").
    """
    if password is not None:
        pool.settings.password_policy.check(password)
        return
    codes = {"EMAIL_OTP", "SMS_OTP"}.intersection(pool.settings.first_factors)
    if not codes or "ALLOW_USER_AUTH" not in app_client.explicit_auth_flows:
        raise PoolError("InvalidPasswordException", "Password is required.")  # not published


def _attributes(pool: UserPool, body: Mapping[str, Any]) -> dict[str, str]:
    listed = body.get("UserAttributes") or []
    attributes = {item["Name"]: item.get("Value") or "" for item in listed}
    for name in attributes:
        check_settable(name)
    email = attributes.pop("email", body["Username"])
    if email.lower() != body["Username"].lower():
        raise invalid_parameter("The e-mail address is not the user name.")  # not published
    attributes = {name: value for name, value in attributes.items() if value}
    check_required(pool, attributes)
    return attributes
