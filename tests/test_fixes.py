"""A fix is a value: it names commands that exist, and a shell reads the intended words."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import osdu_auth
from osdu_auth import Account, Session, places
from osdu_auth.cli.application import COMMANDS, application
from osdu_auth.cli.lazy_commands import LazyCommands
from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import (
    ENVIRONMENT,
    Blank,
    Chmod,
    Command,
    Export,
    Fix,
    GiveSecret,
    Reader,
    Remove,
    Run,
    ShellExpression,
    Unset,
)
from osdu_auth.fixes_in_python import CALLS
from osdu_auth.profiles.setting_places import variable_of
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(osdu_auth.__file__).parent
LOGIN = Run("login")

# Texts that do not advise typing it: the head of a file, and what happened.
NO_FIX = {
    "# Profiles of osdu-auth. `osdu-auth init` writes here, and so may you.\n",
    "osdu-auth exec does not run on Windows yet.",
}


# By reader.


@pytest.mark.parametrize(
    ("fix", "bare", "named"),
    [
        (
            Run("token") + " renews it; if that fails: " + LOGIN,
            "osdu-auth token renews it; if that fails: osdu-auth login",
            "osdu-auth token -p acme renews it; if that fails: osdu-auth login -p acme",
        ),
        (
            Run("login", profile="other") + ", or " + Run("init"),
            "osdu-auth login -p other, or osdu-auth init",
            "osdu-auth login -p other, or osdu-auth init -p acme",
        ),
        (
            Run("token") + " | " + Command("osdu-auth", "decode"),
            "osdu-auth token | osdu-auth decode",
            "osdu-auth token -p acme | osdu-auth decode",
        ),
        (
            "Enter it: " + Run("account", "confirm-sign-up"),
            "Enter it: osdu-auth account confirm-sign-up",
            "Enter it: osdu-auth account confirm-sign-up -p acme",
        ),
        (
            Run("init", "--client-secret", Blank("REF")) + ", with the secret",
            "osdu-auth init --client-secret REF, with the secret",
            "osdu-auth init -p acme --client-secret REF, with the secret",
        ),
        (
            Unset("A", "B").then(Run("logout")),
            "unset A B && osdu-auth logout",
            "unset A B && osdu-auth logout -p acme",
        ),
    ],
)
def test_each_command_names_its_reader_s_profile_unless_it_names_another(
    fix: Fix, bare: str, named: str
) -> None:
    assert str(fix) == fix.text(Reader()) == bare
    assert fix.text(Reader("acme")) == named


def test_the_reader_that_is_noted_nearest_to_the_cause_has_priority() -> None:
    error = OsduAuthError("No.", code="OA-S399", fix=LOGIN)
    assert error.fix == "osdu-auth login"
    error.note_reader(Reader())
    error.note_reader(Reader("acme"))
    error.note_reader(Reader("typed"))
    assert error.fix == "osdu-auth login -p acme"
    assert str(error) == "No. Next: osdu-auth login -p acme [OA-S399]"
    error.note_reader(Reader(signs_in_itself=True))
    assert error.fix == "session.sign_in(username, password)"
    error.note_reader(Reader(in_browser=True))
    assert error.fix == 'session.sign_in("", None, answer)'


@pytest.mark.parametrize(
    ("words", "once", "call"),
    [
        ((), False, 'session.sign_in("", None, answer)'),
        (("-u", "ada"), False, 'session.sign_in("ada", None, answer)'),
        ((), True, 'session.sign_in("", None, answer, by=in_browser(session.profile))'),
        (
            ("-u", "ada", "--prompt", "login"),
            True,
            'session.sign_in("ada", None, answer, by=in_browser(session.profile, prompt="login"))',
        ),
        (
            ("--no-browser",),
            False,
            (
                'session.sign_in("", None, answer,'
                " by=in_browser(session.profile, opens_browser=False))"
            ),
        ),
    ],
)
def test_a_program_is_told_how_its_user_signs_in_in_a_browser(
    words: tuple[str, ...], once: bool, call: str
) -> None:
    reader = Reader(signs_in_itself=True, in_browser=not once, in_browser_once=once)
    assert Run("login", *words).text(reader) == call


@pytest.mark.parametrize(
    ("fix", "typed"),
    [
        (Run("init", "--client-id", Blank("ID")), "export OSDU_AUTH_CLIENT_ID=ID"),
        (
            Run("init", "--region", Blank("REGION"), "--client-id", Blank("ID")),
            "export OSDU_AUTH_REGION=REGION OSDU_AUTH_CLIENT_ID=ID",
        ),
        (Run("init", "--username", "a b"), "export OSDU_AUTH_USERNAME='a b'"),
        ("Check them: " + Run("init"), "Check them: the variables OSDU_AUTH_*"),
        (LOGIN, "osdu-auth login -p environment"),
    ],
)
def test_the_profile_environment_is_corrected_by_variables(fix: Fix, typed: str) -> None:
    assert fix.text(Reader(ENVIRONMENT)) == typed
    assert places.ENVIRONMENT == ENVIRONMENT
    assert variable_of("client_id") == "OSDU_AUTH_CLIENT_ID"


@pytest.mark.parametrize(
    ("fix", "for_store", "for_profile"),
    [
        (
            Run("login", "-u", "o'brien", profile="acme"),
            'session.sign_in("o\'brien", password)',
            'session.sign_in("o\'brien", password)',
        ),
        (
            Run("logout").then(LOGIN),
            "session.sign_out(); then: session.sign_in(username, password)",
            "session.sign_out(); then: session.sign_in(username, password)",
        ),
        (
            Run("init", "--client-id", Blank("ID"), "--username", 'a"b'),
            "osdu-auth init -p acme --client-id ID --username 'a\"b'",
            'Profile("acme", …, client_id=ID, username=\'a"b\')',
        ),
    ],
)
def test_a_program_is_told_what_works_for_its_own_store_and_its_own_profile(
    fix: Fix, for_store: str, for_profile: str
) -> None:
    assert fix.text(Reader("acme", signs_in_itself=True)) == for_store
    assert fix.text(Reader("acme", made_in_python=True)) == for_profile


def test_the_functions_that_fixes_name_for_a_program_exist() -> None:
    for command, call in CALLS.items():
        assert click_command(command.split()) is not None
        owner, _, method = call.partition("(")[0].rpartition(".")
        if call.startswith("Account(session)."):
            owner, method = "Account", call.removeprefix("Account(session).").partition("(")[0]
        if owner:
            assert callable(getattr({"session": Session, "Account": Account}[owner], method))


def test_under_exec_the_fix_does_not_ask_for_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    fix = "Else: " + GiveSecret(Run("init", "--client-secret", Blank("REF")))
    assert fix.text(Reader("acme")) == "Else: osdu-auth init -p acme --client-secret REF"
    monkeypatch.setenv("OSDU_ACCESS_TOKEN_FILE", "/run/token")
    assert "read OSDU_ACCESS_TOKEN_FILE for each request" in fix.text(Reader("acme"))
    assert "--client-secret" not in str(fix)


# Read by a shell.

# An argument can contain every byte except NUL; other bytes than UTF-8 become surrogates.
HOSTILE = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
    st.text(
        st.sampled_from("a \t\n\r'\"\\$`!;&|<>(){}*?[]~#=%-\x1b\x7f\u202e\u2028é\udc80\udcff"),
        max_size=20,
    ),
)
BASH = shutil.which("bash")


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of programs that print their names and arguments, each followed by a NUL."""
    folder = tmp_path_factory.mktemp("programs")
    for name in ("osdu-auth", "rm", "chmod", "edit"):
        program = folder / name
        program.write_text('#!/bin/sh\nprintf "%s\\0" "${0##*/}" "$@"\n')
        program.chmod(0o755)
    return folder


def read_by_bash(recorder: Path, text: str, variables: str = "") -> list[str]:
    """Type a text into bash, and return the words that the programs were given."""
    assert BASH is not None
    line = f"PATH={recorder}:$PATH\n{text}\n{variables}"
    done = subprocess.run(
        [BASH, "--norc", "-c", line], capture_output=True, check=True, cwd=recorder, timeout=30
    )
    assert done.stderr == b""
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


def is_shown_as_it_is(text: str) -> bool:
    return printable(text, len(text)) == text


def operand(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


@settings(deadline=None)  # each starts a shell
@given(HOSTILE, HOSTILE, HOSTILE.filter(lambda path: not os.path.isdir(path)))
def test_a_shell_reads_the_intended_words_for_any_name(
    recorder: Path, username: str, name: str, path: str
) -> None:
    fix = (
        Run("login", "-u", username, profile=name)
        .then(Remove(path))
        .then(Chmod("go-w", path, name))
        .then(Command("edit", path))
    )
    text = str(fix)
    assert is_shown_as_it_is(text)
    assert read_by_bash(recorder, text) == [
        *("osdu-auth", "login", *(["-p", name] if name else []), "-u", username),
        *("rm", operand(path)),
        *("chmod", "go-w", operand(path), operand(name)),
        *("edit", path),
    ]


@settings(deadline=None)  # each starts a shell
@given(HOSTILE, HOSTILE)
def test_a_variable_has_the_intended_value_also_after_a_shell_expression(
    recorder: Path, text: str, below: str
) -> None:
    fix = Export("PLAIN", text).then(Export("BELOW", ShellExpression("$PLAIN"), f"/{below}"))
    assert is_shown_as_it_is(str(fix))
    shown = 'printf "%s\\0" "$PLAIN" "$BELOW"'
    assert read_by_bash(recorder, str(fix), shown) == [text, f"{text}/{below}"]


@settings(deadline=None)  # each starts a shell
@given(HOSTILE)
def test_the_variables_of_a_profile_have_the_intended_values(recorder: Path, username: str) -> None:
    fix = Run("init", "--region", "eu-west-1", "--username", username, profile=ENVIRONMENT)
    shown = 'printf "%s\\0" "$OSDU_AUTH_REGION" "$OSDU_AUTH_USERNAME"'
    assert read_by_bash(recorder, str(fix), shown) == ["eu-west-1", username]


@given(st.text(max_size=20))
def test_python_reads_any_name_unchanged(username: str) -> None:
    fix = Run("login", "-u", username).text(Reader(signs_in_itself=True))
    assert is_shown_as_it_is(fix)
    [call] = ast.parse(fix, mode="eval").body.args[:1]  # type: ignore[attr-defined]
    assert ast.literal_eval(call) == username
    str(Run("login", "-u", username))  # with lone surrogates and NUL, which no argument can contain


def test_a_folder_is_deleted_with_its_contents(tmp_path: Path) -> None:
    assert str(Remove(str(tmp_path))) == f"rm -r {tmp_path}"


# Fixes name commands that exist.


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text())


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def words_of_help(tree: ast.AST) -> set[int]:
    """The texts that are docstrings or examples in a command's help."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and is_text(node.value):
            found.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg == "epilog":
            found.add(id(node.value))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EPILOG":
            found.add(id(node.value))
    return found


def test_no_text_contains_a_command_of_osdu_auth() -> None:
    commands = tuple(f"osdu-auth {word}" for word in (*COMMANDS, "-"))
    found = []
    for name, tree in modules():
        help_of_it = words_of_help(tree)
        for node in ast.walk(tree):
            if not is_text(node) or id(node) in help_of_it or node.value in NO_FIX:  # type: ignore[attr-defined]
                continue
            text: str = node.value  # type: ignore[attr-defined]
            if any(command in text for command in commands) or text.endswith("osdu-auth "):
                found.append((name, node.lineno, text))  # type: ignore[attr-defined]
    assert found == []


# Options that an error of the library may name, next to the call of a program.
OPTIONS_BESIDE_PYTHON = {"--key-set"}
# The modules that translate commands into Python calls.
TRANSLATORS = {"fixes.py", "fixes_in_python.py"}


def test_no_error_of_the_library_names_options_of_the_command_line() -> None:
    """A program has no options; a command is a value, which becomes a call for a program."""
    found = []
    for name, tree in modules():
        if name.partition("/")[0] in {"cli", "demo", "sandbox"} | TRANSLATORS:
            continue
        passed_over = words_of_help(tree)
        for node in ast.walk(tree):
            if is_call_of(node, "Run", "Command", "Blank"):
                passed_over |= {id(each) for each in ast.walk(node)}
        for node in ast.walk(tree):
            if is_text(node) and id(node) not in passed_over:
                options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", node.value))  # type: ignore[attr-defined]
                found += [(name, node.lineno, options - OPTIONS_BESIDE_PYTHON)]  # type: ignore[attr-defined]
    assert [each for each in found if each[2]] == []


def is_call_of(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", None) in names


def commands_in_source() -> Iterator[tuple[str, list[str | None]]]:
    """Each command of osdu-auth in a fix: its place, and its words; None for an unknown word."""
    for name, tree in modules():
        for node in ast.walk(tree):
            if not is_call_of(node, "Run", "Command"):
                continue
            words = [word_of(argument) for argument in node.args]  # type: ignore[attr-defined]
            if is_call_of(node, "Command") and words[:1] != ["osdu-auth"]:
                continue
            is_run = is_call_of(node, "Run")
            yield f"{name}:{node.lineno}", words if is_run else words[1:]  # type: ignore[attr-defined]


def word_of(node: ast.expr) -> str | None:
    if is_call_of(node, "Blank"):
        node = node.args[0]  # type: ignore[attr-defined]
    return str(node.value) if isinstance(node, ast.Constant) else None


def click_command(words: list[str]) -> click.Command | None:
    context = click.Context(application)
    found: click.Command | None = application
    while isinstance(found, LazyCommands) and words:
        found = found.get_command(context, words.pop(0))
    return found


SOURCE = dict(commands_in_source())


def test_the_commands_of_the_fixes_are_found() -> None:
    assert len(SOURCE) > 60


def test_each_command_and_option_of_a_fix_exists() -> None:
    for where, command_words in SOURCE.items():
        known = [word for word in command_words if word is not None]
        # The profile of the program or the command, or one that is known when it is shown.
        if known in ([], ["--help"], ["--version"]):
            continue
        words = list(known)
        command = click_command(words)
        assert command is not None, f"{where}: there is no command {known}"
        options: dict[str, Any] = {
            name: p for p in command.params for name in (*p.opts, *p.secondary_opts)
        }
        # These are of none, of all, of the one named.
        if known[0] not in {"decode", "explain", "purge", "profile"}:
            assert "-p" in options, where
        before_dashes = words[: words.index("--")] if "--" in words else words
        for word in before_dashes:
            if word.startswith("-") and word != "-":
                assert word in options, f"{where}: {known[0]} has no {word}"
        if None not in command_words and not any("<" in word for word in words):
            context = click.Context(command)
            command.make_parser(context).parse_args([word for word in words if word])


@pytest.mark.parametrize("flag", ["--auth-flow", "--preferred-factor", "--region", "--client-id"])
def test_init_has_the_flags_that_fixes_use(flag: str) -> None:
    command = click_command(["init"])
    assert command is not None
    assert flag in {name for option in command.params for name in option.opts}


def test_a_profile_for_a_browser_that_is_made_in_python_is_called_by_its_own_name() -> None:
    fix = Run("init", "--client-auth", "none", for_browser=True)
    reader = Reader("acme", made_in_python=True, in_browser=True)
    assert fix.text(reader) == 'BrowserProfile("acme", …, client_auth="none")'
