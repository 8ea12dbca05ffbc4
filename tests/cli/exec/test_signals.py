"""Signals and the terminal: with `osdu-auth exec` a command behaves as without it."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.conftest import PROGRAM
from cli.exec.conftest import WAIT, Running, python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import Shell


def test_the_command_starts_with_exec_s_ignored_signals_and_none_blocked(
    signed_in: Shell,
) -> None:
    code = (
        "import signal; status = open('/proc/self/status').read();"
        "print(status.partition('SigBlk:')[2].split()[0], [name for name in "
        "('SIGHUP', 'SIGINT', 'SIGUSR1') if signal.getsignal(getattr(signal, name)) == 1])"
    )
    begun = [*PROGRAM, "exec", *python(code)]
    for setting, ignored in (("", []), ("trap '' HUP INT; ", ["SIGHUP", "SIGINT"])):
        done = subprocess.run(
            ["sh", "-c", f'{setting}exec "$@"', "sh", *begun],
            env=signed_in.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == f"0000000000000000 {ignored}\n"
    # Python itself ignores SIGPIPE, so the test uses another program.
    assert signed_in.run("exec", "--", "sh", "-c", "kill -PIPE $$").code == -signal.SIGPIPE


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1"])
def test_a_signal_that_ends_the_command_ends_exec_and_removes_the_file(
    start: Callable[..., Running], name: str
) -> None:
    running = start(*python(f"import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); {WAIT}"))
    number = getattr(signal, name)
    running.process.send_signal(number)
    assert running.process.wait(timeout=60) == -number
    assert running.end() == ""
    assert not running.file.parent.exists()


def test_signals_are_passed_on_and_exec_runs_until_the_command_ends(
    start: Callable[..., Running],
) -> None:
    names = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT"]
    code = f"""
import signal, sys
for name in {names}:
    signal.signal(getattr(signal, name), lambda n, _: print(signal.Signals(n).name, flush=True))
print("ready", flush=True)
sys.exit(sys.stdin.readline() and 5)
"""
    running = start(*python(code))
    assert running.first_line == "ready"
    assert running.process.stdout
    for name in names:
        running.process.send_signal(getattr(signal, name))
        assert running.process.stdout.readline().rstrip() == name
    running.process.communicate("end\n", timeout=60)
    assert running.process.returncode == 5


# In a terminal


COUNT_CTRL_C = """
import signal, sys
signal.signal(signal.SIGINT, lambda *_: print('caught', flush=True))
print('ready', flush=True)
for line in sys.stdin:
    print('read ' + line, flush=True)
    if 'end' in line:
        sys.exit(9)
"""


DIE_OF_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
print('ready', flush=True)
signal.pause()
"""


def as_one_word(path: Path, *words: str) -> str:
    """Return a program that runs these words; the path of a checkout may have blanks."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bash(signed_in: Shell) -> Iterator[pexpect.spawn[str]]:
    """An interactive shell, with the program's `exec` as `$exec`."""
    (signed_in.folder / "counts.py").write_text(COUNT_CTRL_C)
    (signed_in.folder / "dies.py").write_text(DIE_OF_CTRL_C)
    environment = signed_in.environment | {
        "PS1": "prompt> ",
        "exec": as_one_word(signed_in.folder / "run-exec", *PROGRAM, "exec", "--"),
        "python": as_one_word(signed_in.folder / "run-python", sys.executable),
    }
    terminal = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile", "-i"],
        env=environment,
        cwd=str(signed_in.folder),
        encoding="utf-8",
        timeout=60,
        echo=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    terminal.expect("prompt> ")
    yield terminal
    terminal.close(force=True)


def test_ctrl_c_reaches_the_command_once_and_leaves_the_rest_to_it(
    bash: pexpect.spawn[str],
) -> None:
    bash.sendline("$exec $python counts.py; echo code=$?")
    bash.expect("ready")
    for _ in range(2):
        bash.sendintr()
        bash.expect("caught")
        assert bash.expect(["caught", pexpect.TIMEOUT], timeout=0.3) == 1
    bash.sendline("end")
    bash.expect("code=9")


def test_ctrl_c_ends_a_script_as_without_exec(bash: pexpect.spawn[str]) -> None:
    bash.sendline("bash -c '$exec $python dies.py; echo went\\ on'")
    bash.expect("ready")
    bash.sendintr()
    bash.expect("prompt> ")
    assert "went on" not in bash.before
    bash.sendline("echo code=$?")
    bash.expect("code=130")


def test_ctrl_z_stops_both_and_fg_lets_both_go_on(
    short_lived: None, bash: pexpect.spawn[str]
) -> None:
    bash.sendline("$exec $python counts.py; echo code=$?")
    bash.expect("ready")
    for _ in range(6):  # what could stop it twice would do so now and then
        bash.send("\x1a")
        bash.expect("Stopped")
        bash.expect("prompt> ")
        bash.sendline("jobs -p; fg")
        bash.expect(r"counts\.py")  # the job's own line; until then the terminal is bash's
        bash.sendline("hello")
        bash.expect("read hello")
    bash.sendline("end")
    bash.expect("read end")
    bash.expect("prompt> ")


def test_a_shell_under_exec_has_its_own_jobs_and_can_be_suspended(bash: pexpect.spawn[str]) -> None:
    bash.sendline("PS1='inside> ' $exec bash --norc --noprofile -i")
    bash.expect("inside> ")
    bash.sendline("$python counts.py")
    bash.expect("ready")
    bash.send("\x1a")
    bash.expect("Stopped.*inside> ")
    bash.sendline("fg")
    bash.sendline("end")
    bash.expect("read end.*inside> ")
    bash.sendline("suspend")  # which stops that shell by a signal it is alone to get
    bash.expect("Stopped.*prompt> ")
    bash.sendline("fg")
    bash.expect("inside> ")
    bash.sendline("exit 4")
    bash.expect("prompt> ")
    bash.sendline("echo code=$?")
    bash.expect("code=4")
