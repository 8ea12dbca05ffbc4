"""The child: the user's command, which is to notice as little as possible of `osdu-auth exec`.

It has our streams, our process group and so our terminal. What it is sent reaches it, what it does
to itself (ending, stopping on Ctrl-Z) we do as well, so that a shell sees of us what it would see
of the child.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.cli.running.signals import in_foreground
from osdu_auth.errors import CommandNotFound, CommandNotRun
from osdu_auth.fixes import Blank, Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.cli.running.signals import Signals

_SHELL = "/bin/sh"
_LONGEST_FIRST_LINE = 4096  # bytes

# Python has these ignored, and a child would inherit that.
_IGNORED_BY_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
_UNCHANGEABLE = frozenset({signal.SIGKILL, signal.SIGSTOP})
# The others that end a program leave an image of its memory, and ours has tokens in it.
_ENDS_WITHOUT_IMAGE = frozenset(
    {
        *(signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGPIPE),
        *(signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2),
    }
)


class Child:
    """A command that has been started.

    Args:
        command: a program, found as a shell finds it, and its arguments.
        environment: its variables.
        signals: those that it is to have.

    Raises:
        CommandNotFound: OA-X127.
        CommandNotRun: OA-X126.
    """

    def __init__(
        self, command: tuple[str, ...], environment: Mapping[str, str], signals: Signals
    ) -> None:
        self._signals = signals
        # No copy of this process runs before the command does, so threads do not matter.
        spawn = partial(
            os.posix_spawnp, setsigmask=signals.former_mask, setsigdef=_IGNORED_BY_PYTHON
        )
        try:
            try:
                self._id = spawn(command[0], command, environment)
            except OSError as error:
                script = _script(command[0], environment) if error.errno == errno.ENOEXEC else None
                if script is None:
                    raise
                self._id = spawn(_SHELL, (_SHELL, script, *command[1:]), environment)
        except OSError as error:
            raise _not_run(command[0], error) from None

    def wait(self) -> int:
        """Pass signals on until the child ends; return its exit code, or -N where signal N did it.

        Where the child is stopped from the terminal, so are we until both are told to go on.
        """
        while True:
            received = self._signals.next()
            if received.number == signal.SIGCHLD:
                code = self._look()
                if code is not None:
                    return code
            elif not received.has_reached_child:
                with suppress(PermissionError):  # it may have become another user, as sudo does
                    os.kill(self._id, received.number)

    def _look(self) -> int | None:
        """Return how the child has ended, None while it has not."""
        while True:
            found, status = os.waitpid(self._id, os.WNOHANG | os.WUNTRACED)
            if not found:
                return None
            if not os.WIFSTOPPED(status):
                return os.waitstatus_to_exitcode(status)
            # Our shell waits for us alone, and lets us go on by SIGCONT, which is passed on. But
            # who stops the child in the background by SIGSTOP may let it alone go on.
            if os.WSTOPSIG(status) != signal.SIGSTOP or in_foreground(os.getpgid(self._id)):
                _do_to_self(os.WSTOPSIG(status))


def end_as(code: int, *, at_once: bool = False) -> int:
    """End as the child did: return its exit code, or let the signal that ended it end us.

    An exit code of 128 + N looks the same in `$?`, but is not: a shell script that is interrupted
    by Ctrl-C ends only if the program that it runs is seen to have been ended by that.

    Args:
        code: as of `Child.wait`.
        at_once: whether not to wait for a renewal, as the interpreter would.
    """
    if -code in _ENDS_WITHOUT_IMAGE:
        _do_to_self(-code)
    # The first process of a container outlives its own signals.
    exit_code = code if code >= 0 else 128 - code
    if at_once:
        sys.stderr.flush()
        os._exit(exit_code)
    return exit_code


def _script(program: str, environment: Mapping[str, str]) -> str | None:
    """Return the path of a script that names no interpreter, None where it is no text.

    A shell runs such a file, and so do `env`, `nice` and `timeout` (POSIX.1-2024, `execvp`). What
    holds a zero byte in its first line is a program for another machine, and stays refused.

    Args:
        program: as it was typed; without a slash it is looked for in the folders of `PATH`.
        environment: the command's variables.
    """
    from shutil import which

    found = program if "/" in program else which(program, path=environment.get("PATH"))
    if found is None:
        return None
    try:
        with open(found, "rb") as file:
            is_text = b"\0" not in file.readline(_LONGEST_FIRST_LINE)
    except OSError:  # it may be run, and not read
        return None
    # Nothing that a name begins with is to be an option of the shell's.
    return (f"./{found}" if found.startswith("-") else found) if is_text else None


def _do_to_self(number: int) -> None:
    """Let a signal do to this process what it does where nobody has asked for anything else."""
    handler = None
    if number not in _UNCHANGEABLE:
        handler = signal.signal(number, signal.SIG_DFL)
    # Sent while it is blocked: where the terminal has sent it too, the two are one.
    os.kill(os.getpid(), number)
    former_mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.pthread_sigmask(signal.SIG_SETMASK, former_mask)
    if handler is not None:
        signal.signal(number, handler)


def _not_run(program: str, error: OSError) -> CommandNotRun:
    if error.errno == errno.ENOENT and not os.path.lexists(program):
        return CommandNotFound(
            f"There is no command {program!r}.",
            code="OA-X127",
            why="No file of that path exists."
            if "/" in program
            else "No folder that PATH names has it.",
            fix="Check how it is written; a shell's own words need a shell: "
            + Run("exec", "--", "sh", "-c", Blank("'…'")),
        )
    return CommandNotRun(
        f"The command {program!r} cannot be run.",
        code="OA-X126",
        why=f"The operating system says: {error.strerror}.",
        fix="Check that it may be executed and what its first line names, or run it by its "
        "interpreter: " + Run("exec", "--", "sh", Blank("FILE")),
    )
