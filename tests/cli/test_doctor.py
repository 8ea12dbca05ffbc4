"""`osdu-auth doctor`: each problem is found, shown, and fixed by the printed fix."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.doctor.checks import CHECKS, run_checks
from osdu_auth.doctor.finding import Fact, FactKind, Finding, Level, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

GROUPS, TAGS = "/api/entitlements/v2/groups", "/api/legal/v1/legaltags"


def checks(shell: Shell, **env: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run the checks, and return the exit code and the findings by id."""
    outcome = shell.run("doctor", "--json", env=env)
    return outcome.code, {each["id"]: each for each in json.loads(outcome.stdout)["checks"]}


def change(shell: Shell, key: str, value: str | None) -> None:
    """Set or remove a key of the profile in the file."""
    path = shell.config / "config.toml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith(f"{key} ")]
    path.write_text("\n".join([*kept, *([] if value is None else [f'{key} = "{value}"']), ""]))


def test_doctor_finds_no_problem_in_a_healthy_sandbox(signed_in: Shell) -> None:
    code, found = checks(signed_in)
    assert code == 0
    levels = {name: each["level"] for name, each in found.items()}
    assert levels.keys() == {check.id for check in CHECKS}
    assert set(levels.values()) == {"ok"}, levels


def test_doctor_changes_nothing_and_renews_nothing(signed_in: Shell, sandbox: Sandbox) -> None:
    before = {path: path.read_bytes() for path in signed_in.state.rglob("*") if path.is_file()}
    asked_before = len(sandbox.requests)
    signed_in.run("doctor")
    after = {path: path.read_bytes() for path in signed_in.state.rglob("*") if path.is_file()}
    assert after == before
    asked = [entry.operation for entry in sandbox.requests][asked_before:]
    assert asked.count("GetTokensFromRefreshToken") == 1, "of the token that is none"
    assert "InitiateAuth" not in asked


@pytest.mark.parametrize(
    ("key", "value", "check", "code"),
    [
        ("client_id", "unknownclient", "app-client", 7),
        ("client_secret", "clear:AnotherSecretOfTwentyFourLetters", "app-client", 7),
        ("client_secret", "env:NO_SUCH_VARIABLE", "client-secret", 7),
        ("data_partition_id", "another", "groups", 5),
        ("platform_url", "http://127.0.0.1:9", "platform-connection", 6),
        ("endpoint_url", "http://127.0.0.1:9", "pool-connection", 6),
        ("user_pool_id", "us-east-1_AAAAAAAAA", "key-set", 6),
    ],
)
def test_doctor_finds_a_wrong_setting(
    signed_in: Shell, key: str, value: str, check: str, code: int
) -> None:
    change(signed_in, key, value)
    exit_code, found = checks(signed_in)
    assert found[check]["level"] == "fail", found[check]
    assert found[check]["code"]
    assert found[check]["fix"]
    assert exit_code in {code, 3}, "the first failure's"


def test_without_a_session_doctor_prints_a_working_command(
    configured: Shell, sandbox: Sandbox
) -> None:
    code, found = checks(configured)
    assert (code, found["session"]["code"]) == (3, "OA-S301")
    assert found["groups"]["what"] == "Skipped, because there is no session."
    command = found["session"]["fix"].split()
    assert command[:2] == ["osdu-auth", "login"]
    configured.run(*command[1:], "--password-stdin", stdin=sandbox.password)
    assert checks(configured)[0] == 0


def test_without_a_profile_doctor_has_one_finding(shell: Shell) -> None:
    code, found = checks(shell)
    assert (code, found["profile"]["code"]) == (7, "OA-C785")
    assert {each["level"] for name, each in found.items() if name not in {"profile", "disk"}} == {
        *("ok", "skipped"),
    }


def test_doctor_notices_a_variable_that_changes_the_address(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    change(signed_in, "endpoint_url", None)
    _, found = checks(signed_in, AWS_ENDPOINT_URL=sandbox.endpoint_url)
    assert found["variables"]["level"] == "warn"
    assert "AWS_ENDPOINT_URL" in found["variables"]["what"]


def test_doctor_notices_a_variable_that_logs_tls_keys_and_its_fix_works(
    signed_in: Shell,
) -> None:
    _, found = checks(signed_in, SSLKEYLOGFILE=str(signed_in.folder / "keys"))
    assert found["variables"]["fix"] == "unset SSLKEYLOGFILE"


def test_doctor_notices_a_netrc_entry_for_the_platform(signed_in: Shell, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password x\n")
    _, found = checks(signed_in, NETRC=str(netrc))
    assert found["netrc"]["level"] == "warn"


def test_a_user_without_groups_is_told_to_ask_the_administrator(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    body = json.dumps(
        {
            "code": 401,
            "reason": "Unauthorized",
            "message": "The user is not authorized to perform this action",
        }
    )
    sandbox.faults.reply(GROUPS, status=401, body=body, content_type="application/json")
    code, found = checks(signed_in)
    assert (code, found["groups"]["code"]) == (5, "OA-O517")
    assert "ask an administrator" in found["groups"]["fix"]


def test_doctor_finds_a_platform_url_of_another_server(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.reply("/api/entitlements/v2/info", status=404, body="no")
    _, found = checks(signed_in)
    assert (found["platform"]["level"], found["platform"]["code"]) == ("fail", "OA-O914")


def test_doctor_finds_a_session_that_another_process_has_locked(signed_in: Shell) -> None:
    from osdu_auth.file_lock import FileLock
    from osdu_auth.private_files import PrivateFolder

    [lock] = signed_in.state.rglob("acme.lock")
    with PrivateFolder(str(lock.parent)) as folder, FileLock(folder, lock.name, 1.0):
        _, found = checks(signed_in)
    assert found["lock"]["level"] == "fail"


@contextmanager
def silent_server() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_doctor_ends_in_time_if_the_network_never_answers(
    signed_in: Shell,
) -> None:
    with silent_server() as address:
        change(signed_in, "endpoint_url", address)
        change(signed_in, "platform_url", address)
        code, found = checks(signed_in)
    assert code
    for check in ("key-set", "platform"):
        assert found[check]["level"] == "fail", found[check]


def test_a_check_that_hangs_does_not_delay_the_others(
    signed_in: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OSDU_AUTH_CONFIG_DIR", "OSDU_AUTH_STATE_DIR"):
        monkeypatch.setenv(name, signed_in.environment[name])
    released = threading.Event()

    def hang(checked: object) -> Finding:
        released.wait(60)
        return Finding("versions", Level.OK, str(type(checked)))

    hanging = CHECKS[0]._replace(run=hang)
    try:
        findings = run_checks(None, (hanging, CHECKS[1]), time_limit=0.2)
    finally:
        released.set()
    assert (findings[0].level, findings[0].code) == (Level.FAIL, "OA-N652")


def test_a_report_holds_no_host_no_user_and_no_secret(
    signed_in: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "a report.json"
    assert signed_in.run("doctor", "--bundle", str(path)).code == 0
    text = path.read_text()
    for told in ("127.0.0.1", "localhost", sandbox.username, "acme", sandbox.client_id, "eyJ"):
        assert told not in text, told
    assert {each["id"] for each in json.loads(text)["checks"]} == {check.id for check in CHECKS}
    with_all = tmp_path / "all.json"
    signed_in.run(
        *("doctor", "--bundle", str(with_all), "--include", "hosts", "--include", "users")
    )
    assert sandbox.username in with_all.read_text()
    assert "127.0.0.1" in with_all.read_text()


def test_a_report_does_not_replace_a_file(signed_in: Shell, tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    outcome = signed_in.run("doctor", "--bundle", str(path))
    assert (outcome.code, "OA-U252" in outcome.stderr) == (2, True)
    assert path.read_text() == "mine"


def test_a_report_has_only_the_requested_kinds_of_facts() -> None:
    facts = (Fact("a", "1"), Fact("b", "2", FactKind.HOST), Fact("c", "3", FactKind.USER))
    findings = [Finding("x", Level.FAIL, "what 2 and 3", "fix 2", "OA-X", 5, facts, 7)]
    told = [json.loads(report(findings, kinds))["checks"][0]["facts"] for kinds in ((), ("hosts",))]
    assert told == [{"a": "1"}, {"a": "1", "b": "2"}]


def test_each_problem_is_printed_with_its_fix_below(configured: Shell) -> None:
    outcome = configured.run("doctor")
    lines = outcome.stdout.splitlines()
    [at] = [number for number, line in enumerate(lines) if line.startswith("✗ session")]
    assert lines[at + 1].strip() == "Next: osdu-auth login -p acme"
    assert "1 of" in outcome.stderr
