"""GetUser, RevokeToken and GlobalSignOut: which access tokens are valid, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.raw_client import PASSWORD, Reply, call, renew, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

NOT = "NotAuthorizedException"
REVOKED = (NOT, "Access Token has been revoked")


def _get_user(sandbox: Sandbox, token: str) -> Reply:
    return call(sandbox, "GetUser", AccessToken=token)


def _revoke(sandbox: Sandbox, app_client: AppClient, token: str, **more: Any) -> Reply:
    secret = {"ClientSecret": app_client.client_secret} if app_client.client_secret else {}
    members = {"Token": token, "ClientId": app_client.client_id, **secret, **more}
    return call(sandbox, "RevokeToken", **members)


def test_get_user_returns_the_canonical_name_and_the_attributes(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["AccessToken"]
    body = _get_user(sandbox, token).body
    assert body["Username"] == user.username
    attributes = {pair["Name"]: pair["Value"] for pair in body["UserAttributes"]}
    assert attributes == {"sub": user.username, "email": user.email, "email_verified": "true"}


@pytest.mark.parametrize("operation", ["GetUser", "GlobalSignOut"])
def test_a_token_that_is_not_a_valid_access_token_is_refused(
    sandbox: Sandbox, app_client: AppClient, user: User, operation: str
) -> None:
    result = sign_in(sandbox, app_client, user.email, PASSWORD).result
    head, payload, signature = result["AccessToken"].split(".")
    other = result["IdToken"].split(".")
    for token in (
        "abc",
        "a.b.c",
        f"{head}.{payload}",
        f"{head}.{payload}.{signature[:-4]}",
        f"{head}.{other[1]}.{signature}",
        result["IdToken"],
        result["RefreshToken"],
    ):
        reply = call(sandbox, operation, AccessToken=token)
        assert reply.refusal == (NOT, "Invalid Access Token")


def test_an_access_token_expires_at_its_exp(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["AccessToken"]
    sandbox.clock.advance(3600)
    assert _get_user(sandbox, token).refusal == (NOT, "Access Token has expired")


@pytest.mark.parametrize("operation", ["GetUser", "GlobalSignOut"])
def test_self_service_needs_the_self_service_scope(sandbox: Sandbox, operation: str) -> None:
    token = sandbox.issue_tokens(scopes=("openid", "email"))["AccessToken"]
    reply = call(sandbox, operation, AccessToken=token)
    assert reply.refusal == (NOT, "Access Token does not have required scopes")


def test_a_deleted_user_and_a_disabled_user_get_different_refusals(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["AccessToken"]
    sandbox.pool.set_enabled(user.email, enabled=False)
    assert _get_user(sandbox, token).refusal == (NOT, "User is disabled.")
    sandbox.pool.delete_user(user.email)
    assert _get_user(sandbox, token).refusal == ("UserNotFoundException", "User does not exist.")


def test_revoking_ends_all_tokens_of_that_sign_in_and_of_no_other(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    first = sign_in(sandbox, app_client, user.email, PASSWORD).result
    renewed = renew(sandbox, app_client, first["RefreshToken"]).result
    other = sign_in(sandbox, app_client, user.email, PASSWORD).result
    reply = _revoke(sandbox, app_client, first["RefreshToken"])
    assert (reply.status, reply.body) == (200, {})
    for token in (first["AccessToken"], renewed["AccessToken"]):
        assert _get_user(sandbox, token).refusal == REVOKED
    said = (NOT, "Refresh Token has been revoked")
    assert renew(sandbox, app_client, first["RefreshToken"]).refusal == said
    assert _get_user(sandbox, other["AccessToken"]).status == 200
    assert renew(sandbox, app_client, other["RefreshToken"]).result


def test_revoking_a_token_twice_or_an_unknown_token_is_no_error(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["RefreshToken"]
    for value in (token, token, "unknown"):
        assert _revoke(sandbox, app_client, value, RevokeAssociatedSessions="LINKED").status == 200


@pytest.mark.parametrize("name", ["AccessToken", "IdToken"])
def test_only_a_refresh_token_can_be_revoked(
    sandbox: Sandbox, app_client: AppClient, user: User, name: str
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result[name]
    assert _revoke(sandbox, app_client, token).refusal[0] == "UnsupportedTokenTypeException"


def test_revoking_needs_the_secret_and_the_right_app_client(
    sandbox: Sandbox, app_client: AppClient, public_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["RefreshToken"]
    for secret in ({}, {"ClientSecret": "x" * 51}):
        members = {"Token": token, "ClientId": app_client.client_id, **secret}
        assert call(sandbox, "RevokeToken", **members).refusal[0] == "UnauthorizedException"
    assert _revoke(sandbox, public_client, token).refusal[0] == "UnauthorizedException"
    assert renew(sandbox, app_client, token).result


def test_global_sign_out_ends_every_sign_in_of_the_user_and_of_no_other_user(
    sandbox: Sandbox, app_client: AppClient, public_client: AppClient, user: User
) -> None:
    tokens = [
        sign_in(sandbox, client, user.email, PASSWORD).result
        for client in (app_client, public_client)
    ]
    of_other_user = sandbox.issue_tokens()
    reply = call(sandbox, "GlobalSignOut", AccessToken=tokens[0]["AccessToken"])
    assert (reply.status, reply.body) == (200, {})
    for result, client in zip(tokens, (app_client, public_client), strict=True):
        assert _get_user(sandbox, result["AccessToken"]).refusal == REVOKED
        said = (NOT, "Refresh Token has been revoked")
        assert renew(sandbox, client, result["RefreshToken"]).refusal == said
    assert _get_user(sandbox, of_other_user["AccessToken"]).status == 200
    again = sign_in(sandbox, app_client, user.email, PASSWORD).result
    assert _get_user(sandbox, again["AccessToken"]).status == 200


def test_signing_out_twice_is_refused_because_the_token_is_revoked(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["AccessToken"]
    assert call(sandbox, "GlobalSignOut", AccessToken=token).status == 200
    assert call(sandbox, "GlobalSignOut", AccessToken=token).refusal == REVOKED
