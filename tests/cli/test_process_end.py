"""The end of a command's process: fast, and after threads and exit functions have run."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Work at the end of a process: a thread that is running, and a registered exit function.
_LEFT_TO_DO = """
import atexit, sys, threading
from osdu_auth.cli import program

def go_on():
    threading.main_thread().join()
    atexit.register(print, "registered late")
    print("went on")

threading.Thread(target=go_on).start()
sys.argv = ["osdu-auth", *{arguments!r}]
program()
"""
# Python's clean-up of modules would call this.
_TAKEN_APART = """
import sys
from osdu_auth.cli import program

class Noted:
    def __del__(self, write=sys.__stderr__.write):
        write("taken apart")

noted = Noted()
sys.argv = ["osdu-auth", "--version"]
program()
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", program]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["no-such-command"], 2)])
def test_threads_and_exit_functions_run_before_the_process_ends(
    arguments: list[str], code: int
) -> None:
    done = run(_LEFT_TO_DO.format(arguments=arguments))
    assert done.stdout.splitlines()[-2:] == ["went on", "registered late"]
    assert done.returncode == code


def test_modules_are_not_finalized_at_the_end() -> None:
    done = run(_TAKEN_APART)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("osdu-auth ")
