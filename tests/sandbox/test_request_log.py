"""The request log: the requests, in order, without secrets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from sandbox.raw_client import PASSWORD, call, hashed, renew, send, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

REDACTED = "[redacted]"


def test_operations_and_paths_are_counted(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    sandbox.requests.clear()
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["RefreshToken"]
    for _ in range(2):
        renew(sandbox, app_client, token)
    send(sandbox, "GET", "/api/search/v2/info")
    assert sandbox.requests.count("InitiateAuth") == 1
    assert sandbox.requests.count("GetTokensFromRefreshToken") == 2
    assert sandbox.requests.count("/api/search") == 1
    assert sandbox.requests.count("GET /api/search/v2/info") == 1
    assert sandbox.requests.count("RevokeToken") == 0
    assert len(sandbox.requests) == 4


def test_an_entry_has_status_error_time_and_harmless_parameters(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    sign_in(sandbox, app_client, user.email, "wrong")
    entry = sandbox.requests.last
    assert (entry.operation, entry.method, entry.path) == ("InitiateAuth", "POST", "/")
    assert (entry.status, entry.error) == (400, "NotAuthorizedException")
    assert entry.parameters == {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": app_client.client_id,
        "AuthParameters.USERNAME": user.email,
        "AuthParameters.PASSWORD": REDACTED,
        "AuthParameters.SECRET_HASH": REDACTED,
    }
    assert abs(entry.time - sandbox.clock.now()) < 60
    assert entry.seconds > 0


def test_a_platform_entry_says_that_a_token_was_sent_and_does_not_show_it(sandbox: Sandbox) -> None:
    token = sandbox.issue_tokens()["AccessToken"]
    send(
        sandbox,
        "GET",
        "/api/entitlements/v2/groups?token=abc",
        headers={"Authorization": f"Bearer {token}", "data-partition-id": "opendes"},
    )
    assert sandbox.requests.last.path == "/api/entitlements/v2/groups"
    assert sandbox.requests.last.parameters == {
        "authorization": REDACTED,
        "data-partition-id": "opendes",
        "query.token": REDACTED,
    }


def test_nothing_secret_is_ever_in_the_log(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    assert app_client.client_secret is not None
    challenge = sign_in(sandbox, app_client, new_user.email, PASSWORD).body
    result = call(
        sandbox,
        "RespondToAuthChallenge",
        ClientId=app_client.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={
            "USERNAME": new_user.username,
            "NEW_PASSWORD": "Brand-New-Horse-8",
            "userAttributes.given_name": "Grace",
            "userAttributes.family_name": "Newcomer",
            **hashed(app_client, new_user.username),
        },
    ).result
    renew(sandbox, app_client, result["RefreshToken"])
    call(sandbox, "GetUser", AccessToken=result["AccessToken"])
    call(
        sandbox,
        "RevokeToken",
        Token=result["RefreshToken"],
        ClientId=app_client.client_id,
        ClientSecret=app_client.client_secret,
    )
    logged = repr(list(sandbox.requests))
    secrets = [
        PASSWORD, "Brand-New-Horse-8", "Grace", challenge["Session"], app_client.client_secret,
        hashed(app_client, new_user.username)["SECRET_HASH"],
        hashed(app_client, new_user.email)["SECRET_HASH"], *(
            result[name] for name in ("AccessToken", "IdToken", "RefreshToken")
        ),
    ]  # fmt: skip
    assert not [secret for secret in secrets if secret in logged]


@pytest.mark.parametrize(
    "members",
    [
        {"Pasword": "s3cret"},
        {"AuthParameters": {"PASSWROD": "s3cret"}},
        {"AuthParameters": ["s3cret"]},
        {"AuthParameters": "s3cret"},
        {"s3cret value": 1},
        {"AuthParameters": {"s3cret value": "x"}},
        {"ClientId": ["s3cret"]},
    ],
)
def test_a_value_that_is_not_known_to_be_harmless_is_redacted(
    sandbox: Sandbox, members: dict[str, object]
) -> None:
    call(sandbox, "InitiateAuth", **members)
    assert "s3cret" not in repr(sandbox.requests.last)


def test_a_body_that_cannot_be_read_leaves_no_parameters(sandbox: Sandbox) -> None:
    headers = {"X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser"}
    for body in (b"s3cret", b'["s3cret"]'):
        send(sandbox, "POST", "/", body=body, headers=headers)
        assert sandbox.requests.last.parameters == {}


def test_many_at_once_are_all_logged(sandbox: Sandbox) -> None:
    sandbox.requests.clear()
    threads = [
        threading.Thread(target=send, args=(sandbox, "GET", "/api/legal/v1/info"))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sandbox.requests.count("/api/legal/v1/info") == 50


def test_an_empty_log_has_no_last_entry(sandbox: Sandbox) -> None:
    sandbox.requests.clear()
    with pytest.raises(IndexError):
        _ = sandbox.requests.last
