"""The contract of both transports: the same values and the same errors from the same server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.cognito.app_client import AppClient
from osdu_auth.cognito.challenges import unattended
from osdu_auth.cognito.replies import ChallengeReply, User
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.errors import (
    ConfigurationError,
    OsduAuthError,
    ServiceBusy,
    SignInRefused,
    Unreachable,
    UnusableReply,
)
from osdu_auth.secret import Secret
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.tokens import TokenSet

JSON_1_1 = "application/x-amz-json-1.1"


@pytest.fixture
def tokens(pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> TokenSet:
    issued = sign_in(
        pool, app_client, sandbox.username, Secret(sandbox.password), unattended
    ).tokens
    sandbox.requests.clear()
    return issued


def sign_in_now(pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> TokenSet:
    return sign_in(pool, app_client, sandbox.username, Secret(sandbox.password), unattended).tokens


def test_a_sign_in_is_one_request_and_gives_three_tokens_for_an_hour(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    tokens = sign_in_now(pool, app_client, sandbox)
    assert [request.operation for request in sandbox.requests] == ["InitiateAuth"]
    assert tokens.id_token
    assert tokens.refresh_token
    assert tokens.expires_at - tokens.issued_at == 3600


def test_a_public_app_client_needs_no_secret(
    pool: UserPoolApi, public_client: AppClient, sandbox: Sandbox
) -> None:
    assert sign_in_now(pool, public_client, sandbox).access_token


def test_a_service_account_gets_its_token_by_one_request(
    pool: UserPoolApi, sandbox: Sandbox
) -> None:
    client = AppClient(sandbox.service_client_id, Secret(sandbox.service_client_secret))
    sandbox.requests.clear()
    result = pool.get_client_token(client, (sandbox.service_scope,))
    assert [request.operation for request in sandbox.requests] == ["GetClientToken"]
    assert unverified_claims(result.access_token)["scope"] == sandbox.service_scope
    assert (result.expires_in, result.refresh_token) == (3600, None)
    for scopes, secret, code in (
        (("another",), client.client_secret, "OA-A714"),
        ((), Secret("another1secret2of3twenty4"), "OA-A710"),
    ):
        with pytest.raises(ConfigurationError) as refused:
            pool.get_client_token(client._replace(client_secret=secret), scopes)
        assert refused.value.code == code


def test_the_pool_says_who_the_user_is(
    pool: UserPoolApi, tokens: TokenSet, sandbox: Sandbox
) -> None:
    user = pool.get_user(tokens.access_token)
    assert user == User(tokens.unverified_username, user.attributes)
    assert user.attributes["email"] == sandbox.username


def test_a_challenge_arrives_unchanged(
    pool: UserPoolApi, public_client: AppClient, sandbox: Sandbox
) -> None:
    received = pool.begin_sign_in(
        public_client,
        "USER_PASSWORD_AUTH",
        {"USERNAME": sandbox.new_username, "PASSWORD": Secret(sandbox.temporary_password)},
    )
    assert isinstance(received, ChallengeReply)
    assert received.name == "NEW_PASSWORD_REQUIRED"
    assert received.session
    assert "requiredAttributes" in received.parameters


def test_revoking_ends_one_session_and_signing_out_everywhere_ends_all(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    other = sign_in_now(pool, app_client, sandbox)
    assert tokens.refresh_token
    pool.revoke_token(app_client, tokens.refresh_token)
    with pytest.raises(OsduAuthError, match="OA-S420"):
        pool.get_user(tokens.access_token)
    assert pool.get_user(other.access_token).username
    pool.global_sign_out(other.access_token)
    with pytest.raises(OsduAuthError, match="OA-S420"):
        pool.get_user(other.access_token)


BAD_REPLIES: list[tuple[Any, str]] = [
    ({}, "OA-N634"),
    ({"AuthenticationResult": {}}, "OA-N634"),
    ({"ChallengeName": ""}, "OA-N634"),
    ({"AuthenticationResult": {"IdToken": "a"}}, "OA-N635"),
    ({"AuthenticationResult": {"AccessToken": ""}}, "OA-N635"),
    ({"AuthenticationResult": {"AccessToken": "a b"}}, "OA-N635"),
    ({"AuthenticationResult": {"AccessToken": "a\r\nX: y"}}, "OA-N635"),
    ({"AuthenticationResult": {"AccessToken": "a.b.c", "TokenType": "DPoP"}}, "OA-N635"),
    ({"AuthenticationResult": {"AccessToken": "a.b.c"}}, "OA-N637"),
    ({"AuthenticationResult": {"AccessToken": "a.b.c", "ExpiresIn": 0}}, "OA-N635"),
    ({"AuthenticationResult": {"AccessToken": "a.b.c", "ExpiresIn": -1}}, "OA-N635"),
    ({"AuthenticationResult": {"AccessToken": "a.b.c", "ExpiresIn": 86_401}}, "OA-N635"),
    ({"ChallengeName": "MFA_SETUP", "Session": "a b"}, "OA-N635"),
]
# The SDK may raise other errors for these; the result is still one of ours.
BADLY_TYPED: list[Any] = [
    {"AuthenticationResult": {"AccessToken": 1, "ExpiresIn": 60}},
    {"AuthenticationResult": {"AccessToken": ["a"], "ExpiresIn": 60}},
    {"AuthenticationResult": {"AccessToken": "a.b.c", "ExpiresIn": "3600"}},
    {"AuthenticationResult": {"AccessToken": "a.b.c", "ExpiresIn": True}},
    {"AuthenticationResult": {"AccessToken": "a.b.c", "ExpiresIn": 3600.5}},
    {"AuthenticationResult": {"AccessToken": "a.b.c", "RefreshToken": 1, "ExpiresIn": 60}},
    {"AuthenticationResult": []},
    {"AuthenticationResult": "yes"},
    {"ChallengeName": 7},
    {"ChallengeName": "X", "ChallengeParameters": {"A": 1}},
    {"ChallengeName": "X", "ChallengeParameters": "no"},
    [],
    "text",
    7,
    None,
]


@pytest.mark.parametrize(("body", "code"), BAD_REPLIES, ids=str)
def test_an_incomplete_reply_is_unusable(
    body: Any, code: str, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.reply("InitiateAuth", body=json.dumps(body), content_type=JSON_1_1)
    with pytest.raises(UnusableReply) as raised:
        sign_in_now(pool, app_client, sandbox)
    assert raised.value.code == code


@pytest.mark.parametrize("body", BADLY_TYPED, ids=str)
def test_a_member_of_another_type_is_unusable(
    body: Any, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.reply("InitiateAuth", body=json.dumps(body), content_type=JSON_1_1)
    with pytest.raises(UnusableReply):
        sign_in_now(pool, app_client, sandbox)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>Sign in to this network</html>", UnusableReply),
        (200, b"", UnusableReply),
        (200, b"NaN", UnusableReply),
        (200, b'{"AuthenticationResult": {"ExpiresIn": NaN}}', UnusableReply),
        (200, b"[" * 500_000, UnusableReply),
        (200, b"\xff\xfe", UnusableReply),
        (403, b"<html>Forbidden</html>", UnusableReply),
        (404, b"", UnusableReply),
        (429, b"", ServiceBusy),
        (500, b"<html>", ServiceBusy),
        (503, b"", ServiceBusy),
        (503, b"{}", ServiceBusy),
    ],
)
def test_an_error_of_a_gateway_is_not_taken_for_the_pool_s(
    status: int, body: bytes, kind: type[OsduAuthError], pool: UserPoolApi, app_client: AppClient,
    sandbox: Sandbox,
) -> None:  # fmt: skip
    sandbox.faults.reply("*", status=status, body=body, times=None)
    with pytest.raises(kind) as raised:
        sign_in_now(pool, app_client, sandbox)
    assert type(raised.value) is kind
    assert raised.value.fix
    assert len(str(raised.value)) < 700


@pytest.mark.parametrize("operation", ["RevokeToken", "GlobalSignOut"])
def test_a_web_page_is_not_a_successful_sign_out(
    operation: str, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    sandbox.faults.reply(operation, body="<html>", content_type="text/html")
    sign_out = {
        "RevokeToken": lambda: pool.revoke_token(app_client, tokens.refresh_token),
        "GlobalSignOut": lambda: pool.global_sign_out(tokens.access_token),
    }
    with pytest.raises(UnusableReply):
        sign_out[operation]()


def test_a_redirect_is_not_followed(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.redirect("*", sandbox.endpoint_url + "/elsewhere", status=307, times=None)
    with pytest.raises(UnusableReply):
        sign_in_now(pool, app_client, sandbox)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("reset", [False, True])
def test_a_dropped_connection_is_a_network_error(
    reset: bool, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.drop("*", reset=reset, times=None)
    with pytest.raises(Unreachable):
        sign_in_now(pool, app_client, sandbox)


def test_a_reply_that_is_cut_off_gives_no_tokens(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.truncate("InitiateAuth", times=None)
    with pytest.raises((Unreachable, UnusableReply)):
        sign_in_now(pool, app_client, sandbox)


def count(sandbox: Sandbox, operation: str) -> int:
    return [request.operation for request in sandbox.requests].count(operation)


def test_a_throttled_sign_in_is_tried_three_times_and_then_fails(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.throttle("InitiateAuth", times=2)
    assert sign_in_now(pool, app_client, sandbox).access_token
    assert count(sandbox, "InitiateAuth") == 3
    sandbox.faults.throttle("InitiateAuth", times=None)
    with pytest.raises(ServiceBusy, match="OA-N640"):
        sign_in_now(pool, app_client, sandbox)
    assert count(sandbox, "InitiateAuth") == 6


@pytest.mark.parametrize(
    ("service_error", "code"),
    [("LimitExceededException", "OA-N642"), ("ForbiddenException", "OA-N645"),
     ("NotAuthorizedException", "OA-S320")],
)  # fmt: skip
def test_an_operation_that_must_not_be_retried_is_sent_once(
    service_error: str, code: str, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.error("InitiateAuth", service_error, "no", times=None)
    with pytest.raises(OsduAuthError) as raised:
        sign_in_now(pool, app_client, sandbox)
    assert (raised.value.code, raised.value.service_error) == (code, service_error)
    assert count(sandbox, "InitiateAuth") == 1


def test_a_password_whose_answer_was_lost_is_not_sent_again(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.lose_reply("InitiateAuth")
    with pytest.raises(Unreachable):
        sign_in_now(pool, app_client, sandbox)
    assert count(sandbox, "InitiateAuth") == 1


@pytest.mark.parametrize("fault", ["throttle", "drop", "lose_reply", "503"])
def test_an_answer_or_a_sign_out_is_sent_once_whether_it_fails_or_not(
    fault: str, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    if fault == "503":
        sandbox.faults.reply("*", status=503, times=None)
    else:
        getattr(sandbox.faults, fault)("*", times=None)
    challenge = ChallengeReply("NEW_PASSWORD_REQUIRED", Secret("s" * 30), {})
    assert tokens.refresh_token
    with pytest.raises((Unreachable, ServiceBusy)):
        pool.answer_challenge(app_client, challenge, {"USERNAME": "u"})
    with pytest.raises((Unreachable, ServiceBusy)):
        pool.revoke_token(app_client, tokens.refresh_token)
    with pytest.raises((Unreachable, ServiceBusy)):
        pool.global_sign_out(tokens.access_token)
    assert len(sandbox.requests) == 3


def test_a_service_s_waiting_time_is_passed_on(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.reply("*", status=503, headers=(("Retry-After", "1000000000"),), times=None)
    with pytest.raises(ServiceBusy) as raised:
        sign_in_now(pool, app_client, sandbox)
    assert raised.value.retry_after == 60.0
    assert len(sandbox.requests) == 1


def test_a_message_that_repeats_a_secret_is_shown_without_it(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    message = f"bad {sandbox.password} \x1b[31m and \u202e"
    sandbox.faults.error("InitiateAuth", "NotAuthorizedException", message)
    with pytest.raises(SignInRefused) as raised:
        sign_in_now(pool, app_client, sandbox)
    assert sandbox.password not in str(raised.value)
    assert str(raised.value).isprintable()


def test_a_wrong_secret_and_a_wrong_user_name_give_different_errors(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    password = Secret("Wrong-password-1")
    wrong_secret = AppClient(app_client.client_id, Secret("wrong"))
    with pytest.raises(ConfigurationError, match="OA-C730"):
        sign_in(pool, wrong_secret, sandbox.username, password, unattended)
    with pytest.raises(ConfigurationError, match="OA-C732"):
        sign_in(pool, AppClient(app_client.client_id), sandbox.username, password, unattended)
    with pytest.raises(ConfigurationError, match="OA-C734"):
        sign_in(pool, AppClient("unknown"), sandbox.username, password, unattended)
    public = AppClient(sandbox.public_client_id, Secret("not needed"))
    with pytest.raises(ConfigurationError, match="OA-C742"):
        sign_in(pool, public, sandbox.username, password, unattended)
    said = set()
    for username in ("nobody@example.com", sandbox.username):
        with pytest.raises(SignInRefused) as raised:
            sign_in(pool, app_client, username, password, unattended)
        said.add(str(raised.value))
    assert len(said) == 1
