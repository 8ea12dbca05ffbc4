"""Runs a program that cannot start a thread, as at a limit or at the interpreter's end."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

# Each thread asks for more memory than the process may have.
_LIMITED = """
import json, resource, sys, threading
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
threading.stack_size(8 << 30)
try:
    threading.Thread(target=print).start()
    sys.exit("a thread was started")
except RuntimeError:
    pass
plan = json.loads(sys.stdin.readline())
"""


def run_without_threads(program: str, plan: dict[str, Any]) -> str:
    """Run a program in which no thread can be started, and return what it prints.

    Args:
        program: Python code; its variable `plan` has the plan.
        plan: JSON values for the program.
    """
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED + program],
        input=json.dumps(plan) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
