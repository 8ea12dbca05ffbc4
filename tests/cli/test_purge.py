"""`osdu-auth purge`: it removes everything of osdu-auth on this computer, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.conftest import with_key_store
from cli.test_sandbox import Running

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


@pytest.fixture(params=[False, True], ids=["files", "key store"])
def used(
    request: pytest.FixtureRequest, shell: Shell, sandbox: Sandbox, init_arguments: list[str]
) -> tuple[Shell, Path | None]:
    """An account that has used most commands, and its key store's file, if it has one."""
    entries = with_key_store(shell) if request.param else None
    given = ["-" if word.startswith("file:") else word for word in init_arguments]
    assert shell.run(*given, stdin=sandbox.client_secret).code == 0
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    assert shell.run("token").code == 0
    assert shell.run("exec", "--", "true").code == 0
    return shell, entries


def test_purge_imports_no_session() -> None:
    probe = (
        "import sys, osdu_auth.cli.purge; "
        "print([name for name in sys.modules if name.startswith('osdu_auth.session')])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_purge_lists_what_it_will_remove_and_a_no_removes_nothing(
    used: tuple[Shell, Path | None],
) -> None:
    shell, entries = used
    terminal = shell.terminal("purge")
    terminal.expect("the session of acme, revoked at its user pool first")
    terminal.expect(
        "acme.client-secret" if entries is None else "secret of acme in the OS key store"
    )
    terminal.expect_exact("Remove this? [y/N]: ")
    terminal.sendline("n")
    terminal.expect("Nothing was removed")
    terminal.expect(pexpect.EOF)
    assert shell.run("token").code == 0
    unasked = shell.run("purge")
    assert (unasked.code, "osdu-auth purge --yes" in unasked.stderr) == (2, True)
    assert shell.run("token").code == 0


def test_purge_revokes_and_removes_all_but_the_profiles(
    used: tuple[Shell, Path | None], sandbox: Sandbox
) -> None:
    shell, entries = used
    revoked = sandbox.requests.count("RevokeToken")
    terminal = shell.terminal("purge")
    terminal.expect_exact("Remove this? [y/N]: ")
    terminal.sendline("y")
    terminal.expect("And the profiles in .*: ")
    terminal.sendline("")
    terminal.expect(
        "osdu-auth init --client-secret - -p acme|osdu-auth init -p acme --client-secret -"
    )
    terminal.expect("The profiles stay")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    assert sandbox.requests.count("RevokeToken") == revoked + 1
    assert not shell.state.exists()
    if entries is not None:
        assert json.loads(entries.read_text()) == {}
    assert shell.run("token").code == 3
    again = shell.run("init", "-p", "acme", "--client-secret", "-", stdin=sandbox.client_secret)
    assert again.code == 0
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0


def test_purge_with_profiles_leaves_no_file(used: tuple[Shell, Path | None]) -> None:
    shell, _ = used
    assert shell.run("purge", "--yes", "--profiles").code == 0
    assert not shell.state.exists()
    assert not shell.config.exists()
    assert shell.run("purge", "--yes", "--profiles").code == 0, "there is nothing to do"
    assert shell.run("status").code == 0


def test_purge_keeps_a_file_with_the_user_s_own_text(signed_in: Shell, sandbox: Sandbox) -> None:
    settings = signed_in.config / "config.toml"
    settings.write_text("# mine\n" + settings.read_text())
    (signed_in.state / "notes.txt").write_text("mine")
    outcome = signed_in.run("purge", "--yes", "--profiles")
    assert outcome.code == 0
    assert "# mine" in settings.read_text()
    assert [path.name for path in signed_in.state.iterdir()] == ["notes.txt"]
    assert "notes.txt" in outcome.stderr


def test_purge_removes_all_if_a_pool_does_not_answer(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.drop("RevokeToken", times=None)
    outcome = signed_in.run("purge", "--yes")
    assert (outcome.code, "not revoked" in outcome.stderr) == (6, True)
    assert not signed_in.state.exists()


def test_purge_removes_secrets_even_with_an_unreadable_file_of_profiles(signed_in: Shell) -> None:
    (signed_in.config / "config.toml").write_text("no toml")
    outcome = signed_in.run("purge", "--yes")
    assert "OA-C781" in outcome.stderr or "OA-C78" in outcome.stderr
    assert not signed_in.state.exists()


def test_purge_keeps_the_profile_and_secret_of_a_running_sandbox(shell: Shell) -> None:
    running = Running(shell)
    try:
        assert shell.run("login", "--password-stdin", stdin=running.values["password"]).code == 0
        outcome = shell.run("purge", "--yes")
        assert (outcome.code, 'The sandbox "sandbox" is running' in outcome.stderr) == (0, True)
        assert "The session of sandbox is revoked" in outcome.stderr
        everything = shell.run("purge", "--yes", "--profiles")
        assert (everything.code, "  the secret in" in everything.stderr) == (0, False)
        assert shell.run("login", "--password-stdin", stdin=running.values["password"]).code == 0
    finally:
        running.end()
    assert shell.run("purge", "--yes").code == 0
    assert not shell.state.exists()


def test_purge_keeps_and_names_sessions_of_another_computer(signed_in: Shell) -> None:
    other = signed_in.state / "hosts" / "another-computer"
    other.mkdir(parents=True, mode=0o700)
    (other / "key").touch(mode=0o600)
    outcome = signed_in.run("purge", "--yes")
    assert (outcome.code, "hosts" in outcome.stderr) == (0, True)
    assert (other / "key").exists()
