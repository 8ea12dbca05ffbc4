"""Both ways to renew: lifetimes, rotation, grace period, reuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.raw_client import FLOWS, PASSWORD, Reply, call, hashed, renew, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

NOT = "NotAuthorizedException"
DAY = 86_400


def _flow(sandbox: Sandbox, app_client: AppClient, token: str, user: User) -> Reply:
    return call(
        sandbox,
        "InitiateAuth",
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId=app_client.client_id,
        AuthParameters={"REFRESH_TOKEN": token, **hashed(app_client, user.username)},
    )


def _refresh_token(sandbox: Sandbox, app_client: AppClient, user: User) -> str:
    token: str = sign_in(sandbox, app_client, user.email, PASSWORD).result["RefreshToken"]
    return token


def _rotating(sandbox: Sandbox, grace: int = 0, **settings: Any) -> AppClient:
    return sandbox.pool.add_app_client(
        "rotating", explicit_auth_flows=FLOWS, rotation=True, grace_period=grace, **settings
    )


@pytest.mark.parametrize("flow", [_flow, None])
def test_without_rotation_a_renewal_gives_no_refresh_token_and_can_be_repeated(
    sandbox: Sandbox, app_client: AppClient, user: User, flow: Any
) -> None:
    token = _refresh_token(sandbox, app_client, user)
    for _ in range(2):
        reply = (
            flow(sandbox, app_client, token, user) if flow else renew(sandbox, app_client, token)
        )
        assert set(reply.result) == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}


def test_the_older_name_of_the_flow_is_the_same_flow(
    sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    token = _refresh_token(sandbox, public_client, user)
    reply = call(
        sandbox,
        "InitiateAuth",
        AuthFlow="REFRESH_TOKEN",
        ClientId=public_client.client_id,
        AuthParameters={"REFRESH_TOKEN": token},
    )
    assert reply.result


def test_the_flow_names_its_missing_parameter(sandbox: Sandbox, public_client: AppClient) -> None:
    reply = call(
        sandbox, "InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", ClientId=public_client.client_id
    )
    assert reply.refusal == (
        "InvalidParameterException",
        "Missing required parameter REFRESH_TOKEN",
    )


def test_an_unknown_refresh_token_is_invalid_in_both_ways_to_renew(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    said = (NOT, "Invalid Refresh Token.")
    assert _flow(sandbox, app_client, "made.up", user).refusal == said
    assert renew(sandbox, app_client, "made.up").refusal == said


def test_a_refresh_token_belongs_to_one_app_client(
    sandbox: Sandbox, app_client: AppClient, public_client: AppClient, user: User
) -> None:
    token = _refresh_token(sandbox, app_client, user)
    said = (NOT, "Invalid Refresh Token.")
    assert renew(sandbox, public_client, token).refusal == said
    assert _flow(sandbox, public_client, token, user).refusal == said


def test_get_tokens_from_refresh_token_needs_the_raw_secret(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = _refresh_token(sandbox, app_client, user)
    members = {"ClientId": app_client.client_id, "RefreshToken": token}
    kind, message = call(sandbox, "GetTokensFromRefreshToken", **members).refusal
    assert kind == NOT
    assert message.endswith("is configured for secret but secret was not received")
    wrong = call(sandbox, "GetTokensFromRefreshToken", **members, ClientSecret="x" * 51)
    assert wrong.refusal[0] == NOT
    assert wrong.refusal[1].startswith("Unable to verify secret hash")


def test_a_public_client_needs_no_secret(
    sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    assert renew(sandbox, public_client, _refresh_token(sandbox, public_client, user)).result


def test_get_tokens_from_refresh_token_needs_no_flow(sandbox: Sandbox, user: User) -> None:
    only = sandbox.pool.add_app_client("only", explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH"])
    assert renew(sandbox, only, _refresh_token(sandbox, only, user)).result


def test_a_refresh_token_expires_after_the_app_clients_time(sandbox: Sandbox, user: User) -> None:
    brief = sandbox.pool.add_app_client(
        "brief", explicit_auth_flows=FLOWS, refresh_token_validity=3600
    )
    token = _refresh_token(sandbox, brief, user)
    sandbox.clock.advance(3590)
    assert renew(sandbox, brief, token).result
    sandbox.clock.advance(10)
    said = (NOT, "Refresh Token has expired")
    assert renew(sandbox, brief, token).refusal == said
    assert _flow(sandbox, brief, token, user).refusal == said


def test_the_tokens_of_a_disabled_user_are_not_renewed(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = _refresh_token(sandbox, app_client, user)
    sandbox.pool.set_enabled(user.email, enabled=False)
    said = (NOT, "User is disabled.")
    assert renew(sandbox, app_client, token).refusal == said
    assert _flow(sandbox, app_client, token, user).refusal == said


def test_a_deleted_users_refresh_token_is_invalid(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = _refresh_token(sandbox, app_client, user)
    sandbox.pool.delete_user(user.email)
    assert renew(sandbox, app_client, token).refusal == (NOT, "Invalid Refresh Token.")


def test_with_rotation_the_flow_is_refused(sandbox: Sandbox, user: User) -> None:
    rotating = _rotating(sandbox)
    token = _refresh_token(sandbox, rotating, user)
    assert _flow(sandbox, rotating, token, user).refusal[0] == "InvalidParameterException"


def test_rotation_gives_a_new_refresh_token_each_time(sandbox: Sandbox, user: User) -> None:
    rotating = _rotating(sandbox)
    token = _refresh_token(sandbox, rotating, user)
    seen = {token}
    for _ in range(3):
        token = renew(sandbox, rotating, token).result["RefreshToken"]
        assert token not in seen
        seen.add(token)


def test_without_a_grace_period_the_reuse_of_a_replaced_token_revokes_the_sign_in(
    sandbox: Sandbox, user: User
) -> None:
    rotating = _rotating(sandbox)
    first = _refresh_token(sandbox, rotating, user)
    renewed = renew(sandbox, rotating, first).result
    assert renew(sandbox, rotating, first).refusal[0] == "RefreshTokenReuseException"
    revoked = (NOT, "Refresh Token has been revoked")
    assert renew(sandbox, rotating, renewed["RefreshToken"]).refusal == revoked
    assert renew(sandbox, rotating, first).refusal == revoked
    reply = call(sandbox, "GetUser", AccessToken=renewed["AccessToken"])
    assert reply.refusal == (NOT, "Access Token has been revoked")


def test_within_the_grace_period_a_replaced_token_is_valid_and_so_is_the_new_one(
    sandbox: Sandbox, user: User
) -> None:
    rotating = _rotating(sandbox, grace=60)
    first = _refresh_token(sandbox, rotating, user)
    second = renew(sandbox, rotating, first).result["RefreshToken"]
    sandbox.clock.advance(50)
    third = renew(sandbox, rotating, first).result["RefreshToken"]
    assert len({first, second, third}) == 3
    assert renew(sandbox, rotating, second).result
    assert renew(sandbox, rotating, third).result


def test_the_grace_period_begins_at_the_first_exchange_and_is_not_extended(
    sandbox: Sandbox, user: User
) -> None:
    rotating = _rotating(sandbox, grace=60)
    first = _refresh_token(sandbox, rotating, user)
    for _ in range(2):
        assert renew(sandbox, rotating, first).result
        sandbox.clock.advance(30)
    assert renew(sandbox, rotating, first).refusal[0] == "RefreshTokenReuseException"


def test_a_rotated_token_expires_when_the_first_token_would_expire(
    sandbox: Sandbox, user: User
) -> None:
    rotating = _rotating(sandbox, refresh_token_validity=10 * DAY)
    token = _refresh_token(sandbox, rotating, user)
    sandbox.clock.advance(9 * DAY)
    token = renew(sandbox, rotating, token).result["RefreshToken"]
    sandbox.clock.advance(DAY)
    assert renew(sandbox, rotating, token).refusal == (NOT, "Refresh Token has expired")


def test_a_setting_changed_later_takes_effect(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = _refresh_token(sandbox, app_client, user)
    sandbox.pool.change_app_client(app_client.client_id, rotation=True, access_token_validity=300)
    result = renew(sandbox, app_client, token).result
    assert result["ExpiresIn"] == 300
    assert "RefreshToken" in result
