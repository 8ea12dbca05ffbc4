"""`osdu-auth exec`: the variables of its command, and its exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.conftest import PROGRAM
from cli.exec.conftest import HOST, WAIT, Running, python

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

NAMES = (
    *("OSDU_URL", "OSDU_DATA_PARTITION_ID", "OSDU_AUTH_PROFILE"),
    *("OSDU_ACCESS_TOKEN", "OSDU_ACCESS_TOKEN_FILE", "OSDU_AUTH_CLIENT_SECRET"),
)
SHOW = f"import json, os; print(json.dumps({{n: os.environ.get(n) for n in {NAMES}}}))"

RENEW = ("--", *PROGRAM, "token", "--min-ttl", "1h")


def test_the_command_gets_platform_partition_profile_and_token_file(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    elsewhere = {"OSDU_URL": "https://elsewhere.example", "OSDU_ACCESS_TOKEN": "of another"}
    outcome = signed_in.run("exec", *python(SHOW), env=elsewhere)
    assert (outcome.code, outcome.stderr) == (0, "")
    found = json.loads(outcome.stdout)
    assert found.pop("OSDU_ACCESS_TOKEN_FILE").endswith("/token")
    assert found == {
        "OSDU_URL": sandbox.platform_url,
        "OSDU_DATA_PARTITION_ID": sandbox.data_partition_id,
        "OSDU_AUTH_PROFILE": "acme",
        "OSDU_ACCESS_TOKEN": None,
        "OSDU_AUTH_CLIENT_SECRET": None,
    }


def test_the_command_gets_no_osdu_variable_that_the_profile_does_not_set(signed_in: Shell) -> None:
    config = signed_in.config / "config.toml"
    lines = config.read_text().splitlines()
    config.write_text("\n".join(line for line in lines if not line.startswith("platform_url")))
    outcome = signed_in.run("exec", *python(SHOW), env={"OSDU_URL": "https://elsewhere.example"})
    assert outcome.code == 0, outcome.stderr
    assert json.loads(outcome.stdout)["OSDU_URL"] is None


@pytest.mark.parametrize(("given", "passed"), [("file:/a/path", "file:/a/path"), ("abc", None)])
def test_the_command_does_not_get_a_client_secret_from_the_environment(
    signed_in: Shell, given: str, passed: str | None
) -> None:
    outcome = signed_in.run("exec", *python(SHOW), env={"OSDU_AUTH_CLIENT_SECRET": given})
    assert json.loads(outcome.stdout)["OSDU_AUTH_CLIENT_SECRET"] == passed


def test_the_command_does_not_get_the_client_secret_s_variable_of_the_profile(
    configured: Shell, sandbox: Sandbox
) -> None:
    secret = {"ACME_CLIENT_SECRET": sandbox.client_secret}
    configured.run("init", "-p", "acme", "--client-secret", "env:ACME_CLIENT_SECRET")
    configured.run("login", "--password-stdin", stdin=sandbox.password, env=secret)
    show = "import os; print(os.environ.get('ACME_CLIENT_SECRET'))"
    assert configured.run("exec", *python(show), env=secret).stdout == "None\n"
    outcome = configured.run("exec", *RENEW, env=secret)
    assert "OA-C792" in outcome.stderr
    assert "read OSDU_ACCESS_TOKEN_FILE" in outcome.stderr
    assert "read -rs" not in outcome.stderr


def test_with_a_profile_from_variables_the_command_gets_the_reference_to_the_secret(
    shell: Shell, sandbox: Sandbox
) -> None:
    settings = {
        "OSDU_AUTH_CLIENT_ID": sandbox.client_id,
        "OSDU_AUTH_USER_POOL_ID": sandbox.user_pool_id,
        "OSDU_AUTH_ENDPOINT_URL": sandbox.endpoint_url,
        "OSDU_AUTH_USERNAME": sandbox.username,
    }
    without = shell.run("login", "--password-stdin", stdin=sandbox.password, env=settings)
    assert "OA-C732" in without.stderr
    assert "export OSDU_AUTH_CLIENT_SECRET=REF" in without.stderr
    settings["OSDU_AUTH_CLIENT_SECRET"] = sandbox.client_secret
    shell.run("login", "--password-stdin", stdin=sandbox.password, env=settings)
    outcome = shell.run("exec", *RENEW, env=settings)
    assert "OA-C732" in outcome.stderr
    assert "read OSDU_ACCESS_TOKEN_FILE" in outcome.stderr


def test_env_token_sets_the_variable_and_prints_its_expiry(signed_in: Shell) -> None:
    token = signed_in.run("token").stdout
    outcome = signed_in.run("exec", "--env-token", *python(SHOW))
    assert json.loads(outcome.stdout)["OSDU_ACCESS_TOKEN"] == token
    assert re.search(r"good until \d{4}-\d\d-\d\dT\S+Z and is not renewed", outcome.stderr)


def test_streams_and_arguments_reach_the_command_untouched(signed_in: Shell) -> None:
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()); print(sys.argv[1:])"
    outcome = signed_in.run(
        "exec", *python(code), "-p", "none", "--", "--help", "caf\udce9", stdin=b"\x00in\n"
    )
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout == "\x00in\n" + "['-p', 'none', '--', '--help', 'caf\\udce9']\n"


def test_the_two_dashes_may_be_left_out(signed_in: Shell) -> None:
    assert signed_in.run("exec", "-p", "acme", "echo", "-p", "x").stdout == "-p x\n"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -TERM $$", -signal.SIGTERM),
        ("kill -KILL $$", -signal.SIGKILL),
        ("kill -SEGV $$", 128 + signal.SIGSEGV),  # by that, we would leave an image of our memory
    ],
)
def test_exec_ends_as_its_command_does(signed_in: Shell, command: str, code: int) -> None:
    outcome = signed_in.run("exec", "--", "sh", "-c", command)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (code, "", "")


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["no-such-command"], 127, "OA-X127"),
        (["/no/such/command"], 127, "OA-X127"),
        ([""], 2, "OA-U231"),
        (["/"], 126, "OA-X126"),
        (["./not-executable"], 126, "Permission denied"),
        (["./no-interpreter"], 126, "No such file"),
        ([], 2, "OA-U231"),
    ],
)
def test_a_command_that_cannot_run_exits_as_in_a_shell_and_leaves_no_file(
    signed_in: Shell, command: list[str], code: int, said: str
) -> None:
    (signed_in.folder / "not-executable").write_text("echo")
    script = signed_in.folder / "no-interpreter"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o700)
    outcome = signed_in.run("exec", "--", *command)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.stderr
    place = signed_in.state / "exec" / HOST
    assert not place.exists() or os.listdir(place) == ["lock"]


def test_without_a_session_exec_exits_3_and_starts_nothing(configured: Shell) -> None:
    outcome = configured.run("exec", "--", "touch", "started")
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "osdu-auth login -p acme" in outcome.stderr
    assert not (configured.folder / "started").exists()


def test_no_secret_is_an_argument_or_a_variable_of_any_process(
    start: Callable[..., Running], sandbox: Sandbox
) -> None:
    """Row H-02: what each user of a machine (arguments) or its owner (variables) can read."""
    nested = [
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.run({[sys.executable, '-c', WAIT]})",
    ]
    running = start("--", *nested, env={"OSDU_AUTH_CLIENT_SECRET": sandbox.client_secret})
    secrets = [running.file.read_bytes(), sandbox.password.encode()]
    family = descendants(running.process.pid)
    assert len(family) == 3
    for process in family:
        shown = Path(f"/proc/{process}/cmdline").read_bytes()
        shown += Path(f"/proc/{process}/environ").read_bytes()
        assert not any(secret in shown for secret in secrets)
        if process != running.process.pid:
            assert sandbox.client_secret.encode() not in shown


def descendants(process: int) -> list[int]:
    """Return a process and all its descendants."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(below for child in children for below in descendants(int(child)))]


def test_a_session_that_ends_too_soon_is_refused_and_nothing_is_started(signed_in: Shell) -> None:
    with (signed_in.config / "config.toml").open("a") as config:
        config.write('session_lifetime = "12h"\n')
    outcome = signed_in.run("exec", "--min-session", "11h", "--", "echo", "started")
    assert (outcome.code, outcome.stdout) == (0, "started\n"), outcome.stderr
    outcome = signed_in.run("exec", "--min-session", "13h", "--", "echo", "started")
    assert (outcome.code, outcome.stdout) == (4, "")
    assert "OA-S430" in outcome.stderr
