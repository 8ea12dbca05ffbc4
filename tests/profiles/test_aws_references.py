"""A reference to a secret at AWS is read when it is needed, and the secret is never shown.

The row O-06 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from aws_services import aws_services
from canaries import register
from cases import for_each
from osdu_auth import Account, ConfigurationError, MemoryStore, OsduAuthError, Secret, Session
from osdu_auth.credentials.client_credentials import ClientCredentials
from osdu_auth.profiles.profile import Profile, ServiceProfile
from osdu_auth.profiles.references import check_reachable, check_reference, resolve
from osdu_auth.sandbox import Sandbox
from session_test_parts import EVERY_FLOW
from wire.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from aws_services import AwsServices
    from osdu_auth.profiles.profile import AuthFlow

CANARY = "canary7of8the9services0abc"


@pytest.fixture(scope="module")
def services() -> Iterator[AwsServices]:
    register(CANARY)
    with aws_services() as running:
        yield running


@pytest.fixture
def aws(services: AwsServices, monkeypatch: pytest.MonkeyPatch) -> AwsServices:
    """The services that this process's environment leads to."""
    for name, text in services.environment.items():
        monkeypatch.setenv(name, text)
    return services


def refused(reference: str) -> OsduAuthError:
    with pytest.raises(OsduAuthError) as raised:
        resolve(reference)
    assert CANARY not in f"{raised.value} {raised.value!r}"
    assert raised.value.fix
    return raised.value


def test_a_secret_is_read_by_its_name_or_its_arn_and_a_key(aws: AwsServices) -> None:
    arn = aws.keep_secret("/osdu/acme/client", {"client_secret": CANARY, "other": 1})
    assert resolve("secretsmanager:/osdu/acme/client#client_secret") == Secret(CANARY)
    assert resolve(f"secretsmanager:{arn}#client_secret") == Secret(CANARY)
    aws.keep_secret("plain", CANARY)
    assert resolve("secretsmanager:plain") == Secret(CANARY)


def test_the_region_is_read_from_an_arn(aws: AwsServices, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = aws.keep_secret("of-a-region", CANARY)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    assert resolve(f"secretsmanager:{arn}") == Secret(CANARY)
    assert refused("secretsmanager:of-a-region").code == "OA-A725"
    monkeypatch.setenv("AWS_REGION", "us east")
    wrong = refused("secretsmanager:of-a-region")
    assert (wrong.code, "not the name of a region" in wrong.what) == ("OA-A725", True)


def test_a_parameter_is_read_decrypted(aws: AwsServices) -> None:
    aws.keep_parameter("/osdu/acme/secret", CANARY)
    assert resolve("ssm:/osdu/acme/secret") == Secret(CANARY)
    aws.keep_parameter("/osdu/acme/json", json.dumps({"key": CANARY}))
    assert resolve("ssm:/osdu/acme/json#key") == Secret(CANARY)


SHAPES = {
    "JSON without the key": ({"other": CANARY}, "#client_secret"),
    "JSON, and no key is named": ({"client_secret": CANARY}, ""),
    "no JSON, and a key is named": (CANARY, "#client_secret"),
    "a key that has no text": ({"client_secret": [CANARY]}, "#client_secret"),
    "a list": ([CANARY], "#client_secret"),
}


@pytest.mark.parametrize("case", SHAPES)
def test_a_secret_of_a_wrong_form_is_reported_and_not_shown(case: str, aws: AwsServices) -> None:
    value, key = SHAPES[case]
    aws.keep_secret("shape", value)
    assert refused(f"secretsmanager:shape{key}").code == "OA-A724"


def test_a_missing_secret_or_one_that_is_not_text_is_reported(aws: AwsServices) -> None:
    assert refused("secretsmanager:nothing").code == "OA-A722"
    assert refused("ssm:/nothing").code == "OA-A722"
    aws.keep_bytes("bytes", CANARY.encode())
    assert refused("secretsmanager:bytes").code == "OA-A724"
    aws.keep_secret("spaced", f"{CANARY} {CANARY}")
    assert refused("secretsmanager:spaced").code == "OA-C749"


def test_the_error_without_aws_credentials_says_who_can_fix_it(
    aws: AwsServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = refused("secretsmanager:plain")
    assert (error.code, error.exit_code) == ("OA-A721", 7)
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    assert refused("secretsmanager:plain").code == "OA-A721"


ANSWERS = {
    "AccessDeniedException": "OA-A723",
    "DecryptionFailure": "OA-A723",
    "ExpiredTokenException": "OA-A721",
    "UnrecognizedClientException": "OA-A721",
    "InternalServiceError": "OA-A601",
    "ThrottlingException": "OA-A601",
    "InvalidRequestException": "OA-A722",  # the secret is marked to be deleted
    "ValidationException": "OA-A722",
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_each_refusal_of_aws_is_one_clear_error(
    kind: str, aws: AwsServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal that moto does not make: its text may name accounts and keys, and is not shown."""

    def refuse(connection: socket.socket, request: bytes) -> None:
        del request
        body = json.dumps({"__type": kind, "message": CANARY}).encode()
        kind_of_body = "Content-Type: application/x-amz-json-1.1\r\nConnection: close\r\n"
        connection.sendall(reply(body, "400 Bad Request", kind_of_body))

    with ScriptedServer(refuse) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.url().rstrip("/"))
        assert refused("secretsmanager:plain").code == ANSWERS[kind]


def test_a_service_that_does_not_answer_is_unreachable(
    aws: AwsServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(connection: socket.socket, request: bytes) -> None:
        del connection, request

    with ScriptedServer(hang_up) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", server.url().rstrip("/"))
        assert refused("ssm:/osdu/acme/secret").exit_code == 6


def test_the_error_without_the_sdk_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    error = refused("secretsmanager:plain")
    assert error.code == "OA-A720"
    assert "osdu-auth[aws]" in error.fix


@for_each("text", ["secretsmanager:", "ssm:a b", "ssm:/a#", "secretsmanager:a#b#c"])
def test_an_impossible_place_at_aws_is_refused(text: str) -> None:
    with pytest.raises(OsduAuthError) as raised:
        check_reference(text)
    assert raised.value.code == "OA-C710"


def test_looking_at_a_profile_sends_no_request_to_aws() -> None:
    """There are no services and no credentials here, so that a request to AWS would fail."""
    check_reachable("secretsmanager:plain")
    check_reachable("ssm:/plain")


# A secret that is replaced while it is used.


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def test_a_service_account_s_secret_may_be_rotated_each_week(
    own_sandbox: Sandbox, aws: AwsServices
) -> None:
    arn = aws.keep_secret("service", {"client_secret": own_sandbox.service_client_secret})
    given = ClientCredentials(
        ServiceProfile(
            "ci",
            own_sandbox.service_client_id,
            token_endpoint=own_sandbox.token_endpoint,
            client_secret=f"secretsmanager:{arn}#client_secret",
        )
    )
    session = Session(given.profile, credential=given, store=MemoryStore())
    for _ in range(2):
        token = session.renew().tokens.access_token
        own_sandbox.clock.advance(1)
        new = own_sandbox.pool.rotate_client_secret(
            own_sandbox.service_client_id, keep_former=False
        )
        register(new)
        with pytest.raises(ConfigurationError) as refusal:
            session.renew()
        assert refusal.value.code == "OA-A710"
        assert session.token() == token
        aws.keep_secret("service", {"client_secret": new})


@pytest.mark.parametrize("auth_flow", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
def test_the_password_flow_reads_a_rotated_secret_again_and_loses_no_session(
    own_sandbox: Sandbox, aws: AwsServices, auth_flow: AuthFlow
) -> None:
    """The secret is replaced each time after it was read and before the pool checks it."""
    client = own_sandbox.pool.add_app_client("rotated", explicit_auth_flows=EVERY_FLOW)
    register(client.client_secret or "", own_sandbox.password)
    aws.keep_secret("rotated", {"client_secret": client.client_secret})
    profile = Profile(
        "acme",
        own_sandbox.region,
        client.client_id,
        client_secret="secretsmanager:rotated#client_secret",
        user_pool_id=own_sandbox.user_pool_id,
        endpoint_url=own_sandbox.endpoint_url,
        auth_flow=auth_flow,
    )

    def rotated_in_between(operation: str, act: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as thread, own_sandbox.faults.hold(operation) as held:
            outcome = thread.submit(act)
            held.wait_for_request()
            new = own_sandbox.pool.rotate_client_secret(client.client_id, keep_former=False)
            register(new)
            aws.keep_secret("rotated", {"client_secret": new})
            held.release()
            return outcome.result(60)

    session = Session(profile, store=MemoryStore())
    reset = partial(Account(session).request_password_reset, own_sandbox.username)
    assert rotated_in_between("ForgotPassword", reset).medium == "EMAIL"
    sign_in = partial(session.sign_in, own_sandbox.username, own_sandbox.password)
    saved = rotated_in_between("InitiateAuth", sign_in)
    renewed = rotated_in_between("GetTokensFromRefreshToken", session.renew)
    assert renewed.subject == saved.subject
    own_sandbox.pool.rotate_client_secret(client.client_id, keep_former=False)
    with pytest.raises(ConfigurationError) as refusal:
        session.renew()
    assert refusal.value.code == "OA-C731"
    assert session.token() == renewed.tokens.access_token
    current = own_sandbox.pool.app_client(client.client_id).client_secret
    aws.keep_secret("rotated", {"client_secret": current})
    assert rotated_in_between("RevokeToken", session.sign_out).revocation_error is None
