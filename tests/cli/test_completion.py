"""Completion in real shells: commands, options, and the names of profiles."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from cli.conftest import Shell

PROGRAMS = Path(sys.executable).parent
START = {
    "bash": (["--norc", "--noprofile", "-i"], "PS1='%% '; eval \"$(osdu-auth completion bash)\""),
    "zsh": (
        ["-f", "-i"],
        "PS1='%%%% '; autoload -U compinit; compinit -u -D; eval \"$(osdu-auth completion zsh)\"",
    ),
    "fish": (["--private", "--no-config", "-i"], "osdu-auth completion fish | source"),
}
# The text before the Tab key, and the completed text.
TYPED = {
    "tok": "token ",
    "token -p ac": "token -p acme ",
    "token --profile oth": "token --profile other.one ",
    "profile use oth": "profile use other.one ",
    "profile sh": "profile show ",
    "account forget-d": "account forget-device ",
    "login --pref": "login --preferred-factor ",
    "token --format hea": "token --format header ",
    "completion f": "completion fish ",
}


@pytest.fixture
def two(shell: Shell) -> Shell:
    for name in ("acme", "other.one"):
        made = shell.run("init", "-p", name, "--region", "us-east-1", "--client-id", "c")
        assert made.code == 0
    return shell


def shell_of(name: str, account: Shell, programs: Path = PROGRAMS) -> pexpect.spawn[str]:
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    arguments, first = START[name]
    environment = {
        **account.environment,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "TERM": "dumb" if name != "fish" else "xterm",
    }
    started = pexpect.spawn(
        name, arguments, env=environment, encoding="utf-8", timeout=30, dimensions=(40, 200)
    )
    started.sendline(f"{first}; echo rea''dy")
    started.expect("ready\r")
    return started


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_bash_and_zsh_complete_typed_text(two: Shell, name: str) -> None:
    shell = shell_of(name, two)
    for typed, completed in TYPED.items():
        shell.send(f"osdu-auth {typed}\t")
        shell.expect_exact(f"osdu-auth {completed.rstrip()}")
        shell.send("\x15\x03")
    shell.sendeof()


def test_bash_lists_all_profiles_for_an_empty_word(two: Shell) -> None:
    shell = shell_of("bash", two)
    shell.send("osdu-auth token -p \t\t")
    shell.expect(r"acme\s+other\.one")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_each_shell_can_parse_its_script(name: str, shell: Shell) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    printed = shell.run("completion", name)
    assert (printed.code, printed.stderr) == (0, "")
    checked = subprocess.run([name, "-n"], input=printed.stdout, text=True, check=False)
    assert checked.returncode == 0


def test_fish_completes_typed_text(two: Shell) -> None:
    completions_in_fish(two, PROGRAMS)


def completions_in_fish(two: Shell, programs: Path) -> None:
    """Check that fish completes typed text."""
    if shutil.which("fish") is None:
        pytest.skip("there is no fish here")
    environment = {**two.environment, "PATH": f"{programs}:{os.environ['PATH']}"}
    for typed, completed in TYPED.items():
        line = f"osdu-auth {typed}"
        script = f"osdu-auth completion fish | source; complete -C '{line}'"
        done = subprocess.run(
            ["fish", "--no-config", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        [found] = [each.split("\t")[0] for each in done.stdout.splitlines()]
        assert found == completed.split()[-1]


def test_with_an_unreadable_file_of_profiles_nothing_is_completed_or_printed(
    two: Shell,
) -> None:
    (two.config / "config.toml").write_text("no toml")
    asked = {
        "_OSDU_AUTH_COMPLETE": "bash_complete",
        "COMP_WORDS": "osdu-auth\ntoken\n-p\na",
        "COMP_CWORD": "3",
    }
    outcome = two.run(env=asked)
    assert (outcome.stdout.strip(), outcome.stderr) == ("", "")


def test_completing_a_command_s_name_imports_no_command(two: Shell) -> None:
    asked = {
        "_OSDU_AUTH_COMPLETE": "bash_complete",
        "COMP_WORDS": "osdu-auth\nlog",
        "COMP_CWORD": "1",
    }
    probe = (
        "import sys, atexit; from osdu_auth.cli import main; "
        "atexit.register(lambda: print(sorted(n for n in sys.modules if n in "
        "('osdu_auth.cli.login', 'osdu_auth.session', 'osdu_auth.cli.exec')))); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        env={**two.environment, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "plain,login\nplain,logout\n[]\n"


def test_an_unknown_shell_is_refused_by_name(shell: Shell) -> None:
    outcome = shell.run("completion", "tcsh")
    assert (outcome.code, "OA-U200" in outcome.stderr) == (2, True)
