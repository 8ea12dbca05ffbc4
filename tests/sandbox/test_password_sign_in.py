"""USER_PASSWORD_AUTH: the order of its checks, the states of a user, and the lockout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import UserStatus
from sandbox.raw_client import FLOWS, PASSWORD, call, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def _initiate(sandbox: Sandbox, client_id: str, flow: str, **parameters: str) -> Any:
    return call(
        sandbox, "InitiateAuth", AuthFlow=flow, ClientId=client_id, AuthParameters=parameters
    )


def test_the_right_password_gives_three_tokens_for_an_hour(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    body = sign_in(sandbox, app_client, user.email, PASSWORD).body
    assert body["ChallengeParameters"] == {}
    result = body["AuthenticationResult"]
    assert set(result) == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
    assert (result["ExpiresIn"], result["TokenType"]) == (3600, "Bearer")


def test_the_workshops_user_and_both_app_clients_sign_in(sandbox: Sandbox) -> None:
    for client_id in (sandbox.client_id, sandbox.public_client_id):
        app_client = sandbox.pool.app_client(client_id)
        assert sign_in(sandbox, app_client, sandbox.username, sandbox.password).result


def test_a_user_name_is_found_in_any_case(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    assert sign_in(sandbox, app_client, user.email.upper(), PASSWORD).result


def test_an_unknown_app_client_is_named(sandbox: Sandbox) -> None:
    reply = _initiate(sandbox, "nosuchclient", "USER_PASSWORD_AUTH", USERNAME="a", PASSWORD="b")
    assert reply.refusal == (
        "ResourceNotFoundException",
        "User pool client nosuchclient does not exist.",
    )


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH flow not enabled for this client"),
        ("REFRESH_TOKEN", "REFRESH_TOKEN_AUTH flow not enabled for this client"),
        ("CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client."),
        ("USER_AUTH", "USER_AUTH is not enabled for the client."),
    ],
)
def test_a_flow_the_app_client_does_not_allow_is_refused_before_its_parameters(
    sandbox: Sandbox, flow: str, said: str
) -> None:
    closed = sandbox.pool.add_app_client("closed", explicit_auth_flows=())
    reply = _initiate(sandbox, closed.client_id, flow)
    assert reply.refusal == ("InvalidParameterException", said)


def test_an_app_client_does_not_allow_plain_passwords_by_default(
    sandbox: Sandbox,
) -> None:
    ordinary = sandbox.pool.add_app_client("ordinary")
    reply = _initiate(sandbox, ordinary.client_id, "USER_PASSWORD_AUTH")
    assert reply.refusal[1] == "USER_PASSWORD_AUTH flow not enabled for this client"


@pytest.mark.parametrize("flow", ["ADMIN_NO_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH"])
def test_an_administrators_flow_is_refused_here(
    sandbox: Sandbox, app_client: AppClient, flow: str
) -> None:
    reply = _initiate(sandbox, app_client.client_id, flow, USERNAME="a", PASSWORD="b")
    assert reply.refusal[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("parameters", "missing"),
    [
        ({}, "USERNAME"),
        ({"PASSWORD": "x"}, "USERNAME"),
        ({"USERNAME": "x"}, "PASSWORD"),
        ({"USERNAME": "x", "PASSWORD": ""}, "PASSWORD"),
    ],
)
def test_a_missing_parameter_is_named_before_the_hash_is_checked(
    sandbox: Sandbox, app_client: AppClient, parameters: dict[str, str], missing: str
) -> None:
    reply = _initiate(sandbox, app_client.client_id, "USER_PASSWORD_AUTH", **parameters)
    assert reply.refusal == ("InvalidParameterException", f"Missing required parameter {missing}")


def test_a_wrong_password_and_an_unknown_user_get_the_same_refusal(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    assert sign_in(sandbox, app_client, user.email, "wrong").refusal == WRONG
    assert sign_in(sandbox, app_client, "nobody@example.com", "wrong").refusal == WRONG


def test_the_legacy_setting_shows_that_a_user_does_not_exist(sandbox: Sandbox) -> None:
    legacy = sandbox.pool.add_app_client(
        "legacy", explicit_auth_flows=FLOWS, prevent_user_existence_errors=False
    )
    reply = sign_in(sandbox, legacy, "nobody@example.com", "wrong")
    assert reply.refusal == ("UserNotFoundException", "User does not exist.")


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (UserStatus.UNCONFIRMED, "UserNotConfirmedException", "User is not confirmed."),
        (
            UserStatus.RESET_REQUIRED,
            "PasswordResetRequiredException",
            "Password reset required for the user",
        ),
    ],
)
def test_the_state_of_an_account_is_shown_only_with_the_right_password(
    sandbox: Sandbox, app_client: AppClient, user: User, status: UserStatus, kind: str, said: str
) -> None:
    user.status = status
    assert sign_in(sandbox, app_client, user.email, PASSWORD).refusal == (kind, said)
    assert sign_in(sandbox, app_client, user.email, "wrong").refusal == WRONG


def test_a_disabled_user_is_refused_until_enabled_again(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    sandbox.pool.set_enabled(user.email, enabled=False)
    refused = sign_in(sandbox, app_client, user.email, PASSWORD)
    assert refused.refusal == ("NotAuthorizedException", "User is disabled.")
    sandbox.pool.set_enabled(user.email, enabled=True)
    assert sign_in(sandbox, app_client, user.email, PASSWORD).result


def test_an_administrators_reset_stops_the_password(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    sandbox.pool.require_reset(user.email)
    reply = sign_in(sandbox, app_client, user.email, PASSWORD)
    assert reply.refusal[0] == "PasswordResetRequiredException"


def test_a_deleted_user_is_unknown(sandbox: Sandbox, app_client: AppClient, user: User) -> None:
    sandbox.pool.delete_user(user.email)
    assert sign_in(sandbox, app_client, user.email, PASSWORD).refusal == WRONG


def test_two_users_cannot_share_an_e_mail_address(sandbox: Sandbox, user: User) -> None:
    with pytest.raises(ValueError, match="is taken"):
        sandbox.pool.add_user(email=user.email.upper())


LOCKED = ("NotAuthorizedException", "Password attempts exceeded")


def _fail(sandbox: Sandbox, app_client: AppClient, user: User, times: int) -> None:
    for _ in range(times):
        assert sign_in(sandbox, app_client, user.email, "wrong").refusal == WRONG


def test_the_fifth_wrong_password_locks_even_the_right_one_out(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    _fail(sandbox, app_client, user, 5)
    assert sign_in(sandbox, app_client, user.email, PASSWORD).refusal == LOCKED
    sandbox.clock.advance(1)
    assert sign_in(sandbox, app_client, user.email, PASSWORD).result


def test_each_further_failure_doubles_the_lockout_up_to_fifteen_minutes(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    _fail(sandbox, app_client, user, 5)
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        left = user.lockout.until - sandbox.clock.now()
        assert seconds - 1 < left <= seconds
        sandbox.clock.advance(seconds)
        _fail(sandbox, app_client, user, 1)


def test_an_attempt_during_the_lockout_does_not_extend_it(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    user.lockout.failures = 10
    _fail(sandbox, app_client, user, 1)
    until = user.lockout.until
    for _ in range(10):
        assert sign_in(sandbox, app_client, user.email, "wrong").refusal == LOCKED
    assert (user.lockout.until, user.lockout.failures) == (until, 11)


def test_a_success_forgets_earlier_failures(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    _fail(sandbox, app_client, user, 4)
    assert sign_in(sandbox, app_client, user.email, PASSWORD).result
    _fail(sandbox, app_client, user, 4)
    assert sign_in(sandbox, app_client, user.email, PASSWORD).result


def test_a_lockout_is_for_one_user(
    sandbox: Sandbox, app_client: AppClient, user: User, new_user: User
) -> None:
    _fail(sandbox, app_client, user, 5)
    assert sign_in(sandbox, app_client, new_user.email, PASSWORD).status == 200
