"""Runs pytest again and again, each time in a child that has what takes long to import already.

Nothing of this project is imported here. Each line of the standard input is a JSON list of pytest's
arguments; the answer is the child's process id in a line and, when it has ended, its exit code. The
child leads a session of its own, so that it can be ended with all that it started.
"""

from __future__ import annotations

import json
import os
import random
import sys

import anyio.from_thread  # noqa: F401 - as those below, for the children
import cryptography.x509  # noqa: F401
import hypothesis.internal.conjecture.engine
import hypothesis.strategies  # noqa: F401
import pytest
import trio  # noqa: F401
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: F401


def main() -> None:
    """Serve until the input ends."""
    sys.path[0] = os.getcwd()  # as `python -m pytest` has it
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.setsid()
            random.seed()
            with open(os.devnull) as nothing, open(".printed", "w") as printed:
                os.dup2(nothing.fileno(), 0)
                os.dup2(printed.fileno(), 1)
                os.dup2(printed.fileno(), 2)
            sys.exit(pytest.main(json.loads(line)))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
