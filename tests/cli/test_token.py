"""`osdu-auth token`: data on standard output, in the format that the next program needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from shlex import quote
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

PYTHON = quote(sys.executable)  # for a shell


def imported_by(shell: Shell, *arguments: str) -> tuple[str, set[str]]:
    """Return what a run prints, and which modules it imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "osdu_auth", *arguments],
        env=shell.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return done.stdout, {line.rpartition("|")[2].strip() for line in lines}


def test_standard_output_has_the_bare_token_only(signed_in: Shell) -> None:
    outcome = signed_in.run("token")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.count(".") == 2
    assert "\n" not in outcome.stdout


def test_the_fast_path_and_the_whole_program_print_the_same(signed_in: Shell) -> None:
    bare = signed_in.run("token").stdout
    assert signed_in.run("token", "--format", "bare").stdout == bare
    assert signed_in.run("token", "-p", "acme").stdout == bare
    assert signed_in.run("token", env={"OSDU_AUTH_PROFILE": "acme"}).stdout == bare


def test_the_fast_path_imports_neither_click_nor_json(signed_in: Shell) -> None:
    printed, imported = imported_by(signed_in, "token")
    assert printed.count(".") == 2
    assert "osdu_auth.stores.fast_path" in imported
    assert not imported & {"click", "json", "re", "typing", "dataclasses", "pathlib", "tomllib"}


def test_a_header_is_one_line(signed_in: Shell) -> None:
    token = signed_in.run("token").stdout
    assert signed_in.run("token", "--format", "header").stdout == f"Authorization: Bearer {token}\n"


def test_json_has_everything_that_a_program_needs(signed_in: Shell, sandbox: Sandbox) -> None:
    told = json.loads(signed_in.run("token", "--format", "json").stdout)
    assert told.pop("access_token") == signed_in.run("token").stdout
    assert 3500 < told.pop("expires_in") <= 3600
    expires_at = told.pop("expires_at")
    assert expires_at.endswith("Z")
    assert told == {
        "token_type": "Bearer",
        "profile": "acme",
        "platform_url": sandbox.platform_url,
        "data_partition_id": sandbox.data_partition_id,
    }


def test_a_shell_can_evaluate_the_env_format(signed_in: Shell, sandbox: Sandbox) -> None:
    script = (
        f'eval "$({PYTHON} -m osdu_auth token --format env)"; '
        'printf "%s|%s|%s" "$OSDU_ACCESS_TOKEN" "$OSDU_URL" "$OSDU_DATA_PARTITION_ID"'
    )
    done = subprocess.run(
        ["sh", "-c", script], env=signed_in.environment, capture_output=True, text=True, check=True
    )
    token = signed_in.run("token").stdout
    assert done.stdout == f"{token}|{sandbox.platform_url}|{sandbox.data_partition_id}"


def test_curl_accepts_the_curl_format(signed_in: Shell, sandbox: Sandbox) -> None:
    from shutil import which

    if which("curl") is None:
        pytest.skip("curl is not installed")
    config = signed_in.run("token", "--format", "curl").stdout
    done = subprocess.run(
        ["curl", "-s", "-K", "-", f"{sandbox.platform_url}/api/entitlements/v2/groups"],
        input=config,
        env=signed_in.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["groups"]


def test_a_token_that_expires_before_min_ttl_is_renewed(signed_in: Shell) -> None:
    before = signed_in.run("token").stdout
    assert signed_in.run("token", "--min-ttl", "10m").stdout == before
    time.sleep(1.1)
    assert signed_in.run("token", "--min-ttl", "3599s").stdout != before


def test_a_min_ttl_longer_than_the_token_s_lifetime_is_a_usage_error(signed_in: Shell) -> None:
    outcome = signed_in.run("token", "--min-ttl", "2h")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "OA-U201" in outcome.stderr


@pytest.mark.parametrize("duration", ["", "soon", "-5m", "1d", "5 m"])
def test_text_that_is_no_duration_is_a_usage_error(signed_in: Shell, duration: str) -> None:
    outcome = signed_in.run("token", f"--min-ttl={duration}")
    assert (outcome.code, outcome.stdout) == (2, "")


def test_without_a_session_token_exits_3_with_the_command_to_run(configured: Shell) -> None:
    outcome = configured.run("token")
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "OA-S301" in outcome.stderr
    assert "osdu-auth login -p acme" in outcome.stderr


def test_a_terminal_also_shows_the_token_s_user(signed_in: Shell, sandbox: Sandbox) -> None:
    terminal = signed_in.terminal("token")
    terminal.expect(rf"{sandbox.username} · {sandbox.data_partition_id} · 59 min left")
    terminal.wait()
    assert terminal.exitstatus == 0


def test_a_changed_profile_does_not_use_the_fast_path(signed_in: Shell) -> None:
    settings = signed_in.config / "config.toml"
    settings.write_text(settings.read_text().replace("client_id = ", "client_id = 'other' #", 1))
    outcome = signed_in.run("token")
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "OA-S302" in outcome.stderr


def test_after_a_harmless_edit_of_the_profile_one_call_is_slow(signed_in: Shell) -> None:
    settings = signed_in.config / "config.toml"
    settings.write_text("# a remark\n" + settings.read_text())
    _, first = imported_by(signed_in, "token")
    _, second = imported_by(signed_in, "token")
    assert "osdu_auth.session" in first
    assert "osdu_auth.session" not in second
    # A plain call needs no more of these when it renews.
    assert not first & {"click", "logging", "concurrent.futures", "urllib", "email"}


def test_token_fails_in_the_same_way_with_and_without_options(signed_in: Shell) -> None:
    settings = signed_in.config / "config.toml"
    whole = settings.read_text()
    (signed_in.state / "sessions" / "acme.session").unlink()
    broken = {
        "no session": whole,
        "no profile of that name": whole.replace("acme", "other"),
        "no TOML": whole + "[",
    }
    for case, text in broken.items():
        settings.write_text(text)
        for named in ((), ("-p", "acme"), ("--profile", "acme"), ("-p", "acme\r")):
            plain = signed_in.run("token", *named)
            with_options = signed_in.run("token", "--format", "bare", *named)
            assert plain == with_options, (case, named)
            assert plain.code in {3, 7}, (case, named)
            assert f"[OA-{'S' if plain.code == 3 else 'C'}" in plain.stderr, (case, named)


def test_another_settings_folder_has_other_sessions(signed_in: Shell, tmp_path: Path) -> None:
    elsewhere = {"OSDU_AUTH_CONFIG_DIR": str(tmp_path / "other-config")}
    outcome = signed_in.run("token", env=elsewhere)
    assert (outcome.code, outcome.stdout) == (7, "")


def test_a_closed_pipe_is_no_error(signed_in: Shell) -> None:
    program = f"{PYTHON} -m osdu_auth token --format json | true"
    done = subprocess.run(
        ["sh", "-c", program], env=signed_in.environment, capture_output=True, check=True
    )
    assert done.stderr == b""


def test_a_full_disk_at_standard_output_is_an_error_without_a_traceback(signed_in: Shell) -> None:
    for form in ((), ("--format", "bare"), ("--format", "json")):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "osdu_auth", "token", *form],
                env=signed_in.environment,
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert done.returncode == 8
        assert b"[OA-F870]" in done.stderr
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["bare", "json"])
def test_a_closed_standard_output_is_an_error_too(signed_in: Shell, form: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{PYTHON} -m osdu_auth token --format {form} >&-"],
        env=signed_in.environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 8
    assert b"OA-F870" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("closed_or_full", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(("profile_name", "code"), [("nope", 7), ("acme", 0)])
def test_with_a_closed_standard_error_the_exit_code_is_the_same(
    signed_in: Shell, closed_or_full: str, profile_name: str, code: int
) -> None:
    typed = f"{PYTHON} -m osdu_auth logout -p {profile_name} {closed_or_full}"
    done = subprocess.run(["sh", "-c", typed], env=signed_in.environment, check=False)
    assert done.returncode == code


def test_the_program_works_without_a_home(signed_in: Shell) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "osdu_auth", "token"],
        env={**environment, "OSDU_AUTH_CONFIG_DIR": str(signed_in.config)}
        | {"OSDU_AUTH_STATE_DIR": str(signed_in.state)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
