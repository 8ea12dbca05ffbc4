"""Bytes that are no text, at each input: our own error, and never one of Python or a library.

The bytes come from a terminal that is set to Latin-1, a file of an older program, or a variable of
another machine. With `LC_ALL=C`, text in UTF-8 is accepted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import osdu_auth
from canaries import register
from cli.conftest import PROGRAM, Outcome
from osdu_auth import OsduAuthError, Secret, Session, TotpSetUp, answers_from
from osdu_auth.account import Account
from osdu_auth.input_text import NotText, as_text, decoded
from osdu_auth.sandbox import UserStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pexpect

    from cli.conftest import Shell
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox, User

PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LOCALES = {"UTF-8": {"LC_ALL": "C.UTF-8"}, "C at its word": PLAIN}
locales = pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES)
LATIN_1 = "Zq7-pässwörd-4x".encode("latin-1")
FOREIGN = ("Unicode", "Error:", "OSError", "surrogate", "codec", "Traceback", "OA-D101")


def of_ours(shown: str, code: str) -> None:
    """Check that the output is one of our errors."""
    assert f"[{code}]" in shown, shown
    assert not [word for word in FOREIGN if word in shown], shown


def run(
    shell: Shell,
    *arguments: str | bytes,
    stdin: bytes = b"",
    env: Mapping[str, str | bytes] | None = None,
) -> Outcome:
    """Run the program with bytes as arguments and variables."""
    variables = {os.fsencode(name): os.fsencode(text) for name, text in shell.environment.items()}
    variables |= {os.fsencode(name): os.fsencode(text) for name, text in (env or {}).items()}
    done = subprocess.run(
        [*PROGRAM, *arguments], env=variables, cwd=shell.folder, input=stdin,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode())


def type_bytes(terminal: pexpect.spawn[str], line: bytes) -> None:
    os.write(terminal.child_fd, line + b"\n")


@pytest.fixture
def in_locale(shell: Shell) -> Callable[[dict[str, str]], None]:
    def change(locale: dict[str, str]) -> None:
        del shell.environment["PYTHONIOENCODING"]
        shell.environment |= locale

    return change


def ended(terminal: pexpect.spawn[str]) -> str:
    terminal.read()
    terminal.wait()
    shown: str = terminal.logfile_read.getvalue()
    return shown


# At questions


@locales
@pytest.mark.parametrize(
    ("command", "question"),
    [
        (("login",), "Password"),
        (("account", "change-password"), "Present password"),
        (("account", "reset-password", "--new-password-stdin"), "Code"),
        (("init", "-p", "new", "--region", "us-east-1", "--client-id", "c"), "App client secret"),
        (("init", "-p", "new"), "AWS region"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_question_at_a_latin_1_terminal_ends_in_an_error(
    signed_in: Shell,
    in_locale: Callable[[dict[str, str]], None],
    locale: dict[str, str],
    command: tuple[str, ...],
    question: str,
) -> None:
    in_locale(locale)
    terminal = signed_in.terminal(*command)
    terminal.expect(question)
    type_bytes(terminal, LATIN_1)
    shown = ended(terminal)
    of_ours(shown, "OA-U207")
    assert terminal.exitstatus == 2


def test_the_fix_for_a_latin_1_terminal_works(
    every_flow: Shell, account: Callable[..., User], tmp_path_factory: pytest.TempPathFactory
) -> None:
    password = LATIN_1.decode("latin-1")
    user = account(password=password)
    terminal = every_flow.terminal("login", "-u", user.email)
    terminal.expect("Password")
    type_bytes(terminal, LATIN_1)
    shown = ended(terminal)
    assert "Next: " in shown
    assert "osdu-auth login -p acme --password-stdin < FILE" in shown.replace("\r\n", "") or (
        "osdu-auth login --password-stdin < FILE" in shown
    )
    file = tmp_path_factory.mktemp("password") / "password.txt"
    file.touch(mode=0o600)
    file.write_text(password, encoding="utf-8")
    command = ("login", "-u", user.email, "--password-stdin")
    assert run(every_flow, *command, stdin=file.read_bytes()).code == 0


@locales
def test_a_password_in_utf_8_is_read_with_each_locale(
    every_flow: Shell,
    account: Callable[..., User],
    in_locale: Callable[[dict[str, str]], None],
    locale: dict[str, str],
) -> None:
    password = "Zq7-pässwörd-4x"
    register(password)
    user = account(password=password)
    in_locale(locale)
    terminal = every_flow.terminal("login", "-u", user.email)
    terminal.expect("Password")
    type_bytes(terminal, password.encode())
    assert f"Signed in as {user.email}" in ended(terminal)
    command = ("login", "-u", user.email, "--password-stdin")
    outcome = run(every_flow, *command, stdin=password.encode() + b"\r\n")
    assert outcome.code == 0, outcome.stderr
    assert password not in outcome.stderr


@locales
def test_a_new_password_that_is_no_text_is_an_error(
    every_flow: Shell,
    account: Callable[..., User],
    in_locale: Callable[[dict[str, str]], None],
    locale: dict[str, str],
) -> None:
    user = account(status=UserStatus.FORCE_CHANGE_PASSWORD)
    in_locale(locale)
    terminal = every_flow.terminal("login", "-u", user.email)
    terminal.expect("Password")
    terminal.sendline(user.password)
    terminal.expect("New password")
    type_bytes(terminal, LATIN_1)
    of_ours(ended(terminal), "OA-U207")


LIBRARY = """
import sys
import osdu_auth
try:
    osdu_auth.login()
except osdu_auth.OsduAuthError as error:
    print("OURS", error, file=sys.stderr)
"""


@locales
def test_a_program_at_a_latin_1_terminal_gets_an_error_of_ours(
    configured: Shell, in_locale: Callable[[dict[str, str]], None], locale: dict[str, str]
) -> None:
    import pexpect

    in_locale(locale)
    terminal = pexpect.spawn(
        sys.executable, ["-c", LIBRARY], env=configured.environment, cwd=str(configured.folder),
        encoding="utf-8", codec_errors="replace", timeout=20,
    )  # fmt: skip
    terminal.expect("Password")
    type_bytes(terminal, LATIN_1)
    shown = terminal.read()
    assert "OURS" in shown
    assert "OA-U207" in shown
    assert not [word for word in FOREIGN if word in shown], shown


# Standard input


@locales
@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("login", "--password-stdin"), LATIN_1),
        (("account", "change-password", "--password-stdin", "--new-password-stdin"),
         b"Good-1\n" + LATIN_1),
        (("account", "reset-password", "--code-stdin", "--new-password-stdin"),
         b"123456\n" + LATIN_1),
        (("account", "confirm-sign-up", "--code-stdin"), b"\xe4"),
        (("login", "--password-stdin"), b"\xff\xfea"),
    ],
    ids=["password", "new password", "reset", "code", "half of UTF-16"],
)  # fmt: skip
def test_standard_input_that_is_no_text_is_an_error_and_nothing_is_sent(
    signed_in: Shell,
    sandbox: Sandbox,
    in_locale: Callable[[dict[str, str]], None],
    locale: dict[str, str],
    arguments: tuple[str, ...],
    stdin: bytes,
) -> None:
    in_locale(locale)
    sandbox.requests.clear()
    outcome = run(signed_in, *arguments, stdin=stdin)
    assert outcome.code == 2
    of_ours(outcome.stderr, "OA-U207")
    assert "Next: " in outcome.stderr
    assert not list(sandbox.requests.matching("ChangePassword"))


@locales
@pytest.mark.parametrize("command", ["verify", "decode"])
def test_a_token_that_is_no_text_is_no_token(
    configured: Shell,
    in_locale: Callable[[dict[str, str]], None],
    locale: dict[str, str],
    command: str,
) -> None:
    in_locale(locale)
    outcome = run(configured, command, stdin=b"eyJ\xe4\xff.a.b\n")
    assert outcome.code == 5
    of_ours(outcome.stderr, "OA-V501")


# Arguments, variables, files


@locales
def test_a_user_name_that_is_no_text_is_an_error(
    configured: Shell, in_locale: Callable[[dict[str, str]], None], locale: dict[str, str]
) -> None:
    in_locale(locale)
    name = "Jörg".encode("latin-1")
    tried: list[tuple[tuple[str | bytes, ...], dict[str, bytes], str]] = [
        (("login", "-u", name, "--password-stdin"), {}, "OA-C756"),
        (("account", "forgot-password", "-u", name), {}, "OA-C756"),
        (("init", "-p", "other", "--username", name), {}, "OA-C704"),
        (("init", "-p", "acme"), {"OSDU_AUTH_USERNAME": name}, "OA-C704"),
        (("init", "-p", "acme"), {"OSDU_AUTH_REGION": name}, "OA-C701"),
        (("token",), {"OSDU_AUTH_PROFILE": name}, "OA-C784"),
        (("token", "-p", name), {}, "OA-C784"),
        (("request", "GET", b"/api/\xe4"), {}, "OA-U211"),
        (("request", "POST", "/api/x", "--data", b'"\xe4"'), {}, "OA-U208"),
        (("request", "POST", "/api/x", "--data", b"@\xe4"), {}, "OA-U205"),
        (("verify", "--key-set", b"keys\xe4", "x"), {}, "OA-C776"),
        (("login", "--auth-flow", b"\xe4"), {}, "OA-U200"),
        ((b"l\xe4gin",), {}, "OA-U200"),
        (("exec", "--", b"\xe4"), {}, ""),
    ]
    for arguments, env, code in tried:
        outcome = run(configured, *arguments, stdin=b"Some-password-1\n", env=env)
        assert outcome.code not in {0, 1}, (arguments, outcome.stderr)
        of_ours(outcome.stderr, code or outcome.stderr.rpartition("[")[2].partition("]")[0])


@locales
def test_names_and_folders_in_utf_8_are_accepted_in_arguments_and_variables(
    shell: Shell,
    sandbox: Sandbox,
    init_arguments: list[str],
    in_locale: Callable[[dict[str, str]], None],
    locale: dict[str, str],
) -> None:
    in_locale(locale)
    shell.environment["OSDU_AUTH_STATE_DIR"] = str(shell.folder / "Jörgs Ordner")
    arguments = [*init_arguments, "--username", "jörg@example.com"]
    outcome = run(shell, *arguments)
    assert outcome.code == 0, outcome.stderr
    assert 'username = "jörg@example.com"' in (shell.config / "config.toml").read_text("utf-8")
    login = ("login", "-u", sandbox.username, "--password-stdin")
    outcome = run(shell, *login, stdin=sandbox.password.encode())
    assert outcome.code == 0, outcome.stderr
    sandbox.requests.clear()
    run(shell, "login", "-u", "jörg", "--password-stdin", stdin=b"Some-password-1")
    (asked,) = sandbox.requests.matching("InitiateAuth")
    assert asked.parameters["AuthParameters.USERNAME"] == "jörg"


@pytest.mark.parametrize("encoding", ["ascii:strict", "latin-1", "ascii"])
def test_characters_that_the_output_lacks_end_no_command(signed_in: Shell, encoding: str) -> None:
    for arguments in (
        *(("status",), ("whoami",), ("groups",), ("token",), ("--help",), ("login", "--help")),
        *(("status", "--json"), ("decode", signed_in.run("token").stdout)),
    ):
        outcome = run(signed_in, *arguments, env={"PYTHONIOENCODING": encoding, **PLAIN})
        assert outcome.code == 0, (arguments, outcome.stderr)


SURROGATES = "J\udcf6rg"


def test_no_argument_of_a_program_ends_in_another_library_s_error(
    profile: Profile, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    user = account()
    session = Session(profile)
    session.sign_in(user.email, Secret(user.password))
    odd, good = Secret(SURROGATES), Secret("Another-password-1")
    of_account = Account(session)
    names = {"given_name": "Ada", "family_name": "Lovelace"}
    new = account(status=UserStatus.FORCE_CHANGE_PASSWORD, attributes={})
    for call in (
        lambda: session.sign_in(SURROGATES, good),
        lambda: session.sign_in(user.email, odd),
        lambda: session.sign_in(
            new.email, Secret(new.password), answers_from(new_password=SURROGATES, attributes=names)
        ),
        lambda: session.sign_in(
            new.email, Secret(new.password),
            answers_from(
                new_password=good,
                attributes={"given_name": SURROGATES, "family_name": SURROGATES},
            ),
        ),
        lambda: of_account.change_password(odd, good),
        lambda: of_account.change_password(good, odd),
        lambda: of_account.confirm_sign_up(SURROGATES, Secret("123456")),
        lambda: of_account.confirm_sign_up(user.email, odd),
        lambda: of_account.reset_password(user.email, Secret("123456"), odd),
        lambda: of_account.forget_device(SURROGATES),
        lambda: of_account.set_up_totp(lambda _: TotpSetUp(Secret("123456"), SURROGATES)),
    ):  # fmt: skip
        with pytest.raises(OsduAuthError) as raised:
            call()
        assert raised.value.code in {"OA-C756", "OA-S350"}
        assert not [word for word in FOREIGN if word in str(raised.value)]


def test_a_missing_module_is_named(signed_in: Shell, tmp_path: Path) -> None:
    """A program of PyInstaller lacks the commands, as each is imported when it is called."""
    whole = Path(osdu_auth.__file__).parent
    shutil.copytree(whole, tmp_path / "frozen" / "osdu_auth")
    (tmp_path / "frozen" / "osdu_auth" / "cli" / "whoami.py").unlink()
    for sets, fix in (
        ("", "python -m pip install --force-reinstall osdu-auth"),
        ("sys.frozen = True; ", "pyinstaller --collect-submodules osdu_auth"),
    ):
        program = f"import sys; {sets}from osdu_auth.cli import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", program, "whoami"],
            env={**signed_in.environment, "PYTHONPATH": str(tmp_path / "frozen")},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, "[OA-D101]" in done.stderr) == (1, True), done.stderr
        assert "The module osdu_auth.cli.whoami is missing" in done.stderr
        assert fix in done.stderr


# The functions


def test_bytes_are_decoded_as_utf_8_then_utf_16_then_by_the_locale() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert decoded("Jörg\r\n".encode(encoding)) == "Jörg\r\n"
    assert decoded("Jörg".encode("latin-1"), "iso8859-1") == "Jörg"
    assert decoded("Jörg".encode(), "iso8859-1") == "Jörg"
    for locale_encoding in ("utf-8", "ascii", "ANSI_X3.4-1968", "no such encoding"):
        with pytest.raises(NotText, match="is not UTF-8"):
            decoded("Jörg".encode("latin-1"), locale_encoding)


def test_text_passes_through_the_operating_system_unchanged() -> None:
    assert as_text("Jörg".encode().decode("ascii", "surrogateescape")) == "Jörg"
    assert as_text("Jörg") == "Jörg"
    for text in ("J\udcf6rg", "\ud800"):
        with pytest.raises(NotText):
            as_text(text)
