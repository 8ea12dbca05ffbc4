"""The operations of a user who is not signed in: sign up, and replace a forgotten password.

Where the app client may use `USER_AUTH`, SignUp and ConfirmSignUp each return a session, and a user
who has confirmed the address signs in with the second one (API reference, "InitiateAuth",
`Session`). A client may send the first one to ConfirmSignUp; AWS Amplify does not send
it, and also gets the second one.

For a user name that does not exist, the answers do not show that (developer guide, "Managing error
responses").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.challenge_sessions import PendingSignIn
from osdu_auth.sandbox.pool.code_delivery import EMAIL, delivery_details, send_code
from osdu_auth.sandbox.pool.confirmation_codes import FORGOTTEN_PASSWORD, SIGN_UP
from osdu_auth.sandbox.pool.errors import (
    PoolError,
    disabled_user,
    invalid_parameter,
    not_authorized,
)
from osdu_auth.sandbox.pool.sign_in_checks import user_signing_in
from osdu_auth.sandbox.pool.user_attributes import check_required, check_settable, is_email
from osdu_auth.sandbox.pool.user_auth import SESSION_OF_CONFIRM_SIGN_UP
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

_SESSION_OF_SIGN_UP = "SignUp"


def sign_up(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `SignUp`: a user who must confirm an e-mail address within a day.

    Raises:
        PoolError: the user name is no e-mail address or is taken, or the password or an attribute
            is not valid.
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
        "CodeDeliveryDetails": _send_code(pool, user),
    }
    return reply | _session_for(pool, app_client, user, _SESSION_OF_SIGN_UP)


def confirm_sign_up(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ConfirmSignUp`: the user may sign in.

    Raises:
        PoolError: the request, the session or the code is not valid, or there is nothing to
            confirm.
    """
    user, now = _user_of(pool, body, "ConfirmSignUp"), pool.clock.now()
    session = _session(pool, body)
    if user.exists and user.status is not UserStatus.UNCONFIRMED:
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status.value}")
    pool.confirmation_codes.check(user.username, SIGN_UP, body["ConfirmationCode"], now)
    pool.confirmation_codes.use_up(user.username, SIGN_UP)
    user.status, user.email_verified = UserStatus.CONFIRMED, True
    if session is not None:
        session.used = True
    return _session_for(pool, pool.app_client(body["ClientId"]), user, SESSION_OF_CONFIRM_SIGN_UP)


def resend_confirmation_code(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ResendConfirmationCode`; from now on only the new code is valid.

    Raises:
        PoolError: the request is not valid, or there is nothing to confirm.
    """
    user = _user_of(pool, body, "ResendConfirmationCode")
    if user.exists and user.status is not UserStatus.UNCONFIRMED:
        raise invalid_parameter("User is already confirmed.")
    return {"CodeDeliveryDetails": _send_code(pool, user)}


def forgot_password(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ForgotPassword`: the pool sends a code, which is valid for an hour.

    Raises:
        PoolError: the request is not valid, or the state of the account forbids it.
    """
    user = _user_of(pool, body, "ForgotPassword")
    if not user.enabled:
        raise disabled_user()
    if user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        raise not_authorized("User password cannot be reset in the current state.")
    if user.status is UserStatus.UNCONFIRMED or not user.email_verified:
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or "
            "phone_number"
        )
    code = send_code(pool, user, EMAIL, FORGOTTEN_PASSWORD)
    now = pool.clock.now()
    pool.confirmation_codes.expect(user.username, FORGOTTEN_PASSWORD, code, now)
    return {"CodeDeliveryDetails": delivery_details(user, EMAIL)}


def confirm_forgot_password(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ConfirmForgotPassword`: the user has the new password.

    Raises:
        PoolError: the request, the code or the new password is not valid.
    """
    user, now = _user_of(pool, body, "ConfirmForgotPassword"), pool.clock.now()
    pool.confirmation_codes.check(user.username, FORGOTTEN_PASSWORD, body["ConfirmationCode"], now)
    pool.settings.password_policy.check(body["Password"])
    pool.confirmation_codes.use_up(user.username, FORGOTTEN_PASSWORD)
    user.set_password(body["Password"])
    user.status = UserStatus.CONFIRMED
    user.lockout.clear()
    return {}


def _user_of(pool: UserPool, body: Mapping[str, Any], operation: str) -> User:
    """Return the user whom a request names, and count the request.

    Args:
        pool: the pool.
        body: the request.
        operation: the operation's name.

    Raises:
        PoolError: the secret hash is not valid, the user does not exist and the app client may know
            that, or the last hour had too many attempts.
    """
    app_client = pool.app_client(body["ClientId"])
    app_client.check_first_secret_hash(body.get("SecretHash"), body["Username"])
    user = user_signing_in(pool, app_client, body["Username"])
    pool.attempt_limits.count(user.username, operation, pool.clock.now())
    return user


def _session_for(
    pool: UserPool, app_client: AppClient, user: User, challenge: str
) -> dict[str, str]:
    if "ALLOW_USER_AUTH" not in app_client.explicit_auth_flows:
        return {}
    pending = PendingSignIn(app_client.client_id, user)
    return {"Session": pool.open_session(pending, challenge).token}


def _session(pool: UserPool, body: Mapping[str, Any]) -> ChallengeSession | None:
    """Return the session that `SignUp` gave, if the client sent one."""
    if body.get("Session") is None:
        return None
    return pool.challenge_sessions.read(
        body["Session"],
        client_id=body["ClientId"],
        challenge=_SESSION_OF_SIGN_UP,
        now=pool.clock.now(),
        username=body["Username"],
    )


def _send_code(pool: UserPool, user: User) -> dict[str, str]:
    code = send_code(pool, user, EMAIL, SIGN_UP)
    pool.confirmation_codes.expect(user.username, SIGN_UP, code, pool.clock.now())
    return delivery_details(user, EMAIL)


def _check_password(pool: UserPool, app_client: AppClient, password: str | None) -> None:
    """Refuse a password that does not conform, and a sign-up without one where users need one.

    A user who signs in with codes needs no password (developer guide, "Passwordless sign-in").
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
