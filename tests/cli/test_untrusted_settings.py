"""Settings that other users could change: each command refuses them, and does nothing before."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

COMMANDS = [
    ("status",),
    ("token",),
    ("token", "--format", "json"),
    ("login", "--password-stdin"),
    ("logout",),
    ("groups",),
    ("exec", "--", "true"),
    ("init", "-p", "acme", "--username", "bob"),
    ("init", "-p", "new", "--region", "us-east-1", "--client-id", "abc"),
    ("sandbox", "-p", "try"),
]


def fix_of(stderr: str) -> str:
    return " ".join(stderr.partition("Next: ")[2].split())


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_command_uses_settings_that_other_users_could_change(
    signed_in: Shell, arguments: tuple[str, ...]
) -> None:
    file = signed_in.config / "config.toml"
    # The session of these settings is still stored.
    assert signed_in.run("token").code == 0
    file.chmod(0o666)
    before = file.read_text()
    refused = signed_in.run(*arguments, stdin="a password")
    assert (refused.code, refused.stdout) == (7, "")
    assert "OA-C798" in refused.stderr
    assert (file.read_text(), file.stat().st_mode & 0o777) == (before, 0o666)
    assert fix_of(refused.stderr) == f"chmod go-w {shlex.quote(str(file))}"
    subprocess.run(fix_of(refused.stderr), shell=True, check=True)
    assert signed_in.run("token").code == 0


def test_a_program_that_another_user_may_have_named_is_not_run(
    configured: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    file, mark = configured.config / "config.toml", tmp_path / "was-run"
    text = re.sub("client_secret = .*", f'client_secret = "command:touch {mark}"', file.read_text())
    file.write_text(text)
    file.chmod(0o602)
    refused = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert (refused.code, mark.exists()) == (7, False)
    file.chmod(0o600)
    configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert mark.exists()


def test_a_session_in_a_program_does_not_use_such_settings_either(signed_in: Shell) -> None:
    signed_in.config.chmod(0o777)
    program = "import osdu_auth; osdu_auth.Session('acme').token()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=signed_in.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "OA-C798" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")
def test_for_another_user_s_file_the_printed_commands_make_a_copy_that_is_used(
    configured: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    configured.environment["HOME"] = str(tmp_path)
    configured.environment.pop("XDG_CONFIG_HOME", None)
    os.chown(configured.config / "config.toml", 12345, 12345)
    refused = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert (refused.code, "OA-C798" in refused.stderr) == (7, True)
    typed = subprocess.run(
        ["bash", "-c", f'{fix_of(refused.stderr)} && printf %s "$OSDU_AUTH_CONFIG_DIR"'],
        env=configured.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    configured.environment["OSDU_AUTH_CONFIG_DIR"] = typed.stdout
    assert configured.run("login", "--password-stdin", stdin=sandbox.password).code == 0


def test_init_asks_nothing_if_its_file_would_not_be_used(shell: Shell) -> None:
    shell.config.mkdir()
    shell.config.chmod(0o777)
    terminal = shell.terminal("init")
    terminal.expect("OA-C798")
    told = terminal.read()
    terminal.wait()
    assert (terminal.exitstatus, "region" in told) == (7, False)
    assert list(shell.config.iterdir()) == []
