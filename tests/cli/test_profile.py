"""`osdu-auth profile`: the profiles, and which one is in force."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.conftest import with_key_store

if TYPE_CHECKING:
    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def two(signed_in: Shell, init_arguments: list[str]) -> Shell:
    """Two profiles: "acme" is in force and has a session, "other" has none."""
    other = ["other" if word == "acme" else word for word in init_arguments]
    assert signed_in.run(*other).code == 0
    return signed_in


def test_list_marks_profiles_with_a_session_and_names_the_one_in_force(two: Shell) -> None:
    outcome = two.run("profile", "list")
    assert outcome.stdout == "● acme\n○ other\n"
    assert (
        'In force when no profile is named: "acme", as it is the default profile' in outcome.stderr
    )
    listed = json.loads(two.run("profile", "list", "--json").stdout)
    assert listed == [
        {"name": "acme", "in_force": True, "has_session": True},
        {"name": "other", "in_force": False, "has_session": False},
    ]


def test_use_names_a_variable_that_overrides_the_default(two: Shell) -> None:
    listed = two.run("profile", "list", env={"OSDU_AUTH_PROFILE": "other"})
    assert '"other", as OSDU_AUTH_PROFILE names it' in listed.stderr
    used = two.run("profile", "use", "acme", env={"OSDU_AUTH_PROFILE": "other"})
    assert (
        "OSDU_AUTH_PROFILE is set, and overrides the default: unset OSDU_AUTH_PROFILE"
        in used.stderr
    )


def test_status_marks_profiles_with_a_session_and_names_the_one_in_force(two: Shell) -> None:
    told = two.run("status").stdout
    assert re.findall("^([●○]) (\\w+)", told, re.MULTILINE) == [("●", "acme"), ("○", "other")]
    assert re.findall("in force  when no profile is named, as it is the default", told)
    assert two.run("profile", "use", "other").code == 0
    told = two.run("status").stdout
    assert re.findall("^([●○]) (\\w+)", told, re.MULTILINE) == [("●", "acme"), ("○", "other")]
    assert "in force" in told.partition("○ other")[2]


def test_use_changes_only_the_default_profile(two: Shell) -> None:
    before = (two.config / "config.toml").read_text()
    assert two.run("profile", "use", "other").code == 0
    after = (two.config / "config.toml").read_text()
    assert after == before.replace('default_profile = "acme"', 'default_profile = "other"')
    assert '"other"' in two.run("token").stderr
    missing = two.run("profile", "use", "othr")
    assert (missing.code, 'Did you mean "other"?' in missing.stderr) == (7, True)


def test_show_has_every_setting_and_no_secret(two: Shell, sandbox: Sandbox) -> None:
    shown = two.run("profile", "show").stdout
    assert shown.splitlines()[0] == "acme"
    for text in (sandbox.region, sandbox.client_id, sandbox.platform_url, "file:/"):
        assert text in shown
    clear = ("--client-secret", f"clear:{sandbox.client_secret}", "--mfa-command", "code --key K")
    assert two.run("init", "-p", "other", *clear).code == 0
    for arguments in (("other",), ("other", "--json")):
        shown = two.run("profile", "show", *arguments).stdout
        assert "clear:****" in shown
        assert "code ****" in shown
        assert "--key" not in shown
    assert json.loads(two.run("profile", "show", "--json").stdout)["name"] == "acme"


def test_remove_asks_first_and_a_no_removes_nothing(two: Shell) -> None:
    before = (two.config / "config.toml").read_text()
    terminal = two.terminal("profile", "remove", "acme")
    terminal.expect_exact('Remove the profile "acme"? [y/N]: ')
    terminal.sendline("")
    terminal.expect("Nothing was removed")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 130
    assert (two.config / "config.toml").read_text() == before
    assert two.run("token").code == 0
    unasked = two.run("profile", "remove", "acme")
    assert (unasked.code, "OA-U213" in unasked.stderr) == (2, True)
    line = unasked.stderr.rpartition("Next: ")[2].strip()
    assert two.run(*line.split()[1:]).code == 0


@pytest.mark.parametrize("key_store", [False, True])
def test_remove_deletes_the_session_the_secret_and_the_settings(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str], key_store: bool
) -> None:
    entries = with_key_store(shell) if key_store else None
    given = ["-" if word.startswith("file:") else word for word in init_arguments]
    assert shell.run(*given, stdin=sandbox.client_secret).code == 0
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    revoked = sandbox.requests.count("RevokeToken")
    terminal = shell.terminal("profile", "remove", "acme")
    terminal.expect(r"\[y/N\]: ")
    terminal.sendline("y")
    terminal.expect('The profile "acme" is removed')
    terminal.expect(pexpect.EOF)
    assert sandbox.requests.count("RevokeToken") == revoked + 1
    assert not list(shell.state.rglob("*.session"))
    assert not (shell.state / "acme.client-secret").exists()
    if entries is not None:
        assert "osdu-auth/acme" not in entries.read_text()
    assert shell.run("profile", "list").stdout == ""


def test_remove_keeps_a_secret_that_the_user_stored(signed_in: Shell, sandbox: Sandbox) -> None:
    from pathlib import Path

    secret = re.findall('file:([^"]*)', (signed_in.config / "config.toml").read_text())[0]
    assert signed_in.run("profile", "remove", "acme", "--yes").code == 0
    assert Path(secret).exists()


def test_remove_does_the_rest_if_the_pool_does_not_answer(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.drop("RevokeToken", times=None)
    outcome = signed_in.run("profile", "remove", "acme", "--yes")
    assert (outcome.code, "not revoked at the user pool" in outcome.stderr) == (6, True)
    assert not list(signed_in.state.rglob("*.session"))
    assert signed_in.run("profile", "list").stdout == ""


def test_logout_all_continues_after_a_failure(two: Shell, sandbox: Sandbox) -> None:
    assert two.run("login", "-p", "other", "--password-stdin", stdin=sandbox.password).code == 0
    sandbox.faults.error("RevokeToken", "InternalErrorException", "no", times=1)
    outcome = two.run("logout", "--all")
    assert outcome.code != 0
    assert "Signed out of other: revoked" in outcome.stderr
    assert not list(two.state.rglob("*.session"))
    again = two.run("logout", "--all")
    assert (again.code, "There was no session" in again.stderr) == (0, True)


def test_logout_all_wipes_sessions_without_a_profile(two: Shell, sandbox: Sandbox) -> None:
    (session,) = two.state.rglob("acme.session")
    session.with_name("gone.session").write_bytes(session.read_bytes())
    outcome = two.run("logout", "--all")
    assert outcome.code == 0
    assert "The session of gone is wiped here, but not revoked" in outcome.stderr
    assert not list(two.state.rglob("*.session"))


def test_logout_all_local_asks_no_pool_even_with_a_wrong_profile(
    two: Shell, sandbox: Sandbox
) -> None:
    text = (two.config / "config.toml").read_text()
    (two.config / "config.toml").write_text(text.replace('"us-east-1"', '"us east"'))
    before = len(sandbox.requests)
    assert two.run("logout", "--all", "--local").code == 0
    assert len(sandbox.requests) == before
    assert not list(two.state.rglob("*.session"))


def test_logout_all_excludes_a_profile(two: Shell) -> None:
    outcome = two.run("logout", "--all", "-p", "acme")
    assert (outcome.code, "OA-U214" in outcome.stderr) == (2, True)
    assert two.run("logout", "--all").code == 0


@pytest.mark.parametrize("name", ["list", "use", "show", "remove"])
def test_each_command_s_help_shows_an_example(shell: Shell, name: str) -> None:
    shown = shell.run("profile", name, "--help").stdout
    assert f"osdu-auth profile {name}" in shown.partition("Example:")[2]
