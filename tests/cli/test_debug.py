"""`--debug`, before or after the command: each request and decision on standard error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

LINE = re.compile(r"\d\d:\d\d:\d\d\.\d{3} (session|request|attempt|backoff) .*")


def trace_of(stderr: str, sandbox: Sandbox) -> list[str]:
    """Return the lines of the trace, and check that none has the user's name."""
    lines = [line[13:] for line in stderr.splitlines() if LINE.fullmatch(line)]
    assert not any(sandbox.username in line for line in lines)
    return lines


@pytest.mark.parametrize(
    "arguments", [("--debug", "token"), ("token", "--debug"), ("token", "-p", "acme", "--debug")]
)
def test_debug_is_accepted_before_and_after_the_command(
    signed_in: Shell, sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    bare = signed_in.run("token")
    outcome = signed_in.run(*arguments)
    assert (outcome.code, outcome.stdout) == (0, bare.stdout)
    assert trace_of(outcome.stderr, sandbox) == [
        "session acme: read from the store",
        "session acme: fresh, in memory",
    ]
    assert bare.stderr == ""


def test_the_variable_does_the_same_as_debug(signed_in: Shell, sandbox: Sandbox) -> None:
    outcome = signed_in.run("groups", env={"OSDU_AUTH_DEBUG": "1"})
    *_, request = trace_of(outcome.stderr, sandbox)
    host = sandbox.platform_url.removeprefix("http://")
    found = re.fullmatch(
        rf"request GET /api/entitlements/v2/groups host={host} proxy=none ms=\d+ status=200 id=\S+",
        request,
    )
    assert found, request
    assert trace_of(signed_in.run("groups", env={"OSDU_AUTH_DEBUG": "0"}).stderr, sandbox) == []


def test_a_sign_in_and_a_sign_out_show_each_request(configured: Shell, sandbox: Sandbox) -> None:
    shell = configured
    outcome = shell.run("login", "--debug", "--password-stdin", stdin=sandbox.password + "\n")
    operations = [line.split()[1] for line in trace_of(outcome.stderr, sandbox) if "ms=" in line]
    assert operations == ["InitiateAuth", "RespondToAuthChallenge"]
    assert "session acme: signed in" in trace_of(outcome.stderr, sandbox)
    outcome = shell.run("--debug", "logout")
    operations = [line.split()[1] for line in trace_of(outcome.stderr, sandbox) if "ms=" in line]
    assert operations == ["RevokeToken"]


def test_subcommands_accept_debug_and_exec_leaves_its_command_s_own(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    for arguments in (("account", "--debug", "devices"), ("account", "devices", "--debug")):
        outcome = signed_in.run(*arguments)
        assert trace_of(outcome.stderr, sandbox), arguments
    outcome = signed_in.run("exec", "--", "echo", "--debug")
    assert outcome.stdout == "--debug\n"
    assert trace_of(outcome.stderr, sandbox) == []
    assert trace_of(signed_in.run("exec", "--debug", "--", "true").stderr, sandbox)


def test_each_command_s_help_names_debug(shell: Shell) -> None:
    for arguments in ((), ("token",), ("account",), ("account", "devices"), ("exec",)):
        assert "--debug" in shell.run(*arguments, "--help").stdout, arguments
    assert "OSDU_AUTH_DEBUG=1" in shell.run("--help").stdout


def test_the_fast_path_imports_no_logging(signed_in: Shell) -> None:
    from cli.test_token import imported_by

    _, imported = imported_by(signed_in, "token")
    assert not imported & {"logging", "osdu_auth.log"}
