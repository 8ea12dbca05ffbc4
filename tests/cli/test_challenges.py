"""Every way in which a user pool asks, answered in a terminal, and with nobody there."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from canaries import register
from osdu_auth.sandbox import (
    CustomQuestion,
    DeviceTracking,
    MfaConfiguration,
    Sandbox,
    User,
    UserStatus,
)
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

if TYPE_CHECKING:
    from collections.abc import Callable

    import pexpect

    from cli.conftest import Shell

TOTP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"


def login(shell: Shell, user: User, *arguments: str) -> pexpect.spawn[str]:
    """Begin to sign in, and give the password."""
    terminal = shell.terminal("login", "-u", user.email, *arguments)
    terminal.expect("Password")
    terminal.sendline(user.password)
    return terminal


def require_signed_in(terminal: pexpect.spawn[str], user: User) -> str:
    """See that the sign-in ends well, and return what was said after it."""
    terminal.expect(f"Signed in as {user.email}")
    terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 0
    shown: str = terminal.logfile_read.getvalue()
    return shown


def unattended(shell: Shell, user: User, *arguments: str) -> str:
    """Sign in with the password and nobody there, and return what was said."""
    outcome = shell.run(
        *("login", "-u", user.email, "--no-input", "--password-stdin", *arguments),
        stdin=user.password,
    )
    assert (outcome.code, outcome.stdout) == (3, ""), outcome.stderr
    return outcome.stderr


def test_by_srp_the_password_never_leaves_and_that_is_said(
    free: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    sandbox.requests.clear()
    shown = require_signed_in(login(free, user), user)
    assert shown.count("never left this computer") == 1
    flows = [
        entry.parameters.get("AuthFlow") for entry in sandbox.requests.matching("InitiateAuth")
    ]
    assert flows == ["USER_SRP_AUTH"]


def test_a_password_that_had_to_be_sent_is_said(
    configured: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    flows = frozenset({"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"})
    former = sandbox.pool.app_client(sandbox.client_id).explicit_auth_flows
    sandbox.pool.change_app_client(sandbox.client_id, explicit_auth_flows=flows)
    try:
        shown = require_signed_in(login(configured, user), user)
    finally:
        sandbox.pool.change_app_client(sandbox.client_id, explicit_auth_flows=former)
    assert "The password itself was sent" in shown
    assert "never left" not in shown


def test_a_password_that_was_meant_to_be_sent_is_not_talked_about(
    free: Shell, account: Callable[..., User]
) -> None:
    user = account()
    shown = require_signed_in(login(free, user, "--auth-flow", "USER_PASSWORD_AUTH"), user)
    assert "password itself" not in shown


def test_a_code_of_an_app_is_asked_for_again_if_it_is_wrong(
    free: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP,))
    terminal = login(free, user)
    terminal.expect("Code from the authenticator app")
    terminal.sendline("000000")
    terminal.expect(r"2 tries left \(codes change every 30 s\)\.")
    code = sandbox.pool.totp_code(user.email)
    terminal.expect("Code from the authenticator app")
    terminal.sendline(f"{code[:3]} {code[3:]}")
    require_signed_in(terminal, user)


@pytest.mark.parametrize(
    ("factor", "medium"), [(SMS, "text message"), (EMAIL, "e-mail")], ids=["SMS", "e-mail"]
)
def test_a_code_that_was_sent_is_asked_for_with_where_it_went(
    free: Shell, sandbox: Sandbox, account: Callable[..., User], factor: str, medium: str
) -> None:
    user = account(mfa=(factor,))
    terminal = login(free, user)
    terminal.expect(f"A code was sent by {medium} to")
    terminal.expect(f"Code from the {medium}")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    require_signed_in(terminal, user)


def test_three_wrong_codes_end_the_sign_in(free: Shell, account: Callable[..., User]) -> None:
    user = account(mfa=(TOTP,))
    terminal = login(free, user)
    for _ in range(3):
        terminal.expect("Code from the authenticator app")
        terminal.sendline("000000")
    terminal.expect(r"OA-S321")
    terminal.expect("osdu-auth login -p acme")
    terminal.wait()
    assert terminal.exitstatus == 3


def test_a_second_factor_is_chosen_from_a_list(
    free: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP, SMS))
    terminal = login(free, user)
    terminal.expect("Number")
    number = re.search(r"\[(\d)\] text message", str(terminal.before))
    assert number
    terminal.sendline(number[1])
    terminal.expect("Code from the text message")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    require_signed_in(terminal, user)


def test_a_preferred_factor_is_not_asked_for(
    free: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP, SMS))
    terminal = login(free, user, "--preferred-factor", SMS)
    terminal.expect("Code from the text message")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    assert "[1]" not in require_signed_in(terminal, user)


@pytest.mark.parametrize("kind", ["xterm", "dumb"])
def test_an_app_is_set_up_with_a_picture_that_fits_and_a_key_in_letters(
    free: Shell,
    sandbox: Sandbox,
    account: Callable[..., User],
    pool: Callable[..., None],
    kind: str,
) -> None:
    pool(mfa=MfaConfiguration.REQUIRED, mfa_factors=(TOTP,))
    user = account()
    free.environment["TERM"] = kind
    terminal = free.terminal("login", "-u", user.email, dimensions=(24, 80))
    terminal.expect("Password")
    terminal.sendline(user.password)
    terminal.expect(r"time-based key: ([A-Z2-7 ]{60,})")
    terminal.expect("Code from the app")
    lines = str(terminal.before).splitlines()
    assert any("▄" in line for line in lines) is (kind == "xterm")
    assert len(lines) <= 24
    shown = terminal.logfile_read.getvalue()
    key = re.search(r"time-based key: ([A-Z2-7 ]+)", shown)
    assert key
    text = key[1].replace(" ", "")
    app = SoftwareToken(base64.b32decode(text + "=" * (-len(text) % 8)))
    terminal.sendline(app.code_at(sandbox.clock.now()))
    require_signed_in(terminal, user)


def test_a_first_factor_is_chosen_and_need_be_no_password(
    free: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    terminal = free.terminal("login", "-u", user.email, "--auth-flow", "USER_AUTH")
    terminal.expect("Number")
    number = re.search(r"\[(\d)\] e-mail", str(terminal.before))
    assert number
    terminal.sendline(number[1])
    terminal.expect("Code from the e-mail")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    assert "Password" not in require_signed_in(terminal, user)


def test_a_password_that_is_the_chosen_factor_is_asked_for_then(
    free: Shell, account: Callable[..., User]
) -> None:
    user = account()
    terminal = free.terminal(
        *("login", "-u", user.email, "--auth-flow", "USER_AUTH"),
        *("--preferred-factor", "PASSWORD_SRP"),
    )
    terminal.expect("Password")
    terminal.sendline(user.password)
    require_signed_in(terminal, user)


def test_a_question_of_the_pool_s_own_is_asked_hidden(
    free: Shell, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    answer = "the-answer-nobody-sees"
    register(answer)
    pool(custom_questions=(CustomQuestion({"question": "Your first field?"}, answer),))
    user = account()
    terminal = free.terminal("login", "-u", user.email, "--auth-flow", "CUSTOM_AUTH")
    terminal.expect("Password \\(Enter for none\\)")
    terminal.sendline("")
    terminal.expect("question: Your first field")
    terminal.expect("Answer")
    terminal.sendline(answer)
    require_signed_in(terminal, user)


def test_a_trusted_computer_is_asked_for_no_code_again(
    free: Shell, sandbox: Sandbox, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    pool(device_tracking=DeviceTracking.USER_OPT_IN)
    user = account(mfa=(TOTP,))
    terminal = login(free, user)
    terminal.expect("Code from the authenticator app")
    terminal.sendline(sandbox.pool.totp_code(user.email))
    terminal.expect("Trust this computer")
    terminal.sendline("y")
    require_signed_in(terminal, user)
    assert "Code" not in require_signed_in(login(free, user), user)


def test_a_passkey_is_refused_in_words_that_name_the_browser(
    free: Shell, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    pool(first_factors=("WEB_AUTHN", "PASSWORD"))
    user = account(has_passkey=True)
    outcome = free.run(
        *("login", "-u", user.email, "--no-input", "--auth-flow", "USER_AUTH"),
        *("--preferred-factor", "WEB_AUTHN"),
    )
    assert outcome.code == 3
    assert "browser" in outcome.stderr


def test_a_sign_in_that_is_asked_nothing_imports_no_question(
    free: Shell, account: Callable[..., User]
) -> None:
    user = account()
    probe = (
        "import sys; from osdu_auth.cli import main; code = main(); "
        "print(sorted(name for name in sys.modules if name.startswith(("
        "'osdu_auth.questions', 'osdu_auth.account', 'osdu_auth.notebook', "
        "'osdu_auth.cli.account', 'osdu_auth.demo', 'osdu_auth.sandbox', 'segno')))); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, "login", "-u", user.email, "--password-stdin"],
        input=user.password,
        env=free.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    # Who signs in, and whether a password is asked for, is decided there.
    assert done.stdout == "['osdu_auth.questions', 'osdu_auth.questions.signing_in']\n"


# Nobody is there


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"mfa": (TOTP,)}, TOTP),
        ({"mfa": (SMS,)}, SMS),
        ({"mfa": (EMAIL,)}, EMAIL),
        ({"mfa": (TOTP, SMS)}, "SELECT_MFA_TYPE"),
        ({"status": UserStatus.FORCE_CHANGE_PASSWORD}, "NEW_PASSWORD_REQUIRED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_with_no_input_a_challenge_ends_in_its_name(
    free: Shell, account: Callable[..., User], settings: dict[str, Any], name: str
) -> None:
    told = unattended(free, account(**settings))
    assert f"asks for {name}" in told
    assert "OA-S330" in told


def test_with_no_input_a_set_up_ends_in_its_name(
    free: Shell, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    pool(mfa=MfaConfiguration.REQUIRED, mfa_factors=(TOTP,))
    assert "MFA_SETUP" in unattended(free, account())


@pytest.mark.parametrize(("flow", "name"), [("USER_AUTH", "SELECT_CHALLENGE"), ("CUSTOM_AUTH", "")])
def test_with_no_input_a_choice_and_a_question_end_in_their_names(
    free: Shell, account: Callable[..., User], pool: Callable[..., None], flow: str, name: str
) -> None:
    pool(custom_questions=(CustomQuestion({"question": "?"}, "!"),))
    outcome = free.run("login", "-u", account().email, "--no-input", "--auth-flow", flow)
    assert (outcome.code, outcome.stdout) == (3, "")
    assert (name or "CUSTOM_CHALLENGE") in outcome.stderr


def test_with_no_input_a_terminal_is_asked_nothing_either(
    free: Shell, account: Callable[..., User]
) -> None:
    terminal = free.terminal("login", "--no-input")
    terminal.expect("OA-U220")
    terminal.wait()
    assert terminal.exitstatus == 2
    terminal = free.terminal("login", "--no-input", "-u", account().email)
    terminal.expect("OA-U222")
    terminal.wait()
    assert terminal.exitstatus == 2
    assert "Password" not in terminal.logfile_read.getvalue()


def test_a_code_comes_from_a_command_of_the_user_s(
    free: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP,))
    code = sandbox.pool.totp_code(user.email)
    assert free.run("init", "-p", "acme", "--mfa-command", f"echo {code}").code == 0
    outcome = free.run(
        "login", "-u", user.email, "--no-input", "--password-stdin", stdin=user.password
    )
    assert outcome.code == 0, outcome.stderr


def test_what_init_is_told_of_a_sign_in_is_in_force(
    free: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    outcome = free.run(
        *("init", "-p", "acme", "--auth-flow", "USER_AUTH", "--preferred-factor", EMAIL)
    )
    assert outcome.code == 0, outcome.stderr
    terminal = free.terminal("login", "-u", user.email)
    terminal.expect("Code from the e-mail")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    require_signed_in(terminal, user)
