"""Clients of others against the sandbox; `make test-real` installs them and runs this."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

import programs_of_others
from osdu_auth.sandbox import DeviceTracking, PoolSettings, Sandbox, UserStatus
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
PASSWORD, NEW = "Correct-Horse-7", "Brand-New-Horse-8"
VISITOR = "visitor@example.com"

pytestmark = pytest.mark.real


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def _script(name: str) -> list[str]:
    node, folder = programs_of_others.node(), programs_of_others.packages("js")
    # The scripts find their packages from where they lie.
    for file in HERE.glob("*.mjs"):
        shutil.copy(file, folder)
    return [node, str(folder / name)]


def _answer(sandbox: Sandbox, question: dict[str, Any]) -> str:
    details = question["details"]
    if question["ask"] == "code":
        return sandbox.outbox.last_code(details[0])
    import base64

    text, *ahead = details
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    moment = sandbox.clock.now() + 30 * (ahead[0] if ahead else 0)
    return SoftwareToken(secret).code_at(moment)


def _say(stream: IO[str] | None, value: Any) -> None:
    assert stream is not None
    stream.write(json.dumps(value) + "\n")
    stream.flush()


@pytest.mark.parametrize("script", ["amplify.mjs", "identity.mjs"])
def test_a_client_for_browsers_runs_its_whole_script(sandbox: Sandbox, script: str) -> None:
    command = _script(script)
    if script == "identity.mjs":
        sandbox.pool.settings = PoolSettings(device_tracking=DeviceTracking.ALWAYS)
    sandbox.pool.add_user(email="person@example.com", password=PASSWORD)
    sandbox.pool.add_user(
        email="new@example.com", password=PASSWORD, status=UserStatus.FORCE_CHANGE_PASSWORD
    )
    settings = {
        "userPoolId": sandbox.user_pool_id,
        "clientId": sandbox.public_client_id,
        "endpoint": sandbox.endpoint_url,
        "username": "person@example.com",
        "password": PASSWORD,
        "newPassword": NEW,
        "newUsername": "new@example.com",
        "temporaryPassword": PASSWORD,
        "visitor": VISITOR,
    }
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        _say(program.stdin, settings)
        assert program.stdout is not None
        said: dict[str, Any] = {}
        for line in program.stdout:
            said = json.loads(line)
            if "ask" not in said:
                break
            _say(program.stdin, _answer(sandbox, said))
        _, complaints = program.communicate(timeout=60)
    asked = [(entry.operation, entry.error) for entry in sandbox.requests if entry.method == "POST"]
    assert said == {"done": script.partition(".")[0]}, (asked[-5:], complaints)
    # Every request of the client's was asked for first, as a browser does.
    preflights = [entry for entry in sandbox.requests if entry.method == "OPTIONS"]
    assert len(preflights) == len(asked)


def test_the_aws_cli_signs_in_renews_and_signs_out(sandbox: Sandbox, tmp_path: Path) -> None:
    programs = programs_of_others.INSTALLED / "aws" / ("Scripts" if os.name == "nt" else "bin")
    # By its Python: the first line of its script names that, and may hold no blank.
    program = [str(programs / "python"), str(programs / "aws")]
    if not (programs / "aws").exists():
        pytest.skip("the AWS CLI is not installed: `make test-real` does that")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }

    def aws(operation: str, **members: Any) -> subprocess.CompletedProcess[str]:
        # A file of the user's own, not an argument: others on a computer can read arguments.
        request = tmp_path / "request.json"
        request.touch(mode=0o600)
        request.write_text(json.dumps(members), encoding="utf-8")
        return subprocess.run(
            [
                *program, "cognito-idp", operation, "--region", sandbox.region, "--output", "json",
                "--endpoint-url", sandbox.endpoint_url, "--cli-input-json", f"file://{request}",
            ],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def reply(operation: str, **members: Any) -> Any:
        done = aws(operation, **members)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    sandbox.pool.add_user(email="person@example.com", password=PASSWORD)
    client_id = sandbox.public_client_id
    parameters = {"USERNAME": "person@example.com", "PASSWORD": PASSWORD}
    tokens = reply(
        "initiate-auth",
        AuthFlow="USER_PASSWORD_AUTH", ClientId=client_id, AuthParameters=parameters,
    )["AuthenticationResult"]  # fmt: skip
    access = {"AccessToken": tokens["AccessToken"]}
    attributes = reply("get-user", **access)["UserAttributes"]
    assert {"Name": "email", "Value": "person@example.com"} in attributes
    renewed = reply(
        "get-tokens-from-refresh-token", ClientId=client_id, RefreshToken=tokens["RefreshToken"]
    )["AuthenticationResult"]
    assert renewed["AccessToken"] != tokens["AccessToken"]
    reply("update-user-attributes", **access, UserAttributes=[{"Name": "locale", "Value": "nb"}])
    assert reply("get-user-auth-factors", **access)["ConfiguredUserAuthFactors"]
    reply("global-sign-out", **access)
    refused = aws("get-user", **access)
    assert refused.returncode != 0
    assert "NotAuthorizedException" in refused.stderr
    lacking = aws("list-web-authn-credentials", **access)
    assert "does not serve ListWebAuthnCredentials" in lacking.stderr
