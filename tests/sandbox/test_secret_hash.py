"""The secret hash: who must send it, over which name, and the refusal of a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osdu_auth.sandbox.pool.app_clients import _secret_hash
from sandbox.raw_client import PASSWORD, Reply, call, hashed, secret_hash, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User


def _initiate(sandbox: Sandbox, app_client: AppClient, **parameters: str) -> Reply:
    return call(
        sandbox,
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=app_client.client_id,
        AuthParameters=parameters,
    )


def _renew(sandbox: Sandbox, app_client: AppClient, **parameters: str) -> Reply:
    return call(
        sandbox,
        "InitiateAuth",
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId=app_client.client_id,
        AuthParameters=parameters,
    )


def test_the_hash_is_the_published_example() -> None:
    known = "dJvqw3lrkM+IvyZ7RbqSFQq1wPZAIknd40wLRgNun+A="
    assert _secret_hash("secret456", "alice", "client123") == known


def test_a_missing_hash_and_a_wrong_hash_get_different_refusals(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    missing = _initiate(sandbox, app_client, USERNAME=user.email, PASSWORD=PASSWORD)
    assert missing.refusal == (
        "NotAuthorizedException",
        f"Client {app_client.client_id} is configured with secret but SECRET_HASH was not received",
    )
    wrong = _initiate(
        sandbox, app_client, USERNAME=user.email, PASSWORD=PASSWORD, SECRET_HASH="AAAA"
    )
    assert wrong.refusal == (
        "NotAuthorizedException",
        f"Unable to verify secret hash for client {app_client.client_id}",
    )


def test_the_first_hash_is_over_exactly_the_name_that_was_sent(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    of_canonical = secret_hash(app_client, user.username)
    reply = _initiate(
        sandbox, app_client, USERNAME=user.email, PASSWORD=PASSWORD, SECRET_HASH=of_canonical
    )
    assert reply.refusal[1].startswith("Unable to verify secret hash")
    assert sign_in(sandbox, app_client, user.username, PASSWORD).result
    assert sign_in(sandbox, app_client, user.email, PASSWORD).result


def test_a_wrong_hash_is_refused_before_the_user_is_found(
    sandbox: Sandbox, app_client: AppClient
) -> None:
    reply = _initiate(sandbox, app_client, USERNAME="nobody", PASSWORD="x", SECRET_HASH="AAAA")
    assert reply.refusal[1].startswith("Unable to verify secret hash")


def test_a_public_client_must_not_send_a_hash_at_first(
    sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    reply = _initiate(
        sandbox, public_client, USERNAME=user.email, PASSWORD=PASSWORD, SECRET_HASH="AAAA"
    )
    assert reply.refusal[0] == "InvalidParameterException"


def test_a_public_client_may_send_a_hash_on_renewal(
    sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, public_client, user.email, PASSWORD).result["RefreshToken"]
    assert _renew(sandbox, public_client, REFRESH_TOKEN=token, SECRET_HASH="AAAA").result


def test_on_renewal_the_hash_is_over_the_canonical_name_and_never_the_alias(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["RefreshToken"]
    by_alias = _renew(
        sandbox, app_client, REFRESH_TOKEN=token, SECRET_HASH=secret_hash(app_client, user.email)
    )
    assert by_alias.refusal == (
        "NotAuthorizedException",
        f"SecretHash does not match for the client: {app_client.client_id}",
    )
    by_name = _renew(
        sandbox, app_client, REFRESH_TOKEN=token, SECRET_HASH=secret_hash(app_client, user.username)
    )
    assert by_name.result


def test_on_renewal_a_missing_hash_is_refused(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["RefreshToken"]
    for value in (token, "unknown"):
        message = _renew(sandbox, app_client, REFRESH_TOKEN=value).refusal[1]
        assert message.endswith("is configured with secret but SECRET_HASH was not received")


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({}, "is configured with secret but SECRET_HASH was not received"),
        ({"SECRET_HASH": "AAAA"}, "Unable to verify secret hash for client"),
    ],
)
def test_an_answer_to_a_challenge_needs_the_hash_too(
    sandbox: Sandbox, app_client: AppClient, new_user: User, extra: dict[str, str], said: str
) -> None:
    challenge = sign_in(sandbox, app_client, new_user.email, PASSWORD).body
    reply = call(
        sandbox,
        "RespondToAuthChallenge",
        ClientId=app_client.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": new_user.username, "NEW_PASSWORD": "x", **extra},
    )
    assert reply.refusal[0] == "NotAuthorizedException"
    assert said in reply.refusal[1]


def test_the_hash_of_an_answer_is_over_the_name_in_the_answer(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    challenge = sign_in(sandbox, app_client, new_user.email, PASSWORD).body
    reply = call(
        sandbox,
        "RespondToAuthChallenge",
        ClientId=app_client.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={
            "USERNAME": new_user.username,
            "NEW_PASSWORD": "x",
            **hashed(app_client, new_user.email),
        },
    )
    assert "Unable to verify secret hash" in reply.refusal[1]
