"""Running a command: standard streams, the waiting line, and the exit code.

Calls with click and the plain `token` without click both use this module.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext

from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


def exit_code_of(work: Callable[[], object], say_failure: Callable[[BaseException], int]) -> int:
    """Run a command, print its error if it fails, and return the exit code.

    Args:
        work: the command; it returns the exit code, or another value for 0.
        say_failure: prints why the command failed, and returns the exit code.
    """
    _make_streams_safe()
    try:
        with _waiting_line():
            result = work()
        sys.stdout.flush()
    except BaseException as failure:  # noqa: BLE001 - `say_failure` raises others again
        return say_failure(failure)
    return result if isinstance(result, int) else 0


def _waiting_line() -> AbstractContextManager[None]:
    """Return a context in which a terminal shows that the program waits for the network."""
    if not sys.stderr.isatty():
        return nullcontext()
    from osdu_auth.cli.waiting_line import waiting_line

    return waiting_line()


def _make_streams_safe() -> None:
    """Prevent a traceback because of a closed stream or a character of another encoding.

    Printing to a closed standard output raises an OSError, the same as on a full disk.
    """
    for name, mode, errors in (
        ("stdin", "r", "surrogateescape"),
        ("stdout", "w", "replace"),
        ("stderr", "w", "replace"),
    ):
        stream = getattr(sys, name)
        if stream is None and name == "stdout":
            from io import FileIO, TextIOWrapper

            # Writing to a file that is open for reading is an error; without a buffer, at once.
            unwritable = FileIO(os.open(os.devnull, os.O_RDONLY), "w")
            sys.stdout = TextIOWrapper(unwritable, "utf-8", write_through=True)
        elif stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        else:
            stream.reconfigure(errors=errors)
