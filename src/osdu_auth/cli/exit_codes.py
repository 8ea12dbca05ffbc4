"""Exit codes: how the work of a command runs, and with which code its process ends.

A plain `token` comes here without click.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


def exit_code_of(work: Callable[[], object], say_failure: Callable[[BaseException], int]) -> int:
    """Do the work of a command, say what it fails with, and return the exit code.

    Args:
        work: returns the exit code, or anything else for 0.
        say_failure: says why the work failed, and returns the exit code of that.
    """
    _make_streams_safe()
    try:
        with _waiting_line():
            result = work()
        sys.stdout.flush()
    except BaseException as failure:  # noqa: BLE001 - raised again where it is none of a command
        return say_failure(failure)
    return result if isinstance(result, int) else 0


def _waiting_line() -> AbstractContextManager[None]:
    """Return the context in which a person at a terminal sees that the network is waited for."""
    if not sys.stderr.isatty():
        return nullcontext()
    from osdu_auth.cli.waiting_line import waiting_line

    return waiting_line()


def _make_streams_safe() -> None:
    """Keep a closed stream, or characters of another encoding, from becoming a traceback.

    What is to be printed where standard output is closed fails, as it does where it is full.
    """
    for name, mode, errors in (
        ("stdin", "r", "surrogateescape"),
        ("stdout", "w", "replace"),
        ("stderr", "w", "replace"),
    ):
        stream = getattr(sys, name)
        if stream is None and name == "stdout":
            from io import FileIO, TextIOWrapper

            # To write to what is open for reading is an error; unbuffered, it is one at once.
            unwritable = FileIO(os.open(os.devnull, os.O_RDONLY), "w")
            sys.stdout = TextIOWrapper(unwritable, "utf-8", write_through=True)
        elif stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(errors=errors)
