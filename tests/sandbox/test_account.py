"""A forgotten password, a sign-up, a new password, and a sign-in after a sign-up."""

from __future__ import annotations

import re
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import UserStatus
from sandbox.raw_client import (
    ALL_FLOWS,
    PASSWORD,
    Reply,
    call,
    claims,
    hashed,
    initiate,
    secret_hash,
    sign_in,
)
from sandbox.srp_client import SrpSignIn

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

NEW = "Brand-New-Horse-8"
HOUR = 3600
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
_numbers = count(1)


def _ask(
    sandbox: Sandbox, app_client: AppClient, operation: str, name: str, **members: Any
) -> Reply:
    return call(
        sandbox,
        operation,
        ClientId=app_client.client_id,
        Username=name,
        **{"SecretHash": secret_hash(app_client, name), **members},
    )


def _reset(
    sandbox: Sandbox, app_client: AppClient, name: str, code: str, password: str = NEW
) -> Reply:
    members = {"ConfirmationCode": code, "Password": password}
    return _ask(sandbox, app_client, "ConfirmForgotPassword", name, **members)


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


# A forgotten password


def test_a_forgotten_password_is_replaced_by_a_code(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    reply = _ask(sandbox, open_client, "ForgotPassword", user.email)
    assert reply.body["CodeDeliveryDetails"] == {
        "Destination": f"{user.email[0]}***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    code = sandbox.outbox.last_code(user.email, "FORGOTTEN_PASSWORD")
    assert re.fullmatch("[0-9]{6}", code)
    assert _reset(sandbox, open_client, user.email, _other(code)).refusal == MISMATCH
    short = _reset(sandbox, open_client, user.email, code, "short")
    assert short.refusal[0] == "InvalidPasswordException"
    assert _reset(sandbox, open_client, user.email, code).body == {}
    assert _reset(sandbox, open_client, user.email, code).refusal == EXPIRED
    assert SrpSignIn(sandbox, open_client, user.email, NEW).run().result
    assert sign_in(sandbox, open_client, user.email, PASSWORD).refusal == WRONG


def test_a_new_password_ends_a_required_reset(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    sandbox.pool.require_reset(user.email)
    _ask(sandbox, open_client, "ForgotPassword", user.email)
    user.lockout.failures = 3
    code = sandbox.outbox.last_code(user.email)
    assert _reset(sandbox, open_client, user.email, code).status == 200
    assert (user.status, user.lockout.failures) == (UserStatus.CONFIRMED, 0)
    assert sign_in(sandbox, open_client, user.email, NEW).result


def test_a_reset_code_is_valid_for_an_hour_and_only_the_newest(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    _ask(sandbox, open_client, "ForgotPassword", user.email)
    first = sandbox.outbox.last_code(user.email)
    _ask(sandbox, open_client, "ForgotPassword", user.email)
    second = sandbox.outbox.last_code(user.email)
    if first != second:
        assert _reset(sandbox, open_client, user.email, first).refusal == MISMATCH
    sandbox.clock.advance(HOUR)
    assert _reset(sandbox, open_client, user.email, second).refusal == EXPIRED


def test_the_reply_for_a_forgotten_password_does_not_show_that_a_user_is_unknown(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    name = "no.such.person@example.com"
    reply = _ask(sandbox, open_client, "ForgotPassword", name)
    assert reply.body["CodeDeliveryDetails"]["Destination"] == "n***@e***"
    with pytest.raises(LookupError):
        sandbox.outbox.last_code(name)
    assert _reset(sandbox, open_client, name, "123456").refusal[0] == "CodeMismatchException"


@pytest.mark.parametrize(
    ("status", "enabled", "kind"),
    [
        (UserStatus.FORCE_CHANGE_PASSWORD, True, "NotAuthorizedException"),
        (UserStatus.UNCONFIRMED, True, "InvalidParameterException"),
        (UserStatus.CONFIRMED, False, "NotAuthorizedException"),
    ],
)
def test_an_account_in_another_state_gets_no_reset_code(
    sandbox: Sandbox,
    open_client: AppClient,
    user: User,
    status: UserStatus,
    enabled: bool,
    kind: str,
) -> None:
    user.status, user.enabled = status, enabled
    assert _ask(sandbox, open_client, "ForgotPassword", user.email).refusal[0] == kind
    assert not sandbox.outbox.sent_to(user.email)


@pytest.mark.parametrize(
    ("operation", "most", "members"),
    [
        ("ForgotPassword", 5, {}),
        ("ConfirmForgotPassword", 5, {"ConfirmationCode": "0", "Password": NEW}),
        ("ResendConfirmationCode", 5, {}),
        ("ConfirmSignUp", 15, {"ConfirmationCode": "0"}),
    ],
)
def test_the_attempts_in_an_hour_are_limited(
    sandbox: Sandbox,
    open_client: AppClient,
    user: User,
    operation: str,
    most: int,
    members: dict[str, str],
) -> None:
    if "Sign" in operation or "Resend" in operation:
        user.status = UserStatus.UNCONFIRMED
    for _ in range(most):
        reply = _ask(sandbox, open_client, operation, user.email, **members)
        assert reply.status == 200 or reply.refusal != LIMIT
    assert _ask(sandbox, open_client, operation, user.email, **members).refusal == LIMIT
    sandbox.clock.advance(HOUR)
    reply = _ask(sandbox, open_client, operation, user.email, **members)
    assert reply.status == 200 or reply.refusal != LIMIT


# Signing up


def _sign_up(sandbox: Sandbox, app_client: AppClient, name: str, **members: Any) -> Reply:
    attributes = [
        {"Name": "given_name", "Value": "Grace"},
        {"Name": "family_name", "Value": "Newcomer"},
    ]
    members = {"Password": PASSWORD, "UserAttributes": attributes, **members}
    return _ask(sandbox, app_client, "SignUp", name, **members)


def _name() -> str:
    return f"signup{next(_numbers)}@example.com"


def test_a_new_user_signs_up_confirms_the_address_and_signs_in(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    name = _name()
    body = _sign_up(sandbox, open_client, name).body
    assert body["UserConfirmed"] is False
    assert body["UserSub"] == sandbox.pool.user(name).username
    assert body["CodeDeliveryDetails"]["AttributeName"] == "email"
    early = SrpSignIn(sandbox, open_client, name).run()
    assert early.refusal == ("UserNotConfirmedException", "User is not confirmed.")
    code = sandbox.outbox.last_code(name, "SIGN_UP")
    confirm = partial(_ask, sandbox, open_client, "ConfirmSignUp", name)
    assert confirm(ConfirmationCode=_other(code)).refusal == MISMATCH
    assert list(confirm(ConfirmationCode=code).body) == ["Session"]
    assert confirm(ConfirmationCode=code).refusal == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )
    assert SrpSignIn(sandbox, open_client, name).run().result


def test_a_sign_up_code_is_valid_for_a_day_and_can_be_sent_again(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    name = _name()
    _sign_up(sandbox, open_client, name)
    code = sandbox.outbox.last_code(name)
    sandbox.clock.advance(24 * HOUR)
    confirm = partial(_ask, sandbox, open_client, "ConfirmSignUp", name)
    assert confirm(ConfirmationCode=code).refusal == EXPIRED
    again = _ask(sandbox, open_client, "ResendConfirmationCode", name)
    assert again.body["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    code = sandbox.outbox.last_code(name)
    assert confirm(ConfirmationCode=code).status == 200
    assert _ask(sandbox, open_client, "ResendConfirmationCode", name).refusal == (
        "InvalidParameterException",
        "User is already confirmed.",
    )


@pytest.mark.parametrize(
    ("members", "kind", "said"),
    [
        ({"Password": "short"}, "InvalidPasswordException", "not long enough"),
        ({"UserAttributes": []}, "InvalidParameterException", "given_name is required"),
        (
            {"UserAttributes": [{"Name": "sub", "Value": "x"}]},
            "InvalidParameterException",
            "non-mutable attribute sub",
        ),
        ({"UserAttributes": ["x"]}, "SerializationException", "structure or map"),
        ({"UserAttributes": [{"Value": "x"}]}, "InvalidParameterException", "1.member.name"),
        ({"UserAttributes": [None]}, "InvalidParameterException", "not be null"),
        ({"Password": " padded-Pass-1 "}, "InvalidParameterException", "'password' failed"),
    ],
)
def test_a_sign_up_that_does_not_conform_adds_no_user(
    sandbox: Sandbox, open_client: AppClient, members: Any, kind: str, said: str
) -> None:
    name = _name()
    reply = _sign_up(sandbox, open_client, name, **members)
    assert reply.refusal[0] == kind
    assert said in reply.refusal[1]
    assert sandbox.pool.find_user(name) is None


def test_a_user_name_that_is_taken_or_no_address_is_refused(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    taken = _sign_up(sandbox, open_client, user.email.upper())
    assert taken.refusal == (
        "UsernameExistsException",
        "An account with the given email already exists.",
    )
    plain = _sign_up(sandbox, open_client, "grace")
    assert plain.refusal == ("InvalidParameterException", "Username should be an email.")


@pytest.mark.parametrize(
    "operation",
    [
        "ForgotPassword",
        "ConfirmForgotPassword",
        "SignUp",
        "ConfirmSignUp",
        "ResendConfirmationCode",
    ],
)
def test_operations_on_an_account_need_the_secret_hash(
    sandbox: Sandbox, open_client: AppClient, user: User, operation: str
) -> None:
    members = {"ConfirmationCode": "1", "Password": NEW}
    for given, said in (("AAAA", "Unable to verify secret hash"), (None, "was not received")):
        reply = _ask(sandbox, open_client, operation, user.email, SecretHash=given, **members)
        assert reply.refusal[0] == "NotAuthorizedException"
        assert said in reply.refusal[1]


# A new password


def _change(sandbox: Sandbox, token: str, old: str, new: str) -> Reply:
    return call(
        sandbox, "ChangePassword", AccessToken=token, PreviousPassword=old, ProposedPassword=new
    )


def test_a_signed_in_user_changes_the_password(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    token = sandbox.issue_tokens(user.email)["AccessToken"]
    assert _change(sandbox, token, "wrong", NEW).refusal == WRONG
    assert _change(sandbox, token, PASSWORD, "short").refusal[0] == "InvalidPasswordException"
    assert _change(sandbox, token, PASSWORD, NEW).body == {}
    assert SrpSignIn(sandbox, open_client, user.email, NEW).run().result
    assert call(sandbox, "GetUser", AccessToken=token).status == 200


def test_wrong_previous_passwords_count_towards_the_lockout(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    token = sandbox.issue_tokens(user.email)["AccessToken"]
    for _ in range(4):
        assert _change(sandbox, token, "wrong", NEW).refusal == WRONG
    assert sign_in(sandbox, open_client, user.email, "wrong").refusal == WRONG
    locked = ("NotAuthorizedException", "Password attempts exceeded")
    assert _change(sandbox, token, PASSWORD, NEW).refusal == locked
    assert _change(sandbox, token, PASSWORD, NEW).refusal == LIMIT


def test_an_invalid_access_token_changes_nothing(sandbox: Sandbox) -> None:
    reply = _change(sandbox, "a.b.c", PASSWORD, NEW)
    assert reply.refusal == ("NotAuthorizedException", "Invalid Access Token")


# A sign-in after a sign-up


def _sign_up_openly(sandbox: Sandbox, name: str, **members: Any) -> tuple[AppClient, Any]:
    app_client = sandbox.pool.add_app_client(
        "open", generate_secret=True, explicit_auth_flows=ALL_FLOWS
    )
    return app_client, _sign_up(sandbox, app_client, name, **members).body


def _confirm_sign_up(sandbox: Sandbox, app_client: AppClient, name: str, session: str) -> Reply:
    code = sandbox.outbox.last_code(name, "SIGN_UP")
    return _ask(sandbox, app_client, "ConfirmSignUp", name, ConfirmationCode=code, Session=session)


def _start(sandbox: Sandbox, app_client: AppClient, name: str, session: str, flow: str) -> Reply:
    return call(
        sandbox,
        "InitiateAuth",
        AuthFlow=flow,
        ClientId=app_client.client_id,
        AuthParameters={"USERNAME": name, **hashed(app_client, name), "PASSWORD": PASSWORD},
        Session=session,
    )


def test_a_new_user_is_signed_in_once_by_the_sessions_of_the_sign_up(sandbox: Sandbox) -> None:
    name = _name()
    app_client, body = _sign_up_openly(sandbox, name)
    session = _confirm_sign_up(sandbox, app_client, name, body["Session"]).body["Session"]
    result = _start(sandbox, app_client, name, session, "USER_AUTH").result
    assert claims(result["AccessToken"])["username"] == body["UserSub"]
    again = _start(sandbox, app_client, name, session, "USER_AUTH")
    assert again.refusal == ("NotAuthorizedException", "Invalid session for the user.")


def test_an_invented_or_another_user_s_session_does_not_use_up_the_code(sandbox: Sandbox) -> None:
    name, other = _name(), _name()
    app_client, body = _sign_up_openly(sandbox, name)
    _, foreign = _sign_up_openly(sandbox, other)
    invalid = ("NotAuthorizedException", "Invalid session for the user.")
    for session in ("invented" * 4, foreign["Session"]):
        assert _confirm_sign_up(sandbox, app_client, name, session).refusal == invalid
        assert _start(sandbox, app_client, name, session, "USER_AUTH").refusal == invalid
    # The session of SignUp is not that of ConfirmSignUp, and it is still valid for ConfirmSignUp.
    assert _start(sandbox, app_client, name, body["Session"], "USER_AUTH").refusal == invalid
    good = _confirm_sign_up(sandbox, app_client, name, body["Session"]).body["Session"]
    assert _start(sandbox, app_client, name, good, "USER_PASSWORD_AUTH").refusal[0] == (
        "InvalidParameterException"
    )
    sandbox.clock.advance(181)
    expired = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
    assert _start(sandbox, app_client, name, good, "USER_AUTH").refusal == expired


def test_only_an_app_client_that_may_use_user_auth_gets_a_session_at_sign_up(
    sandbox: Sandbox, app_client: AppClient
) -> None:
    name = _name()
    assert "Session" not in _sign_up(sandbox, app_client, name).body
    code = sandbox.outbox.last_code(name, "SIGN_UP")
    confirmed = _ask(sandbox, app_client, "ConfirmSignUp", name, ConfirmationCode=code)
    assert confirmed.body == {}


def test_a_user_who_signs_in_by_code_needs_no_password(
    sandbox: Sandbox, app_client: AppClient
) -> None:
    name = _name()
    open_client, body = _sign_up_openly(sandbox, name, Password=None)
    assert _confirm_sign_up(sandbox, open_client, name, body["Session"]).status == 200
    offered = initiate(sandbox, open_client, "USER_AUTH", USERNAME=name).body
    assert offered["AvailableChallenges"] == ["EMAIL_OTP"]
    refused = _sign_up(sandbox, app_client, _name(), Password=None)
    assert refused.refusal[0] == "InvalidPasswordException"
