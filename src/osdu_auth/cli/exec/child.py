"""The child process: the user's command, which runs as if a shell had started it.

The child has the streams, the process group and the terminal of this process. Signals that this
process gets are passed on to the child. When the child ends or stops (Ctrl-Z), this process ends or
stops in the same way, so that a shell sees the same as without `osdu-auth exec`.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.cli.exec.signals import in_foreground
from osdu_auth.errors import CommandNotFound, CommandNotRun
from osdu_auth.fixes import TOKEN_FILE, Blank, Run
from osdu_auth.profiles.commands import SECRET_VARIABLES
from osdu_auth.profiles.references import is_reference, variables_of
from osdu_auth.profiles.resolve import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.cli.exec.signals import Signals
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.secret import Secret

_SHELL = "/bin/sh"
# The variables with the references to the board key and to a board's password.
_BOARD_VARIABLES = ("OSDU_AUTH_BOARD_KEY", "OSDU_AUTH_BOARD_PASSWORD")
_LONGEST_FIRST_LINE = 4096  # bytes

# Python ignores these signals, and a child would inherit that.
_IGNORED_BY_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})
_UNCHANGEABLE = frozenset({signal.SIGKILL, signal.SIGSTOP})
# Other signals that end a program write a core dump, and our memory holds tokens.
_ENDS_WITHOUT_CORE_DUMP = frozenset(
    {
        *(signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGPIPE),
        *(signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2),
    }
)


class Child:
    """A command that has been started.

    Args:
        command: a program, looked up as a shell does, and its arguments.
        environment: the child's variables.
        signals: the signals to pass on to the child.

    Raises:
        CommandNotFound: OA-X127.
        CommandNotRun: OA-X126.
    """

    def __init__(
        self, command: tuple[str, ...], environment: Mapping[str, str], signals: Signals
    ) -> None:
        self._signals = signals
        # posix_spawn runs no Python code in a fork of this process, which has threads.
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
        """Pass signals on until the child ends; return its exit code, or -N if signal N ended it.

        When the terminal stops the child, this process stops too, until both get SIGCONT.
        """
        while True:
            received = self._signals.next()
            if received.number == signal.SIGCHLD:
                code = self._poll()
                if code is not None:
                    return code
            elif not received.has_reached_child:
                with suppress(PermissionError):  # the child may run as another user, as sudo does
                    os.kill(self._id, received.number)

    def _poll(self) -> int | None:
        """Return the child's exit code, or None while the child runs."""
        while True:
            found, status = os.waitpid(self._id, os.WNOHANG | os.WUNTRACED)
            if not found:
                return None
            if not os.WIFSTOPPED(status):
                return os.waitstatus_to_exitcode(status)
            # The shell knows only this process: it sends SIGCONT to it, and the signal is passed
            # on. A child in the background that got SIGSTOP may get its SIGCONT directly, so this
            # process does not stop for that.
            if os.WSTOPSIG(status) != signal.SIGSTOP or in_foreground(os.getpgid(self._id)):
                _signal_self(os.WSTOPSIG(status))


def end_as(code: int, *, at_once: bool = False) -> int:
    """End as the child did: return its exit code, or end by the signal that ended the child.

    An exit code of 128 + N is not the same, though `$?` shows the same number: a shell script ends
    on Ctrl-C only if the shell sees that the signal ended the running program.

    Args:
        code: as for `Child.wait`.
        at_once: whether to end without waiting for a renewal, which Python would wait for.
    """
    if -code in _ENDS_WITHOUT_CORE_DUMP:
        _signal_self(-code)
    # The first process of a container is not ended by its own signals.
    exit_code = code if code >= 0 else 128 - code
    if at_once:
        sys.stderr.flush()
        os._exit(exit_code)
    return exit_code


def _script(program: str, environment: Mapping[str, str]) -> str | None:
    """Return the path of a script without an interpreter line; None if the file is not text.

    A shell runs such a file, and so do `env`, `nice` and `timeout` (POSIX.1-2024, `execvp`). A file
    with a zero byte in its first line is a program for another machine, and is not run.

    Args:
        program: as typed; without a slash it is looked up in the folders of `PATH`.
        environment: the child's variables.
    """
    from shutil import which

    found = program if "/" in program else which(program, path=environment.get("PATH"))
    if found is None:
        return None
    try:
        with open(found, "rb") as file:
            is_text = b"\0" not in file.readline(_LONGEST_FIRST_LINE)
    except OSError:  # a file may be executable and not readable
        return None
    # The shell would take a name that begins with - for an option.
    return (f"./{found}" if found.startswith("-") else found) if is_text else None


def _signal_self(number: int) -> None:
    """Send a signal to this process, and let it have its default effect."""
    handler = None
    if number not in _UNCHANGEABLE:
        handler = signal.signal(number, signal.SIG_DFL)
    # Sent while it is blocked: if the terminal has sent the same signal, the two become one.
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
            fix="Check the spelling; a command of the shell itself needs a shell: "
            + Run("exec", "--", "sh", "-c", Blank("'…'")),
        )
    return CommandNotRun(
        f"The command {program!r} cannot be run.",
        code="OA-X126",
        why=f"The operating system says: {error.strerror}.",
        fix="Check its permission to be executed and its first line, or run it by its "
        "interpreter: " + Run("exec", "--", "sh", Blank("FILE")),
    )


def child_variables(
    profile: AnyProfile, token_path: str, env_token: Secret | None
) -> dict[str, str]:
    """Return the child's environment: our own, with the profile's values for OSDU.

    A variable of OSDU that the profile does not set is removed: another profile's OSDU_URL would
    send this profile's token to another platform. The variables with a client secret, a board key
    or a board's password are removed too: the child needs the token file only.

    Args:
        profile: the profile, with its platform and data partition.
        token_path: the path of the token file.
        env_token: the token for OSDU_ACCESS_TOKEN; None to leave the variable out.
    """
    ours = {
        "OSDU_URL": profile.platform_url,
        "OSDU_DATA_PARTITION_ID": profile.data_partition_id,
        TOKEN_FILE: token_path,
        VARIABLE: profile.name,
        "OSDU_ACCESS_TOKEN": None if env_token is None else env_token.reveal(),
    }
    references = [
        profile.get("client_secret"),
        profile.get("client_key"),
        *map(os.environ.get, _BOARD_VARIABLES),
    ]
    withheld = frozenset().union(*map(variables_of, references))
    inherited = {
        name: text
        for name, text in os.environ.items()
        if name not in withheld and not _is_secret(name, text)
    }
    set_here = {name: text for name, text in ours.items() if text is not None}
    return {name: text for name, text in inherited.items() if name not in ours} | set_here


def _is_secret(name: str, text: str) -> bool:
    return name in SECRET_VARIABLES and not is_reference(text)
