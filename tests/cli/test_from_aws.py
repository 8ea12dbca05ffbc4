"""`osdu-auth init --from-aws`: a profile with the values of a service account at AWS."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from aws_services import aws_services
from canaries import register
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_services import AwsServices
    from cli.conftest import Outcome, Shell

KEY = "client_credentials_client_secret"
GENERATIONS = {
    "osdu/{}": (
        ("oauth-token-uri", "oauth-custom-scope", "client-credentials-client-id"),
        "client_credentials_secret",
    ),
    "osdu/cognito/{}": (
        ("oauth/token-uri", "oauth/custom-scope", "client/client-credentials/id"),
        "client-credentials-secret",
    ),
    "osdu/idp/{}": (
        ("oauth/token-uri", "oauth/custom-scope", "client/client-credentials/id"),
        "client-credentials-secret",
    ),
}


@pytest.fixture(scope="module")
def services() -> Iterator[AwsServices]:
    with aws_services() as running:
        yield running


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        register(running.service_client_secret)
        yield running


@pytest.fixture
def job(shell: Shell, services: AwsServices) -> Shell:
    shell.environment |= {**services.environment, "OSDU_AUTH_KEY_STORE": "off"}
    return shell


def keep(services: AwsServices, sandbox: Sandbox, generation: str, name: str) -> str:
    """Store a platform's values at the names of a generation, and return their folder."""
    leaves, secret = GENERATIONS[generation]
    folder = "/" + generation.format(name)
    values = (sandbox.token_endpoint, f"scope={sandbox.service_scope}", sandbox.service_client_id)
    for leaf, text in zip(leaves, values, strict=True):
        services.keep_parameter(f"{folder}/{leaf}", text)
    services.keep_secret(f"{folder}/{secret}", {KEY: sandbox.service_client_secret})
    return folder


def init(job: Shell, *words: str) -> Outcome:
    return job.run("init", "-p", "ci", *words)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_values_of_each_osdu_generation_are_found_and_shown(
    job: Shell, services: AwsServices, own_sandbox: Sandbox, generation: str
) -> None:
    name = f"acme-{len(generation)}"
    folder = keep(services, own_sandbox, generation, name)
    services.keep_parameter(f"/osdu/{name}/api/url", own_sandbox.platform_url + "/api")
    wanted = name if generation != "osdu/idp/{}" else folder
    outcome = init(job, "--from-aws", wanted, "--data-partition-id", own_sandbox.data_partition_id)
    assert outcome.code == 0, outcome.stderr
    for place in GENERATIONS[generation][0]:
        assert f"ssm:{folder}/{place}" in outcome.stderr
    assert f"secretsmanager:{folder}/{GENERATIONS[generation][1]}#{KEY}" in outcome.stderr
    shown = job.run("profile", "show", "ci").stdout
    assert f"scopes              {own_sandbox.service_scope}\n" in shown
    assert "arn:aws:secretsmanager:us-east-1" in shown
    del job.environment["AWS_REGION"], job.environment["AWS_DEFAULT_REGION"]
    assert job.run("login").code == 0
    assert job.run("token").stdout.startswith("eyJ")


def test_a_job_of_the_fourth_generation_has_its_values_in_variables(
    job: Shell, own_sandbox: Sandbox
) -> None:
    pair = f"{own_sandbox.service_client_id}:{own_sandbox.service_client_secret}"
    value = b64encode(pair.encode()).decode()
    register(value)
    job.environment |= {
        "TEST_OPENID_PROVIDER_URL": own_sandbox.issuer,
        "SERVICE_PRINCIPAL_AUTHORIZATION": value,
        "IDP_ALLOWED_SCOPES": f"scope={own_sandbox.service_scope}",
    }
    outcome = init(job, "--from-aws", "acme")
    assert outcome.code == 0, outcome.stderr
    assert "env:TEST_OPENID_PROVIDER_URL" in outcome.stderr
    assert job.run("token").code == 0


def test_a_missing_value_is_named_and_can_be_given_by_a_flag(
    job: Shell, services: AwsServices, own_sandbox: Sandbox
) -> None:
    nothing = init(job, "--from-aws", "nobody")
    assert (nothing.code, "[OA-A730]" in nothing.stderr) == (7, True)
    assert "/osdu/idp/nobody" in nothing.stderr
    for name in ("", " ", "a b", "//", "acme#key", "acmé"):  # AWS is not asked
        no_name = init(job, "--from-aws", name)
        assert (no_name.code, "[OA-A730]" in no_name.stderr) == (7, True), no_name.stderr
        assert "A parameter's name has only letters" in no_name.stderr
    by_folder = init(job, "--from-aws", "/osdu/idp/nobody/")
    assert "nothing below /osdu/idp/nobody, in" in by_folder.stderr
    services.keep_parameter("/osdu/half/oauth-token-uri", own_sandbox.token_endpoint)
    no_secret = init(job, "--from-aws", "half")
    assert (no_secret.code, "[OA-A722]" in no_secret.stderr) == (7, True)
    services.keep_secret("/osdu/half/client_credentials_secret", {KEY: "x"})
    half = init(job, "--from-aws", "half")
    assert (half.code, "[OA-A731]" in half.stderr) == (7, True)
    assert "osdu-auth init -p ci --from-aws half --client-id VALUE" in half.stderr
    given = init(job, "--from-aws", "half", "--client-id", own_sandbox.service_client_id)
    assert given.code == 0, given.stderr
