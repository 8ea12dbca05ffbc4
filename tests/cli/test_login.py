"""`osdu-auth login`: signing in."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.conftest import with_key_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox, User


def test_the_typed_password_is_not_shown(configured: Shell, sandbox: Sandbox) -> None:
    terminal = configured.terminal("login")
    terminal.expect("Password")
    terminal.sendline(sandbox.password)
    terminal.expect("Signed in as " + sandbox.username)
    terminal.expect("Next: ")
    terminal.wait()
    assert terminal.exitstatus == 0
    assert configured.run("token").code == 0


def test_a_password_comes_from_standard_input(configured: Shell, sandbox: Sandbox) -> None:
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password + "\n")
    assert outcome.code == 0
    assert outcome.stdout == ""
    assert f"Signed in as {sandbox.username}" in outcome.stderr


def test_session_files_are_private(signed_in: Shell) -> None:
    found = [path for path in signed_in.state.rglob("*") if path.is_file()]
    assert found
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    folders = [signed_in.state, *(path for path in signed_in.state.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_the_first_sign_in_says_once_where_the_key_is_stored(
    configured: Shell, sandbox: Sandbox
) -> None:
    refused = configured.run("login", "--password-stdin", stdin="Wrong-password-1\n")
    assert "tored" not in refused.stderr
    assert not (configured.state / "key").exists()
    first = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert "! Stored: private file · its key is next to it, as no OS key store" in first.stderr
    better = "  An OS key store is better, such as GNOME Keyring or KWallet"
    advice = re.search(f"{better}.*(rm .*)", first.stderr)
    assert advice
    assert advice[1] == f"rm {configured.state}/key && osdu-auth login"
    second = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert (second.code, "tored" in second.stderr) == (0, False)
    assert "private file · its key is next to it" in configured.run("status").stdout


def test_the_printed_command_moves_the_key_to_the_key_store(
    configured: Shell, sandbox: Sandbox
) -> None:
    first = configured.run("login", "--password-stdin", stdin=sandbox.password)
    advice = first.stderr.partition("When it runs: ")[2].partition("\n")[0]
    with_key_store(configured)
    removed, _, login = advice.partition(" && ")
    subprocess.run(["sh", "-c", removed], check=True)
    again = configured.run(*login.split()[1:], "--password-stdin", stdin=sandbox.password)
    assert "Stored: sealed file · key in the OS key store" in again.stderr
    assert not (configured.state / "key").exists()


def test_if_a_key_store_is_required_no_session_is_stored_without_one(configured: Shell) -> None:
    with (configured.config / "config.toml").open("a") as settings:
        settings.write('\n[profiles.acme.store]\nsealed = "required"\n')
    terminal = configured.terminal("login")
    assert terminal.expect(["OA-F815", "Password"]) == 0, "no password is typed for nothing"
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 8
    assert list(configured.state.rglob("*.session")) == []
    assert not (configured.state / "key").exists()


def test_only_the_hour_long_token_is_stored_in_clear(signed_in: Shell, sandbox: Sandbox) -> None:
    written = b"".join(path.read_bytes() for path in signed_in.state.rglob("*") if path.is_file())
    settings = b"".join(path.read_bytes() for path in signed_in.config.rglob("*") if path.is_file())
    for secret in (sandbox.password, sandbox.client_secret):
        assert secret.encode() not in written + settings
    assert sandbox.username.encode() not in written


def test_a_wrong_password_is_an_error_and_nothing_is_saved(configured: Shell) -> None:
    outcome = configured.run("login", "--password-stdin", stdin="Wrong-password-1\n")
    assert outcome.code == 3
    assert "[OA-S310]" in outcome.stderr
    assert "Wrong-password-1" not in outcome.stderr
    assert configured.run("token").code == 3


def test_an_empty_standard_input_for_the_password_is_an_error(configured: Shell) -> None:
    outcome = configured.run("login", "--password-stdin", stdin="")
    assert (outcome.code, "OA-U203" in outcome.stderr) == (2, True)


def test_without_a_terminal_nothing_is_asked(configured: Shell) -> None:
    outcome = configured.run("login")
    assert outcome.code == 2
    assert "--password-stdin" in outcome.stderr
    assert "OA-U202" in outcome.stderr


def test_login_has_no_option_for_the_password(configured: Shell) -> None:
    outcome = configured.run("login", "--password", "x")
    assert outcome.code == 2
    assert "OA-U200" in outcome.stderr


def test_ctrl_c_at_the_prompt_cancels(configured: Shell) -> None:
    terminal = configured.terminal("login")
    terminal.expect("Password")
    terminal.sendintr()
    terminal.expect("Cancelled")
    terminal.wait()
    assert terminal.exitstatus == 130
    assert configured.run("token").code == 3


def test_a_first_login_asks_for_a_new_password_in_the_terminal(
    configured: Shell, sandbox: Sandbox
) -> None:
    from osdu_auth.sandbox.pool.users import UserStatus

    sandbox.pool.add_user(
        email="first.login@example.com",
        password=sandbox.temporary_password,
        status=UserStatus.FORCE_CHANGE_PASSWORD,
    )
    terminal = configured.terminal("login", "--username", "first.login@example.com")
    terminal.expect("Password")
    terminal.sendline(sandbox.temporary_password)
    terminal.expect("choose your own")
    terminal.expect("the user pool also asks for: Given name, Family name")
    terminal.expect("The usual rule: 8 characters or more")
    terminal.expect("New password: $")
    terminal.sendline("short")
    terminal.expect("once more")
    terminal.sendline("short")
    for label in ("Given name: $", "Family name: $"):
        terminal.expect(label)
        terminal.sendline("Grace")
    terminal.expect(r"\[OA-")
    terminal.expect("Kept as you typed it: Given name, Family name")
    terminal.expect("New password: $")
    terminal.sendline("A-fine-new-1-password")
    terminal.expect("once more")
    terminal.sendline("Another-new-1-password")
    terminal.expect("not the same")
    for label in ("New password", "once more"):
        terminal.expect(label)
        terminal.sendline("A-fine-new-1-password")
    # The names are kept, as the pool refused the password only.
    terminal.expect("Signed in as first.login@example.com")
    terminal.wait()
    assert terminal.exitstatus == 0
    user = sandbox.pool.user("first.login@example.com")
    assert user.attributes == {"given_name": "Grace", "family_name": "Grace"}


def test_a_first_login_without_a_terminal_names_the_challenge(
    configured: Shell, sandbox: Sandbox
) -> None:
    outcome = configured.run(
        *("login", "--username", sandbox.new_username, "--password-stdin"),
        stdin=sandbox.temporary_password,
    )
    assert outcome.code == 3
    assert "NEW_PASSWORD_REQUIRED" in outcome.stderr


@pytest.mark.parametrize("characters", [" leading and trailing ", "pässwörd€", "a" * 256])
def test_a_password_is_sent_as_typed(configured: Shell, sandbox: Sandbox, characters: str) -> None:
    password = f"Aa1!{characters}"[:256]
    username = f"typed{abs(hash(characters))}@example.com"
    sandbox.pool.add_user(email=username, password=password)
    arguments = ("login", "--username", username, "--password-stdin")
    assert configured.run(*arguments, stdin=password + "\n").code == 0


def test_login_names_the_user_whose_session_it_replaces(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.pool.add_user(email="following@example.com", password=sandbox.password)
    arguments = ("login", "--password-stdin", "--username")
    for name in (sandbox.username, sandbox.username.upper()):
        again = signed_in.run(*arguments, name, stdin=sandbox.password)
        assert (again.code, "This replaces" in again.stderr) == (0, False)
    other = signed_in.run(*arguments, "following@example.com", stdin=sandbox.password)
    assert other.code == 0
    assert f"! This replaces {sandbox.username.upper()}: programs that run as" in other.stderr


def test_a_program_for_another_user_prints_a_working_command(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    name = "the other's@example.com"
    sandbox.pool.add_user(email=name, password=sandbox.password)
    script = f"import osdu_auth; print(osdu_auth.login('acme', username={name!r}).saved().account)"

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script], env=signed_in.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    refused = run().stderr
    assert f'{sandbox.username} is signed in to "acme", not {name}.' in refused
    line = refused.rpartition("then come back: ")[2].partition(" [OA-S392]")[0]
    terminal = signed_in.terminal(*shlex.split(line)[1:])
    terminal.expect("Password")
    terminal.sendline(sandbox.password)
    terminal.expect("Signed in as the other")
    terminal.wait()
    assert run().stdout == f"{name}\n"


def test_the_last_user_name_is_the_default_of_the_question(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    for asked, typed in (("User name: ", user.email), (rf"User name \[{user.email}\]: ", "")):
        terminal = every_flow.terminal("login")
        terminal.expect(asked)
        terminal.sendline(typed)
        terminal.expect(f"as {user.email}")
        terminal.expect("Password")
        terminal.sendline(user.password)
        terminal.expect(f"Signed in as {user.email}")
        terminal.wait()
    outcome = every_flow.run("login", "--no-input", "--password-stdin", stdin=user.password)
    assert "OA-U220" in outcome.stderr, "a name that was not given is only offered"


@pytest.mark.parametrize("transport", ["direct", "boto3"])
def test_a_note_about_a_password_sent_in_clear_does_not_say_tls(
    configured: Shell, sandbox: Sandbox, transport: str
) -> None:
    if transport == "boto3":
        pytest.importorskip("boto3")
    settings = configured.config / "config.toml"
    text = re.sub("user_pool_id.*\n", "", settings.read_text())
    settings.write_text(f'{text}\ntransport = "{transport}"\n')
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == 0, outcome.stderr
    assert (
        "sent to the user pool on this machine, in clear text. SRP would not send it"
        in outcome.stderr
    )
    assert "TLS" not in outcome.stderr


def test_the_error_says_that_another_pool_s_id_makes_each_password_wrong(
    configured: Shell, sandbox: Sandbox
) -> None:
    """The proof contains the pool's id: the right password is refused, up to the lock-out."""
    settings = configured.config / "config.toml"
    other = sandbox.user_pool_id[:-1] + ("a" if sandbox.user_pool_id[-1] != "a" else "b")
    settings.write_text(settings.read_text().replace(sandbox.user_pool_id, other))
    refused = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert (refused.code, "OA-S310" in refused.stderr) == (3, True)
    assert "If the profile has another pool's id, every password is wrong" in refused.stderr
    assert f"the id in the profile ends in _{other.partition('_')[2]}" in refused.stderr
    advised = re.search(r"if it is another pool: osdu-auth (init .*)", refused.stderr)
    assert advised, refused.stderr
    words = advised[1].replace("ID", sandbox.user_pool_id).split()
    assert configured.run(*words).code == 0
    assert configured.run("login", "--password-stdin", stdin=sandbox.password).code == 0


def test_without_srp_the_error_does_not_mention_the_pool_s_id(
    configured: Shell, sandbox: Sandbox
) -> None:
    flags = ("--auth-flow", "USER_PASSWORD_AUTH", "--password-stdin")
    refused = configured.run("login", *flags, stdin=sandbox.password + "x")
    assert (refused.code, "OA-S310" in refused.stderr) == (3, True)
    assert "another pool" not in refused.stderr
