"""`osdu-auth sandbox` and `osdu-auth demo`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.conftest import Shell

KEYS = {
    *("region", "user_pool_id", "client_id", "client_secret", "public_client_id", "username"),
    *("password", "new_username", "temporary_password", "endpoint_url", "issuer"),
    *("browser_client_id", "authorization_endpoint", "token_endpoint"),
    *("service_client_id", "service_client_secret", "service_scope"),
    *("platform_url", "data_partition_id", "profile"),
}


class Running:
    """A sandbox in its own process."""

    def __init__(self, shell: Shell, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "osdu_auth", "sandbox", "--json", *arguments],
            env=shell.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.line = self.process.stdout.readline()
        self.values: dict[str, Any] = json.loads(self.line) if self.line else {}

    def end(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal, wait, and return the exit code and standard error."""
        self.process.send_signal(how)
        _, stderr = self.process.communicate(timeout=60)
        return self.process.returncode, stderr


@pytest.fixture
def running(shell: Shell) -> Iterator[Running]:
    started = Running(shell)
    yield started
    if started.process.poll() is None:
        started.end()


def test_the_sandbox_prints_its_values_as_one_json_line_when_it_is_ready(
    running: Running, shell: Shell
) -> None:
    assert set(running.values) == KEYS
    assert shell.run("login", "--password-stdin", stdin=running.values["password"]).code == 0
    assert shell.run("request", "GET", "/api/entitlements/v2/groups").code == 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_sandbox_and_removes_its_profile(
    running: Running, shell: Shell, how: int
) -> None:
    code, stderr = running.end(how)
    assert code == 0
    assert "Traceback" not in stderr
    assert shell.run("token").code == 7


def test_a_port_in_use_is_an_error(running: Running, shell: Shell) -> None:
    port = running.values["endpoint_url"].rpartition(":")[2]
    outcome = shell.run("sandbox", "--json", "--port", port)
    assert (outcome.code, outcome.stdout) == (6, "")
    assert port in outcome.stderr


def test_the_sandbox_never_overwrites_the_user_s_profile(configured: Shell) -> None:
    before = (configured.config / "config.toml").read_text()
    outcome = configured.run("sandbox", "--json", "-p", "acme")
    assert outcome.code == 7
    assert (configured.config / "config.toml").read_text() == before


def test_a_second_sandbox_does_not_change_the_first_one_s_profile(
    running: Running, shell: Shell
) -> None:
    second = shell.run("sandbox", "--json")
    assert (second.code, second.stdout) == (7, "")
    assert "OA-C797" in second.stderr
    assert "Next: " in second.stderr
    assert "osdu-auth sandbox -p ANOTHER-NAME" in second.stderr
    named = Running(shell, "-p", "another")
    assert named.values["profile"] == "another"
    assert named.end()[0] == 0
    password = running.values["password"]
    assert shell.run("login", "-p", "sandbox", "--password-stdin", stdin=password).code == 0


def test_a_sandbox_replaces_the_profile_of_a_killed_one(running: Running, shell: Shell) -> None:
    running.end(signal.SIGKILL)
    next_one = Running(shell)
    assert next_one.values["profile"] == "sandbox"
    password = next_one.values["password"]
    assert shell.run("login", "-p", "sandbox", "--password-stdin", stdin=password).code == 0
    assert next_one.end()[0] == 0


def test_a_sandbox_does_not_remove_a_profile_that_the_user_has_changed(
    running: Running, shell: Shell
) -> None:
    config = shell.config / "config.toml"
    edited = re.sub(r'client_secret = ".*"', 'client_secret = "env:MINE"', config.read_text())
    config.write_text(edited)
    assert running.end()[0] == 0
    assert config.read_text() == edited
    assert list(shell.state.rglob("sandbox.sandbox-secret")) == []


@pytest.mark.parametrize("text", ["no toml", ""])
def test_a_sandbox_removes_session_and_secret_even_if_the_file_of_profiles_is_broken(
    running: Running, shell: Shell, text: str
) -> None:
    assert shell.run("login", "--password-stdin", stdin=running.values["password"]).code == 0
    (shell.config / "config.toml").write_text(text)
    code, stderr = running.end()
    assert (code, "Traceback" in stderr) == (7 if text else 0, False)
    kept = [path.name for path in shell.state.rglob("*")]
    assert not {"sandbox.session", "sandbox.sandbox-secret"} & set(kept)


def test_a_profile_with_a_secret_stored_by_init_is_the_user_s_own(
    configured: Shell, secret_file: Path
) -> None:
    configured.state.mkdir(mode=0o700, exist_ok=True)
    kept = configured.state / "acme.client-secret"
    secret_file.rename(kept)
    assert configured.run("init", "-p", "acme", "--client-secret", f"file:{kept}").code == 0
    assert configured.run("sandbox", "--json", "-p", "acme").code == 7


def test_the_first_profile_next_to_a_sandbox_s_becomes_the_default(
    running: Running, shell: Shell, init_arguments: list[str]
) -> None:
    assert shell.run(*init_arguments).code == 0
    assert '"acme"' in shell.run("token").stderr


def test_a_profile_made_without_a_name_is_not_the_sandbox_s(
    running: Running, shell: Shell, init_arguments: list[str]
) -> None:
    nameless = [word for word in init_arguments if word not in {"-p", "acme"}]
    made = shell.run(*nameless)
    assert (made.code, '"default"' in made.stderr) == (0, True)
    password = running.values["password"]
    assert shell.run("login", "-p", "sandbox", "--password-stdin", stdin=password).code == 0


def test_the_user_s_profile_stays_in_force_while_a_sandbox_runs(configured: Shell) -> None:
    started = Running(configured)
    try:
        assert started.values["profile"] == "sandbox"
        assert "acme" in configured.run("token").stderr
    finally:
        started.end()
    assert "acme" in configured.run("token").stderr


def test_a_code_that_the_pool_sends_is_shown(running: Running, shell: Shell) -> None:
    username = running.values["username"]
    assert shell.run("account", "forgot-password").code == 0
    assert running.process.stderr
    assert username in running.process.stderr.readline()


def test_the_sandbox_prints_its_values_and_lines_to_paste(shell: Shell) -> None:
    terminal = shell.terminal("sandbox")
    terminal.expect("Ctrl-C")
    shown = str(terminal.before)
    for word in ("region", "client_secret", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=http://"):
        assert word in shown
    assert "osdu-auth login" in shown
    terminal.sendintr()
    terminal.wait()
    assert terminal.exitstatus == 0


def test_the_demo_succeeds_and_shows_no_token(shell: Shell) -> None:
    outcome = shell.run("demo")
    assert outcome.code == 0, outcome.stdout
    assert not re.search(r"eyJ[\w-]{10,}", outcome.stdout)
    for word in ("InitiateAuth", "401", "GetTokensFromRefreshToken", "refused", "RevokeToken"):
        assert word in outcome.stdout
    assert not shell.config.exists()
    assert not shell.state.exists()


def test_the_demo_needs_no_home_and_no_setting() -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-m", "osdu_auth", "demo"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0


@pytest.mark.parametrize("issuer_type", ["original", "updated"])
def test_each_command_accepts_the_tokens_of_both_issuers_of_a_pool(
    shell: Shell, issuer_type: str
) -> None:
    running = Running(shell, "--issuer-type", issuer_type)
    issuer = running.values["issuer"]
    assert ("issuer-cognito-idp" in issuer) is (issuer_type == "updated")
    assert shell.run("login", "--password-stdin", stdin=running.values["password"]).code == 0
    token = shell.run("token").stdout
    pool = ("--user-pool-id", running.values["user_pool_id"])
    address = ("--endpoint-url", running.values["endpoint_url"])
    for flags in ((), (*pool, *address), ("--issuer", issuer)):
        verified = shell.run("verify", *flags, stdin=token)
        assert verified.code == 0, verified.stderr
        assert re.search(r"^  ✓ iss$", verified.stdout, re.MULTILINE)
    decoded = shell.run("decode", "--json", stdin=token)
    assert json.loads(decoded.stdout)["claims"]["iss"] == issuer
    assert json.loads(shell.run("whoami", "--json").stdout)["issuer"] == issuer
    assert shell.run("status").code == 0
    assert shell.run("request", "GET", "/api/entitlements/v2/groups").code == 0
    assert running.end()[0] == 0


def lines_until(process: subprocess.Popen[str], wanted: str) -> list[str]:
    """Return the lines on standard error up to the first one with a word."""
    lines: list[str] = []
    assert process.stderr
    while not lines or wanted not in lines[-1]:
        lines.append(process.stderr.readline())
        assert lines[-1], f"{wanted!r} was not said: {lines}"
    return lines


def test_each_request_is_a_line_and_no_secret_is_in_one(running: Running, shell: Shell) -> None:
    password = running.values["password"]
    assert shell.run("login", "--password-stdin", stdin=password).code == 0
    wrong = shell.run("login", "--password-stdin", stdin="Wrong-password-1")
    assert wrong.code == 3
    assert shell.run("request", "GET", "/api/entitlements/v2/groups").code == 0
    said = lines_until(running.process, "/api/entitlements")
    lines = [re.sub(r"^\d\d:\d\d:\d\d  ", "", line).strip() for line in said]
    assert lines == [
        "200  InitiateAuth USER_SRP_AUTH",
        "200  RespondToAuthChallenge PASSWORD_VERIFIER",
        "200  InitiateAuth USER_SRP_AUTH",
        "400  RespondToAuthChallenge PASSWORD_VERIFIER NotAuthorizedException",
        "200  GET /api/entitlements/v2/groups",
    ]
    assert password not in "".join(said)


def test_the_log_says_what_each_message_is_for(running: Running, shell: Shell) -> None:
    assert shell.run("account", "forgot-password").code == 0
    mail, request = lines_until(running.process, "ForgotPassword")
    assert re.search(
        r"EMAIL to workshop\.user@example\.com: \d{6}, to choose a new password: "
        "osdu-auth account reset-password -p sandbox",
        mail,
    )
    assert "200  ForgotPassword" in request


def test_a_sandbox_with_a_blocked_log_runs_on_and_can_be_ended(
    running: Running, shell: Shell
) -> None:
    """A pipe holds 64 KiB; then a writer waits."""
    import http.client

    port = int(running.values["endpoint_url"].rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(900):
        connection.request("GET", "/api/" + "x" * 80)
        connection.getresponse().read()
    connection.close()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(20) == 0
    running.process.communicate()


def test_a_kept_sandbox_has_the_same_ids_and_users_at_the_next_start(shell: Shell) -> None:
    first = Running(shell, "--keep")
    assert shell.run("login", "--password-stdin", stdin=first.values["password"]).code == 0
    changed = f"{first.values['password']}\nAnother-fine-1-password\n"
    given = ("--password-stdin", "--new-password-stdin")
    assert shell.run("account", "change-password", *given, stdin=changed).code == 0
    code, said = first.end()
    assert code == 0
    [path] = re.findall(r"Kept in the private file (\S+)\. ", said)
    assert os.stat(path).st_mode & 0o777 == 0o600
    second = Running(shell, "--keep")
    assert second.values["password"] == "Another-fine-1-password"
    different = {name for name in KEYS if first.values[name] != second.values[name]}
    assert different <= {"password"}
    assert shell.run("token").code == 3, "a session is not kept"
    login = shell.run("login", "--password-stdin", stdin="Another-fine-1-password")
    assert login.code == 0
    assert shell.run("groups").code == 0
    assert second.end(signal.SIGKILL)[0] == -signal.SIGKILL
    third = Running(shell, "--keep")
    assert third.values["client_secret"] == first.values["client_secret"]
    third.end()
    without = Running(shell)
    assert without.values["client_id"] != first.values["client_id"]
    without.end()
    assert shell.run("purge", "--yes").code == 0
    assert not os.path.exists(path)


def test_if_the_kept_port_is_in_use_another_one_is_used_with_a_note(shell: Shell) -> None:
    first = Running(shell, "--keep")
    port = first.values["endpoint_url"].rpartition(":")[2]
    first.end()
    other = Running(shell, "--port", port, "-p", "other")
    second = Running(shell, "--keep")
    assert second.values["endpoint_url"] != first.values["endpoint_url"]
    assert second.values["user_pool_id"] == first.values["user_pool_id"]
    assert f"Port {port} of the last run is in use" in second.end()[1]
    other.end()


@pytest.mark.parametrize(
    "content", ["", "no json", "{}", '{"port": 0}', '{"version": 9, "port": 1}']
)
def test_unreadable_kept_values_are_an_error_with_a_fix(shell: Shell, content: str) -> None:
    shell.state.mkdir(mode=0o700)
    kept = shell.state / "sandbox.sandbox-kept"
    kept.touch(mode=0o600)
    kept.write_text(content)
    outcome = shell.run("sandbox", "--keep", "--json")
    assert (outcome.code, "OA-F825" in outcome.stderr) == (8, True)
    advice = outcome.stderr.rpartition("To start with new values: ")[2].strip()
    assert advice == f"rm {kept} && osdu-auth sandbox --keep"
    subprocess.run(["sh", "-c", advice.partition(" && ")[0]], check=True)
    anew = Running(shell, "--keep")
    assert anew.values
    anew.end()


def test_the_help_names_the_default_profile_of_the_sandbox(shell: Shell) -> None:
    told = " ".join(shell.run("sandbox", "--help").stdout.split())
    assert "The name of the profile to write; default: sandbox." in told


def test_the_demo_ends_with_the_next_step_and_it_can_be_typed(shell: Shell) -> None:
    last = shell.run("demo").stdout.splitlines()[-1]
    commands = re.findall(r"osdu-auth \w+", last)
    assert commands == ["osdu-auth sandbox", "osdu-auth init"]
    for command in commands:
        terminal = shell.terminal(*command.split()[1:])
        terminal.expect("Ctrl-C ends it|AWS region")
        terminal.sendintr()
        terminal.wait()


@pytest.mark.parametrize("arguments", [("demo",), ("demo", "--tour")])
def test_on_a_narrow_terminal_the_demo_breaks_no_word(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    terminal = shell.terminal(*arguments, dimensions=(40, 60))
    terminal.expect(pexpect.EOF, timeout=60)
    lines = str(terminal.before).split("\r\n")
    assert max(map(len, lines)) <= 60
    assert not {"│", "├", "▶"}.intersection("".join(lines))
    terminal.wait()
    assert terminal.exitstatus == 0


def test_on_a_narrow_terminal_help_breaks_no_word(shell: Shell) -> None:
    from osdu_auth.cli.application import COMMANDS

    shell.environment["COLUMNS"] = "60"
    wide = {**shell.environment, "COLUMNS": "100"}
    for command in ((), *((name,) for name in COMMANDS)):
        lines = shell.run(*command, "--help").stdout.splitlines()
        assert max(map(len, lines)) <= 60, command
        there = set(re.findall(r"[\w.@:/-]{4,}", " ".join(lines)))
        whole = set(re.findall(r"[\w.@:/-]{4,}", shell.run(*command, "--help", env=wide).stdout))
        assert there == whole, command


def test_a_wrapped_example_in_a_narrow_terminal_can_be_pasted(shell: Shell) -> None:
    shell.environment["COLUMNS"] = "60"
    help_text = shell.run("init", "--help").stdout
    example = help_text.partition("Example:\n")[2].partition("\n\n")[0]
    long = example.partition("osdu-auth init\n")[2]
    script = f'osdu-auth() {{ echo "$#" "$@"; }}\n{long}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("15 init -p acme --region us-east-1 --client-id ")
    assert done.stdout.splitlines()[1:] == ["5 init -p ci --from-aws acme"]
