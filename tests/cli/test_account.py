"""`osdu-auth account`, and `logout --everywhere`: the commands for a user's account."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth.sandbox import DeviceTracking, UserStatus
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Outcome, Shell
    from osdu_auth.sandbox import Sandbox, User

NEW_PASSWORD = "Another-fine-1-password"
register(NEW_PASSWORD)
TOTP = "SOFTWARE_TOKEN_MFA"


def sign_in(shell: Shell, user: User, password: str | None = None) -> Outcome:
    return shell.run("login", "-u", user.email, "--password-stdin", stdin=password or user.password)


def account_verb(shell: Shell, verb: str, *arguments: str, stdin: str = "") -> Outcome:
    outcome = shell.run("account", verb, *arguments, stdin=stdin)
    assert outcome.code == 0, outcome.stderr
    return outcome


def test_the_group_lists_its_commands_each_with_an_example(shell: Shell) -> None:
    from osdu_auth.cli.account import COMMANDS

    shown = shell.run("account", "--help").stdout
    for name in COMMANDS:
        assert name in shown
        help_text = shell.run("account", name, "--help").stdout
        assert f"osdu-auth account {name}" in help_text.partition("Example:")[2], name


def test_no_account_command_takes_a_secret_as_an_argument(shell: Shell) -> None:
    from osdu_auth.cli.account import COMMANDS

    found = set()
    for name in COMMANDS:
        shown = shell.run("account", name, "--help").stdout
        found |= set(re.findall(r"--[\w-]*(?:password|code)[\w-]*", shown))
    assert {"--code-stdin", "--new-password-stdin"} <= found
    assert [option for option in found if not option.endswith("-stdin")] == []


def test_a_forgotten_password_is_replaced_in_a_terminal(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    terminal = every_flow.terminal("account", "forgot-password", "-u", user.email)
    terminal.expect(r"A code was sent by e-mail to \S+\*")
    terminal.expect("Code")
    terminal.sendline("000000")
    terminal.expect("New password")
    terminal.sendline("short")
    terminal.expect("once more")
    terminal.sendline("short")
    terminal.expect("OA-S321")
    terminal.expect("Code")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    terminal.expect("OA-S317")
    terminal.expect("New password")
    terminal.sendline(NEW_PASSWORD)
    terminal.expect("once more")
    terminal.sendline(NEW_PASSWORD)
    terminal.expect("has a new password")
    terminal.expect("Next: osdu-auth login -p acme")
    terminal.wait()
    assert terminal.exitstatus == 0
    assert sign_in(every_flow, user, NEW_PASSWORD).code == 0


def test_a_forgotten_password_is_replaced_without_a_terminal(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    sent = account_verb(every_flow, "forgot-password", "-u", user.email)
    assert "reset-password -p acme --code-stdin --new-password-stdin" in sent.stderr
    code = sandbox.outbox.last_code(user.username)
    account_verb(
        every_flow,
        *("reset-password", "-u", user.email, "--code-stdin", "--new-password-stdin"),
        stdin=f"{code}\n{NEW_PASSWORD}\n",
    )
    assert sign_in(every_flow, user, NEW_PASSWORD).code == 0


def test_a_missing_code_on_standard_input_is_an_error(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    arguments = ("account", "reset-password", "-u", account().email)
    outcome = every_flow.run(*arguments, "--code-stdin", "--new-password-stdin", stdin="123456\n")
    assert (outcome.code, "no new password" in outcome.stderr) == (2, True)
    outcome = every_flow.run(*arguments)
    assert outcome.code == 2
    assert "--code-stdin" in outcome.stderr


def test_an_account_that_signed_up_is_confirmed(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(status=UserStatus.UNCONFIRMED)
    assert "account confirm-sign-up" in sign_in(every_flow, user).stderr
    sent = account_verb(every_flow, "resend-code", "-u", user.email)
    assert "by e-mail to" in sent.stderr
    code = sandbox.outbox.last_code(user.username)
    account_verb(every_flow, "confirm-sign-up", "-u", user.email, "--code-stdin", stdin=code)
    assert sign_in(every_flow, user).code == 0


def test_a_wrong_code_for_a_sign_up_is_asked_for_again(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(status=UserStatus.UNCONFIRMED)
    account_verb(every_flow, "resend-code", "-u", user.email)
    terminal = every_flow.terminal("account", "confirm-sign-up", "-u", user.email)
    terminal.expect("Code")
    terminal.sendline("000000")
    terminal.expect("OA-S321")
    terminal.expect("Code")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    terminal.expect("is confirmed")


def test_a_user_who_must_reset_the_password_gets_the_command_for_it(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    sandbox.pool.require_reset(user.email)
    assert "osdu-auth account forgot-password" in sign_in(every_flow, user).stderr


def test_a_password_is_changed_in_a_terminal(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    sign_in(every_flow, user)
    terminal = every_flow.terminal("account", "change-password")
    terminal.expect("Present password")
    terminal.sendline(user.password)
    for password in ("short", NEW_PASSWORD):
        terminal.expect("New password")
        terminal.sendline(password)
        terminal.expect("once more")
        terminal.sendline(password)
    terminal.expect("has a new password")
    terminal.wait()
    assert terminal.exitstatus == 0
    assert sign_in(every_flow, user, NEW_PASSWORD).code == 0


def test_a_password_is_changed_from_standard_input(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    sign_in(every_flow, user)
    arguments = ("change-password", "--password-stdin", "--new-password-stdin")
    refused = every_flow.run("account", *arguments, stdin=f"wrong-one\n{NEW_PASSWORD}\n")
    assert refused.code == 3
    account_verb(every_flow, *arguments, stdin=f"{user.password}\n{NEW_PASSWORD}\n")
    assert every_flow.run("token").code == 0


def test_an_app_is_set_up_and_removed(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    sign_in(every_flow, user)
    terminal = every_flow.terminal("account", "set-up-totp")
    terminal.expect(r"time-based key: ([A-Z2-7 ]{60,})")
    text = str(terminal.match[1]).replace(" ", "")
    terminal.expect("Code from the app")
    terminal.sendline("000000")
    terminal.expect("OA-S321")
    terminal.expect("Code from the app")
    app = SoftwareToken(base64.b32decode(text + "=" * (-len(text) % 8)))
    terminal.sendline(app.code_at(sandbox.clock.now()))
    terminal.expect("is the second factor from the next sign-in on")
    terminal.wait()
    assert TOTP in sign_in(every_flow, user).stderr

    terminal = every_flow.terminal("account", "remove-totp")
    terminal.expect(r"\[y/N\]")
    terminal.sendline("")
    terminal.expect("Nothing was changed")
    assert every_flow.run("account", "remove-totp").code == 2
    account_verb(every_flow, "remove-totp", "--yes")
    assert sign_in(every_flow, user).code == 0


def test_an_app_is_set_up_in_a_terminal_only(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    sign_in(every_flow, account())
    outcome = every_flow.run("account", "set-up-totp")
    assert (outcome.code, "OA-U221" in outcome.stderr) == (2, True)


def test_remembered_computers_are_listed_and_forgotten(
    every_flow: Shell, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    pool(device_tracking=DeviceTracking.ALWAYS)
    user = account()
    sign_in(every_flow, user)
    listed = account_verb(every_flow, "devices").stdout.splitlines()
    assert len(listed) == 1
    assert "(this computer)" in listed[0]
    (device,) = json.loads(account_verb(every_flow, "devices", "--json").stdout)
    assert device["is_this_one"] is True
    assert listed[0].startswith(device["key"])
    told = account_verb(every_flow, "forget-device", device["key"]).stderr
    assert "That was this computer. Next: osdu-auth login -p acme" in told
    assert every_flow.run("account", "forget-device", "no-such-key").code in {3, 4, 7}


def test_an_empty_list_of_remembered_computers_says_so(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    sign_in(every_flow, account())
    outcome = account_verb(every_flow, "devices")
    assert outcome.stdout == ""
    assert "does not remember any of your computers" in outcome.stderr


@pytest.mark.parametrize(
    "verb", ["change-password", "set-up-totp", "remove-totp", "devices", "forget-device"]
)
def test_account_commands_without_a_session_say_to_sign_in(every_flow: Shell, verb: str) -> None:
    arguments = ["key"] if verb == "forget-device" else []
    outcome = every_flow.run("account", verb, *arguments)
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "osdu-auth login -p acme" in outcome.stderr


def test_signing_out_everywhere_ends_every_session(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    sign_in(every_flow, user)
    outcome = every_flow.run("logout", "--everywhere")
    assert outcome.code == 0
    assert "on every other computer" in outcome.stderr
    assert sandbox.requests.last.operation == "GlobalSignOut"
    assert every_flow.run("token").code == 3


def test_signing_out_everywhere_wipes_nothing_if_the_pool_does_not_answer(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    sign_in(every_flow, account())
    sandbox.faults.drop("GlobalSignOut", times=None)
    assert every_flow.run("logout", "--everywhere").code == 6
    assert every_flow.run("token").code == 0
