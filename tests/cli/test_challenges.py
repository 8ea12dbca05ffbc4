"""Each challenge of a user pool, answered in a terminal, and without a person."""

from __future__ import annotations

import base64
import re
import shlex
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
    from pathlib import Path

    import pexpect

    from cli.conftest import Shell

TOTP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"


def login(shell: Shell, user: User, *arguments: str) -> pexpect.spawn[str]:
    """Start a sign-in, and type the password."""
    terminal = shell.terminal("login", "-u", user.email, *arguments)
    terminal.expect("Password")
    terminal.sendline(user.password)
    return terminal


def require_signed_in(terminal: pexpect.spawn[str], user: User) -> str:
    """Check that the sign-in succeeds, and return the text after it."""
    terminal.expect(f"Signed in as {user.email}")
    terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 0
    shown: str = terminal.logfile_read.getvalue()
    return shown


def unattended(shell: Shell, user: User, *arguments: str) -> str:
    """Sign in with a password and without a person, and return standard error."""
    outcome = shell.run(
        *("login", "-u", user.email, "--no-input", "--password-stdin", *arguments),
        stdin=user.password,
    )
    assert (outcome.code, outcome.stdout) == (3, ""), outcome.stderr
    return outcome.stderr


def test_with_srp_the_password_is_not_sent_and_login_says_so(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    sandbox.requests.clear()
    shown = require_signed_in(login(every_flow, user), user)
    assert shown.count("never left this computer") == 1
    flows = [
        entry.parameters.get("AuthFlow") for entry in sandbox.requests.matching("InitiateAuth")
    ]
    assert flows == ["USER_SRP_AUTH"]


@pytest.fixture
def without_srp(every_flow: Shell, sandbox: Sandbox) -> Shell:
    """An account with a profile whose app client does not allow SRP."""
    client_id = re.findall(r'client_id = "(.+)"', (every_flow.config / "config.toml").read_text())[
        0
    ]
    flows = frozenset({"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"})
    sandbox.pool.change_app_client(client_id, explicit_auth_flows=flows)
    sandbox.requests.clear()
    return every_flow


LINE = 'auth_flow = "USER_PASSWORD_AUTH"'


def flows_of(sandbox: Sandbox) -> list[Any]:
    return [entry.parameters.get("AuthFlow") for entry in sandbox.requests.matching("InitiateAuth")]


def allow(terminal: pexpect.spawn[str], sandbox: Sandbox, answer: str = "y") -> None:
    """Answer the question that names the host."""
    host = sandbox.endpoint_url.removeprefix("http://")
    terminal.expect(re.escape(f"Send the password itself to {host}? [y/N]"))
    terminal.sendline(answer)


def test_a_password_is_sent_after_a_yes_which_the_profile_records(
    without_srp: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    terminal = login(without_srp, user)
    allow(terminal, sandbox)
    shown = require_signed_in(terminal, user)
    assert "The password itself was sent" in shown
    assert "never left" not in shown
    assert f'Written into the profile "acme": {LINE}' in shown
    assert LINE in (without_srp.config / "config.toml").read_text()
    # The fast path was prepared with the present settings.
    assert without_srp.run("token").code == 0
    sandbox.requests.clear()
    again = require_signed_in(login(without_srp, user), user)
    assert "Send the password" not in again
    assert flows_of(sandbox) == ["USER_PASSWORD_AUTH"]


def test_a_yes_is_recorded_for_a_sign_in_with_flags_too(
    without_srp: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    terminal = without_srp.terminal("login", "-u", user.email, "--preferred-factor", "EMAIL_OTP")
    terminal.expect("Password")
    terminal.sendline(user.password)
    allow(terminal, sandbox)
    assert f'Written into the profile "acme": {LINE}' in require_signed_in(terminal, user)
    written = (without_srp.config / "config.toml").read_text()
    assert LINE in written
    assert "preferred_factor" not in written


def test_after_a_no_the_password_is_not_sent(
    without_srp: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    before = (without_srp.config / "config.toml").read_text()
    terminal = login(without_srp, account())
    allow(terminal, sandbox, "")
    terminal.expect("OA-S337")
    terminal.read()
    terminal.wait()
    assert terminal.exitstatus == 3
    assert flows_of(sandbox) == ["USER_SRP_AUTH"]
    assert (without_srp.config / "config.toml").read_text() == before


@pytest.mark.parametrize("transport", ["direct", "boto3"])
@pytest.mark.parametrize("no_input", [("--no-input",), ()], ids=["--no-input", "a pipe"])
def test_without_a_person_the_error_has_the_command_that_allows_sending(
    without_srp: Shell,
    sandbox: Sandbox,
    account: Callable[..., User],
    no_input: tuple[str, ...],
    transport: str,
) -> None:
    user = account()
    assert without_srp.run("init", "-p", "acme", "--transport", transport).code == 0
    typed = ("login", "-u", user.email, "--password-stdin", *no_input)
    refused = without_srp.run(*typed, stdin=user.password)
    assert (refused.code, refused.stdout) == (3, "")
    assert "OA-S337" in refused.stderr
    assert sandbox.endpoint_url.removeprefix("http://") in refused.stderr
    assert flows_of(sandbox) == ["USER_SRP_AUTH"]
    line = re.findall(r"osdu-auth init .*", refused.stderr)[-1]
    assert line == "osdu-auth init -p acme --auth-flow USER_PASSWORD_AUTH"
    assert without_srp.run(*shlex.split(line)[1:]).code == 0
    assert without_srp.run(*typed, stdin=user.password).code == 0


def test_for_a_profile_from_variables_the_fix_is_a_variable(
    without_srp: Shell, sandbox: Sandbox, account: Callable[..., User], tmp_path: Path
) -> None:
    user = account()
    text = (without_srp.config / "config.toml").read_text()
    for name, value in re.findall(r'^(\w+) = "(.+)"', text, re.MULTILINE):
        if name != "default_profile":
            without_srp.environment[f"OSDU_AUTH_{name.upper()}"] = value
    (without_srp.config / "config.toml").unlink()
    typed = ("login", "-u", user.email, "--password-stdin")
    refused = without_srp.run(*typed, stdin=user.password)
    line = "export OSDU_AUTH_AUTH_FLOW=USER_PASSWORD_AUTH"
    assert ("OA-S337" in refused.stderr, refused.stderr.rstrip().endswith(line)) == (True, True)
    terminal = login(without_srp, user)
    allow(terminal, sandbox)
    assert f"without the question: {line}" in require_signed_in(terminal, user)
    assert without_srp.run("logout").code == 0
    without_srp.environment |= dict([line.removeprefix("export ").split("=")])
    assert without_srp.run(*typed, stdin=user.password).code == 0


def test_if_the_profile_is_read_only_the_line_to_write_is_shown_and_works(
    without_srp: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user, file = account(), without_srp.config / "config.toml"
    file.chmod(0o400)
    before = file.read_text()
    terminal = login(without_srp, user)
    allow(terminal, sandbox)
    shown = require_signed_in(terminal, user)
    assert f"write this line below [profiles.acme] in {file}: {LINE}" in shown
    assert file.read_text() == before
    file.chmod(0o600)
    file.write_text(f"{before}{LINE}\n")
    sandbox.requests.clear()
    require_signed_in(login(without_srp, user), user)
    assert flows_of(sandbox) == ["USER_PASSWORD_AUTH"]


def test_a_linked_file_of_profiles_is_written_at_its_target(
    without_srp: Shell, sandbox: Sandbox, account: Callable[..., User], tmp_path: Path
) -> None:
    user, file = account(), without_srp.config / "config.toml"
    (tmp_path / "dotfiles").mkdir()
    linked = file.rename(tmp_path / "dotfiles" / "osdu.toml")
    file.symlink_to(linked)
    terminal = login(without_srp, user)
    allow(terminal, sandbox)
    require_signed_in(terminal, user)
    assert file.is_symlink()
    assert LINE in linked.read_text()


def test_the_workshop_s_profile_signs_in_without_a_question_and_says_what_was_sent(
    without_srp: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user, file = account(), without_srp.config / "config.toml"
    file.write_text(re.sub("user_pool_id = .*\n", "", file.read_text()))
    shown = require_signed_in(login(without_srp, user), user)
    assert "The password itself was sent" in shown
    assert "Send the password" not in shown
    assert flows_of(sandbox) == ["USER_PASSWORD_AUTH"]


@pytest.mark.parametrize("answer", ["y", "n"])
def test_the_password_itself_as_a_factor_is_sent_after_a_yes(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User], answer: str
) -> None:
    user = account()
    terminal = every_flow.terminal("login", "-u", user.email, "--auth-flow", "USER_AUTH")
    terminal.expect("Number")
    terminal.sendline("PASSWORD")
    terminal.expect("Password")
    terminal.sendline(user.password)
    allow(terminal, sandbox, answer)
    if answer == "y":
        require_signed_in(terminal, user)
    else:
        terminal.expect("OA-S337")
        terminal.expect("osdu-auth init -p acme --preferred-factor PASSWORD")
        terminal.wait()
    assert "auth_flow" not in (every_flow.config / "config.toml").read_text()


def test_a_password_that_the_profile_allows_to_send_needs_no_note(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    shown = require_signed_in(login(every_flow, user, "--auth-flow", "USER_PASSWORD_AUTH"), user)
    assert "password itself" not in shown


def test_after_a_wrong_code_of_an_app_the_code_is_asked_for_again(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP,))
    terminal = login(every_flow, user)
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
def test_the_question_for_a_sent_code_says_where_it_was_sent(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User], factor: str, medium: str
) -> None:
    user = account(mfa=(factor,))
    terminal = login(every_flow, user)
    terminal.expect(f"A code was sent by {medium} to")
    terminal.expect(f"Code from the {medium}")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    require_signed_in(terminal, user)


def test_three_wrong_codes_end_the_sign_in(every_flow: Shell, account: Callable[..., User]) -> None:
    user = account(mfa=(TOTP,))
    terminal = login(every_flow, user)
    for _ in range(3):
        terminal.expect("Code from the authenticator app")
        terminal.sendline("000000")
    terminal.expect(r"OA-S321")
    terminal.expect("osdu-auth login -p acme")
    terminal.wait()
    assert terminal.exitstatus == 3


def test_a_second_factor_is_chosen_from_a_list(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP, SMS))
    terminal = login(every_flow, user)
    terminal.expect("Number")
    number = re.search(r"\[(\d)\] text message", str(terminal.before))
    assert number
    terminal.sendline(number[1])
    terminal.expect("Code from the text message")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    require_signed_in(terminal, user)


def test_a_preferred_factor_is_chosen_without_a_question(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP, SMS))
    terminal = login(every_flow, user, "--preferred-factor", SMS)
    terminal.expect("Code from the text message")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    assert "[1]" not in require_signed_in(terminal, user)


@pytest.mark.parametrize("kind", ["xterm", "dumb"])
def test_an_app_is_set_up_with_a_qr_code_and_a_key_in_letters(
    every_flow: Shell,
    sandbox: Sandbox,
    account: Callable[..., User],
    pool: Callable[..., None],
    kind: str,
) -> None:
    pool(mfa=MfaConfiguration.REQUIRED, mfa_factors=(TOTP,))
    user = account()
    every_flow.environment["TERM"] = kind
    terminal = every_flow.terminal("login", "-u", user.email, dimensions=(24, 80))
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


def test_the_first_factor_may_be_another_than_a_password(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    terminal = every_flow.terminal("login", "-u", user.email, "--auth-flow", "USER_AUTH")
    terminal.expect("Number")
    number = re.search(r"\[(\d)\] e-mail", str(terminal.before))
    assert number
    terminal.sendline(number[1])
    terminal.expect("Code from the e-mail")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    assert "Password" not in require_signed_in(terminal, user)


def test_a_password_is_asked_for_if_it_is_the_chosen_factor(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    terminal = every_flow.terminal(
        *("login", "-u", user.email, "--auth-flow", "USER_AUTH"),
        *("--preferred-factor", "PASSWORD_SRP"),
    )
    terminal.expect("Password")
    terminal.sendline(user.password)
    require_signed_in(terminal, user)


def test_the_answer_to_a_custom_question_is_not_shown(
    every_flow: Shell, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    answer = "the-answer-nobody-sees"
    register(answer)
    pool(custom_questions=(CustomQuestion({"question": "Your first field?"}, answer),))
    user = account()
    terminal = every_flow.terminal("login", "-u", user.email, "--auth-flow", "CUSTOM_AUTH")
    terminal.expect("Password \\(Enter for none\\)")
    terminal.sendline("")
    terminal.expect("question: Your first field")
    terminal.expect("Answer")
    terminal.sendline(answer)
    require_signed_in(terminal, user)


def test_a_remembered_computer_needs_no_code(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    pool(device_tracking=DeviceTracking.USER_OPT_IN)
    user = account(mfa=(TOTP,))
    terminal = login(every_flow, user)
    terminal.expect("Code from the authenticator app")
    terminal.sendline(sandbox.pool.totp_code(user.email))
    terminal.expect("Trust this computer")
    terminal.sendline("y")
    require_signed_in(terminal, user)
    assert "Code" not in require_signed_in(login(every_flow, user), user)


def test_a_passkey_is_refused_with_a_hint_to_the_browser(
    every_flow: Shell, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    pool(first_factors=("WEB_AUTHN", "PASSWORD"))
    user = account(has_passkey=True)
    outcome = every_flow.run(
        *("login", "-u", user.email, "--no-input", "--auth-flow", "USER_AUTH"),
        *("--preferred-factor", "WEB_AUTHN"),
    )
    assert outcome.code == 3
    assert "browser" in outcome.stderr


def test_a_sign_in_without_a_challenge_imports_no_module_for_questions_calls_or_demos(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    probe = (
        "import sys; from osdu_auth.cli import main; code = main(); "
        "print(sorted(name for name in sys.modules if name.startswith(("
        "'osdu_auth.prompts', 'osdu_auth.account', 'osdu_auth.notebook', "
        "'osdu_auth.cli.account', 'osdu_auth.demo', 'osdu_auth.sandbox', 'segno', "
        "'osdu_auth.adapters.httpx', 'osdu_auth.adapters.refusals', "
        "'osdu_auth.profiles.sections', 'osdu_auth.cognito.device')))); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, "login", "-u", user.email, "--password-stdin"],
        input=user.password,
        env=every_flow.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    # That module decides who signs in, and whether a password is asked for.
    assert done.stdout == "['osdu_auth.prompts', 'osdu_auth.prompts.sign_in']\n"


# Without a person


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
def test_with_no_input_the_error_names_the_challenge(
    every_flow: Shell, account: Callable[..., User], settings: dict[str, Any], name: str
) -> None:
    told = unattended(every_flow, account(**settings))
    assert f"asks for {name}" in told
    assert "OA-S330" in told


def test_with_no_input_the_error_names_the_set_up(
    every_flow: Shell, account: Callable[..., User], pool: Callable[..., None]
) -> None:
    pool(mfa=MfaConfiguration.REQUIRED, mfa_factors=(TOTP,))
    assert "MFA_SETUP" in unattended(every_flow, account())


@pytest.mark.parametrize(("flow", "name"), [("USER_AUTH", "SELECT_CHALLENGE"), ("CUSTOM_AUTH", "")])
def test_with_no_input_the_error_names_a_choice_or_a_custom_question(
    every_flow: Shell, account: Callable[..., User], pool: Callable[..., None], flow: str, name: str
) -> None:
    pool(custom_questions=(CustomQuestion({"question": "?"}, "!"),))
    outcome = every_flow.run("login", "-u", account().email, "--no-input", "--auth-flow", flow)
    assert (outcome.code, outcome.stdout) == (3, "")
    assert (name or "CUSTOM_CHALLENGE") in outcome.stderr


def test_with_no_input_nothing_is_asked_at_a_terminal_either(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    terminal = every_flow.terminal("login", "--no-input")
    terminal.expect("OA-U220")
    terminal.wait()
    assert terminal.exitstatus == 2
    terminal = every_flow.terminal("login", "--no-input", "-u", account().email)
    terminal.expect("OA-U222")
    terminal.wait()
    assert terminal.exitstatus == 2
    assert "Password" not in terminal.logfile_read.getvalue()


def test_mfa_command_gives_the_code(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account(mfa=(TOTP,))
    code = sandbox.pool.totp_code(user.email)
    assert every_flow.run("init", "-p", "acme", "--mfa-command", f"echo {code}").code == 0
    outcome = every_flow.run(
        "login", "-u", user.email, "--no-input", "--password-stdin", stdin=user.password
    )
    assert outcome.code == 0, outcome.stderr


def test_login_uses_the_sign_in_settings_that_init_has_written(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    outcome = every_flow.run(
        *("init", "-p", "acme", "--auth-flow", "USER_AUTH", "--preferred-factor", EMAIL)
    )
    assert outcome.code == 0, outcome.stderr
    terminal = every_flow.terminal("login", "-u", user.email)
    terminal.expect("Code from the e-mail")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    require_signed_in(terminal, user)
