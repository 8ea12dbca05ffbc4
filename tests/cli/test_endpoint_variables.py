"""Endpoint variables of a shell: they are named, end no session, and the printed fix works.

The row E-02 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from aws_stand_in import aws_at
from canaries import leaks
from cli.conftest import PROGRAM
from wire.scripted_server import ScriptedServer, reply, sends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def stranger() -> Iterator[ScriptedServer]:
    refusal = json.dumps({"__type": "NotAuthorizedException", "message": "Invalid Refresh Token"})
    with ScriptedServer(sends(reply(refusal.encode(), "400 No"))) as server:
        yield server


@pytest.fixture
def at_aws(
    shell: Shell,
    init_arguments: list[str],
    sandbox: Sandbox,
    tmp_path: Path,
    stranger: ScriptedServer,
) -> Iterator[Shell]:
    """An account that is signed in at AWS; then its variables name another server."""
    with aws_at(sandbox, tmp_path) as variables:
        shell.environment |= variables
        arguments = init_arguments[: init_arguments.index("--endpoint-url")]
        assert shell.run(*arguments).code == 0
        signed_in = shell.run("login", "--password-stdin", stdin=sandbox.password + "\n")
        assert signed_in.code == 0, signed_in.stderr
        assert "The user pool is asked at" not in signed_in.stderr
        shell.environment["AWS_ENDPOINT_URL"] = stranger.url()
        yield shell


def typed(shell: Shell, line: str) -> int:
    """Type a line into a shell, and return its exit code."""
    program = shlex.join(PROGRAM)
    done = subprocess.run(
        ["bash", "-c", f'osdu-auth() {{ {program} "$@"; }}\n{line}'],
        env=shell.environment, cwd=shell.folder, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert not leaks(done.stderr.decode())
    return done.returncode


def told(text: str, before: str) -> str:
    """Return the text after these words, to the end of the line."""
    assert before in text, text
    return text.partition(before)[2].partition("\n")[0]


def test_a_renewal_names_the_variable_and_the_fix(at_aws: Shell, stranger: ScriptedServer) -> None:
    refused = at_aws.run("token", "--min-ttl", "1h")
    assert (refused.code, refused.stdout) == (7, "")
    assert "[OA-C728]" in refused.stderr
    fix = told(refused.stderr, "Next: ")
    assert fix == "unset AWS_ENDPOINT_URL"
    assert at_aws.run("token").code == 0, "a fresh token is printed as ever"
    assert typed(at_aws, f"{fix} && osdu-auth token --min-ttl 1h") == 0
    assert stranger.requests == []


def test_signing_out_keeps_the_session_until_the_fix_is_typed(
    at_aws: Shell, stranger: ScriptedServer, sandbox: Sandbox
) -> None:
    before = sandbox.requests.count("RevokeToken")
    refused = at_aws.run("logout", "-p", "acme")
    assert (refused.code, "OA-C728" in refused.stderr) == (7, True)
    fix = told(refused.stderr, "Next: ")
    assert fix == "unset AWS_ENDPOINT_URL && osdu-auth logout -p acme"
    assert list(at_aws.state.rglob("*.session"))
    assert typed(at_aws, fix) == 0
    assert not list(at_aws.state.rglob("*.session"))
    assert sandbox.requests.count("RevokeToken") == before + 1
    assert stranger.requests == []


def test_the_printed_command_wipes_the_session_here(
    at_aws: Shell, stranger: ScriptedServer, sandbox: Sandbox
) -> None:
    before = sandbox.requests.count("RevokeToken")
    way = told(at_aws.run("logout", "-p", "acme").stderr, "and send the user pool nothing: ")
    assert typed(at_aws, way) == 0
    assert not list(at_aws.state.rglob("*.session"))
    assert sandbox.requests.count("RevokeToken") == before
    assert stranger.requests == []
    again = at_aws.run("logout", "--local")
    assert (again.code, "There was no session" in again.stderr) == (0, True)


def test_logout_everywhere_needs_the_server_that_issued_the_session(
    at_aws: Shell, stranger: ScriptedServer
) -> None:
    refused = at_aws.run("logout", "--everywhere")
    assert (refused.code, "OA-C728" in refused.stderr) == (7, True)
    assert list(at_aws.state.rglob("*.session"))
    both = at_aws.run("logout", "--everywhere", "--local")
    assert (both.code, "OA-U223" in both.stderr) == (2, True)
    fix = told(both.stderr, "Next: ")
    assert stranger.requests == []
    assert typed(at_aws, f"unset AWS_ENDPOINT_URL && {fix}") == 0
    assert not list(at_aws.state.rglob("*.session"))


def test_status_says_why_no_token_is_renewed(at_aws: Shell, stranger: ScriptedServer) -> None:
    said = " ".join(at_aws.run("status", "--why").stdout.split())
    assert f"✓ user pool asked at 127.0.0.1:{stranger.port}, as AWS_ENDPOINT_URL says" in said
    assert "✗ renewal" in said
    assert "[OA-C728]" in said
    del at_aws.environment["AWS_ENDPOINT_URL"]
    said = at_aws.run("status", "--why").stdout
    assert "user pool" not in said
    assert "renewal" not in said


def test_login_names_the_variable_that_changes_the_address_before_it_sends_a_password(
    at_aws: Shell, sandbox: Sandbox, stranger: ScriptedServer
) -> None:
    refused = at_aws.run("login", "--password-stdin", stdin="Some-password-1\n")
    where = f"! The user pool is asked at 127.0.0.1:{stranger.port}, as AWS_ENDPOINT_URL says.\n"
    assert where in refused.stderr
    assert list(at_aws.state.rglob("*.session")), "it is kept where a sign-in fails"
    asked = at_aws.run("account", "forgot-password")
    assert where in asked.stderr, "the code that follows goes there, and so does a new password"
    terminal = at_aws.terminal("login")
    terminal.expect("as AWS_ENDPOINT_URL says")
    terminal.expect("Password")
    terminal.terminate(force=True)  # a Ctrl-C that comes with the prompt can be lost to its set-up


def test_the_printed_command_finds_a_session_of_another_server_again(
    at_aws: Shell, sandbox: Sandbox, stranger: ScriptedServer
) -> None:
    at_aws.environment["AWS_ENDPOINT_URL"] = sandbox.endpoint_url
    there = at_aws.run("login", "--password-stdin", stdin=sandbox.password + "\n")
    assert there.code == 0
    assert "as AWS_ENDPOINT_URL says" in there.stderr
    assert "By SRP: the password itself never left" in there.stderr, "wherever the pool is asked"
    at_aws.environment["AWS_ENDPOINT_URL"] = stranger.url()
    for variable in ("AWS_ENDPOINT_URL", ""):
        fix = told(at_aws.run("token", "--min-ttl", "1h").stderr, "Next: ")
        assert fix.startswith("export AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=http://127.0.0.1:")
        assert typed(at_aws, f"{fix} && osdu-auth token --min-ttl 1h") == 0
        at_aws.environment.pop(variable, None)
    assert stranger.requests == []
