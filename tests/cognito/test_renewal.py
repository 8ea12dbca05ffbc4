"""Renewal and revocation: which operation is used, what is kept, and what ends a session."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from osdu_auth.cognito.app_client import AppClient
from osdu_auth.cognito.challenges import unattended
from osdu_auth.cognito.renewal import renew
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.errors import (
    ConfigurationError,
    ServiceBusy,
    SessionEnded,
    Unreachable,
    UnusableReply,
)
from osdu_auth.secret import Secret
from session_test_parts import token_of

if TYPE_CHECKING:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.tokens import TokenSet

JSON_1_1 = "application/x-amz-json-1.1"
FLOWS = ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
DAY = 86_400


@pytest.fixture
def tokens(pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> TokenSet:
    return signed_in(pool, app_client, sandbox)


def signed_in(pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> TokenSet:
    issued = sign_in(
        pool, app_client, sandbox.username, Secret(sandbox.password), unattended
    ).tokens
    sandbox.requests.clear()
    return issued


def operations(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


def test_a_renewal_is_one_request_and_keeps_the_refresh_token_that_did_not_rotate(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    renewed = renew(pool, app_client, tokens, lambda: 5000.0)
    assert operations(sandbox) == ["GetTokensFromRefreshToken"]
    assert renewed.refresh_token == tokens.refresh_token
    assert renewed.access_token != tokens.access_token
    assert (renewed.issued_at, renewed.expires_at) == (5000.0, 8600.0)


def test_a_rotated_refresh_token_replaces_the_old_one_which_then_ends_the_session(
    pool: UserPoolApi, sandbox: Sandbox
) -> None:
    rotating = sandbox.pool.add_app_client("rotating", explicit_auth_flows=FLOWS, rotation=True)
    app_client = AppClient(rotating.client_id, Secret(rotating.client_secret or ""))
    tokens = signed_in(pool, app_client, sandbox)
    renewed = renew(pool, app_client, tokens)
    assert renewed.refresh_token != tokens.refresh_token
    assert renew(pool, app_client, renewed).access_token
    with pytest.raises(SessionEnded) as raised:
        renew(pool, app_client, tokens)
    assert raised.value.code in {"OA-S412", "OA-S414"}


@pytest.mark.parametrize(
    "service_error",
    ["UnknownOperationException", "FeatureUnavailableInTierException", "InvalidAction",
     "UnsupportedOperationException", "OperationNotEnabledException"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["with secret", "public"])
def test_a_pool_without_the_newer_operation_is_called_by_the_older_one(
    service_error: str, kind: str, pool: UserPoolApi, app_client: AppClient,
    public_client: AppClient, sandbox: Sandbox,
) -> None:  # fmt: skip
    client = app_client if kind == "with secret" else public_client
    # Signed in by e-mail address; the hash still has to be over the pool's own name.
    tokens = signed_in(pool, client, sandbox)
    sandbox.faults.error("GetTokensFromRefreshToken", service_error, "not here")
    renewed = renew(pool, client, tokens)
    assert operations(sandbox) == ["GetTokensFromRefreshToken", "InitiateAuth"]
    assert renewed.refresh_token == tokens.refresh_token


def test_without_either_operation_it_is_a_configuration_error_and_the_session_is_kept(
    pool: UserPoolApi, sandbox: Sandbox
) -> None:
    other = sandbox.pool.add_app_client(
        "no renewal", generate_secret=False, explicit_auth_flows=FLOWS[:1]
    )
    app_client = AppClient(other.client_id)
    tokens = signed_in(pool, app_client, sandbox)
    sandbox.faults.error("GetTokensFromRefreshToken", "UnknownOperationException", "")
    with pytest.raises(ConfigurationError, match="OA-C743"):
        renew(pool, app_client, tokens)


def test_a_changed_client_secret_is_a_configuration_error_and_the_session_is_kept(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    changed = app_client._replace(client_secret=Secret("another-secret"))
    sandbox.faults.error("GetTokensFromRefreshToken", "UnknownOperationException", "", times=1)
    with pytest.raises(ConfigurationError, match="OA-C731"):
        renew(pool, changed, tokens)
    assert renew(pool, app_client, tokens).access_token


def test_a_wrong_secret_at_the_newer_operation_is_a_configuration_error_too(
    pool: UserPoolApi, app_client: AppClient, tokens: TokenSet
) -> None:
    with pytest.raises(ConfigurationError):
        renew(pool, app_client._replace(client_secret=Secret("another-secret")), tokens)
    with pytest.raises(ConfigurationError):
        renew(pool, app_client._replace(client_secret=None), tokens)


def test_without_a_refresh_token_there_is_nothing_to_renew(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    with pytest.raises(SessionEnded, match="OA-S410"):
        renew(pool, app_client, replace(tokens, refresh_token=None))
    assert operations(sandbox) == []


def test_a_refused_grant_ends_the_session(
    pool: UserPoolApi, app_client: AppClient, tokens: TokenSet
) -> None:
    for refresh_token in ("not-a-refresh-token", "a.b.c.d.e"):
        with pytest.raises(SessionEnded, match=r"OA-S41[1-9]"):
            renew(pool, app_client, replace(tokens, refresh_token=Secret(refresh_token)))
    pool.revoke_token(app_client, tokens.refresh_token)
    with pytest.raises(SessionEnded, match="OA-S412"):
        renew(pool, app_client, tokens)


def test_a_session_that_is_too_old_ends(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    sandbox.clock.advance(31 * DAY)
    with pytest.raises(SessionEnded, match=r"OA-S41[123]"):
        renew(pool, app_client, tokens)


def test_no_error_of_the_network_or_the_service_ends_a_session(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    for fault in ("drop", "truncate", "throttle", "page", "503", "redirect", "waf"):
        if fault == "page":
            sandbox.faults.reply("*", body="<html>", times=3)
        elif fault == "503":
            sandbox.faults.reply("*", status=503, times=3)
        elif fault == "redirect":
            sandbox.faults.redirect("*", "https://elsewhere.example/", times=3)
        elif fault == "waf":
            sandbox.faults.error("*", "ForbiddenException", "no", times=3)
        else:
            getattr(sandbox.faults, fault)("*", times=3)
        with pytest.raises((Unreachable, UnusableReply, ServiceBusy)):
            renew(pool, app_client, tokens)
        sandbox.faults.clear()
    assert renew(pool, app_client, tokens).access_token


def test_a_renewal_whose_reply_was_lost_is_retried(pool: UserPoolApi, sandbox: Sandbox) -> None:
    rotating = sandbox.pool.add_app_client(
        "rotating", explicit_auth_flows=FLOWS, rotation=True, grace_period=30
    )
    app_client = AppClient(rotating.client_id, Secret(rotating.client_secret or ""))
    tokens = signed_in(pool, app_client, sandbox)
    sandbox.faults.lose_reply("GetTokensFromRefreshToken")
    assert renew(pool, app_client, tokens).access_token
    assert operations(sandbox) == ["GetTokensFromRefreshToken"] * 2


def answer_with(sandbox: Sandbox, **result: object) -> None:
    body = json.dumps({"AuthenticationResult": result})
    sandbox.faults.reply("GetTokensFromRefreshToken", body=body, content_type=JSON_1_1)


def test_tokens_of_another_user_are_refused(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    email = f"else-{uuid4()}@example.com"
    sandbox.pool.add_user(email=email, password="Else-password-1")
    other = sandbox.issue_tokens(email)
    answer_with(sandbox, AccessToken=other["AccessToken"], ExpiresIn=3600)
    with pytest.raises(UnusableReply, match="OA-N636"):
        renew(pool, app_client, tokens)


def test_a_challenge_in_reply_to_a_renewal_is_an_error(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    body = json.dumps({"ChallengeName": "SMS_MFA", "Session": "s" * 40})
    # The newer operation has no such member, so this tests the older one.
    sandbox.faults.error("GetTokensFromRefreshToken", "UnknownOperationException", "")
    sandbox.faults.reply("InitiateAuth", body=body, content_type=JSON_1_1)
    with pytest.raises(UnusableReply, match="OA-N635"):
        renew(pool, app_client, tokens)


def test_after_a_reply_without_an_id_token_there_is_none(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    subject = tokens.unverified_subject
    answer_with(sandbox, AccessToken=token_of(sub=subject, exp=None), ExpiresIn=60)
    renewed = renew(pool, app_client, tokens, lambda: 10.0)
    assert renewed.id_token is None
    assert renewed.refresh_token == tokens.refresh_token
    assert renewed.expires_at == 70.0


def test_signing_out_everywhere_ends_every_session_of_the_user(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    other = signed_in(pool, app_client, sandbox)
    pool.global_sign_out(tokens.access_token)
    for ended in (tokens, other):
        with pytest.raises(SessionEnded):
            renew(pool, app_client, ended)


def test_revoking_without_a_refresh_token_sends_nothing(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, tokens: TokenSet
) -> None:
    pool.revoke_token(app_client, None)
    assert operations(sandbox) == []
