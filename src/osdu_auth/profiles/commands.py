"""Commands of the user's that print a secret on their first line, run without a shell.

The law of this module: a command is ended after a while, and nothing that it prints is shown.
"""

from __future__ import annotations

import os
import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.input_text import NotText, decoded, digits_in
from osdu_auth.secret import Secret

MFA_COMMAND_PATIENCE = 30.0  # seconds; as long as an authenticator app's code lives

_CODE = re.compile(r"[0-9]{6,}")
_PREFIX = "command:"
# Variables that hold a secret are nothing for a program that did not ask for them.
SECRET_VARIABLES = frozenset({"OSDU_AUTH_CLIENT_SECRET", "OSDU_AUTH_CLIENT_KEY"})


class CommandFailed(Exception):
    """A command did not print a line; its text is a sentence that says why."""


def is_command_line(text: str) -> bool:
    """Say whether `text` can be run: a program and its arguments, with quotes that match."""
    import shlex

    try:
        return text.isprintable() and bool(shlex.split(text.removeprefix(_PREFIX)))
    except ValueError:
        return False


def require_program(command_line: str) -> None:
    """See that a command line's program is there, without running it.

    Raises:
        CommandFailed: it is not.
    """
    import shlex
    from shutil import which

    try:
        found = which(os.path.expanduser(shlex.split(command_line.removeprefix(_PREFIX))[0]))
    except (ValueError, IndexError):
        raise CommandFailed("It is no command line.") from None
    if found is None:
        raise CommandFailed("It cannot be started: there is no such program.")


def first_line(
    command_line: str, patience: float, withheld: frozenset[str] = frozenset()
) -> Secret:
    """Run a command and return the first line that it prints; errors as of `output_of`."""
    return Secret(
        output_of(command_line, patience, withheld).reveal().partition("\n")[0].rstrip("\r")
    )


def output_of(command_line: str, patience: float, withheld: frozenset[str] = frozenset()) -> Secret:
    """Run a command and return what it prints.

    Args:
        command_line: a program and its arguments, with quotes as a shell has them.
        patience: seconds after which it is ended.
        withheld: further environment variables that it is not given.

    Raises:
        CommandFailed: it did not start, did not end or did not succeed, or printed no text.
    """
    import shlex
    import subprocess

    withheld |= SECRET_VARIABLES
    environment = {name: text for name, text in os.environ.items() if name not in withheld}
    try:
        words = shlex.split(command_line)
        words[:1] = [os.path.expanduser(program) for program in words[:1]]
        done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may hold the secret as well
            timeout=patience,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"It ran for {patience:.0f} seconds and was ended.") from None
    except OSError as error:
        raise CommandFailed(f"It cannot be started: {error.strerror}.") from error
    except ValueError as error:  # quotes that do not match, or a NUL
        raise CommandFailed("It cannot be started: it is no command line.") from error
    if done.returncode != 0:
        raise CommandFailed(f"It ended with exit code {done.returncode}.")
    try:
        return Secret(decoded(done.stdout))
    except NotText as error:
        raise CommandFailed(f"What it printed is not text (UTF-8). {error}") from None


def code_from(mfa_command: str, withheld: frozenset[str] = frozenset()) -> Secret:
    """Run the command of the setting `mfa_command` and return the code that it prints.

    Args:
        mfa_command: as of the setting; `command:` before it does not count.
        withheld: environment variables that are none of its business.

    Raises:
        ConfigurationError: OA-C761: it did not print a code.
    """
    try:
        code = first_line(mfa_command.removeprefix(_PREFIX), MFA_COMMAND_PATIENCE, withheld)
    except CommandFailed as failed:
        raise _no_code(str(failed)) from None
    if not _CODE.fullmatch(digits_in(code.reveal())):
        raise _no_code("Its first line is no code of six digits or more.")
    return code


def _no_code(why: str) -> ConfigurationError:
    return ConfigurationError(
        "The program that is to print a code did not.",
        code="OA-C761",
        why=f"{why} What it printed is not shown.",
        fix="Run the command of mfa_command in a terminal, and see what it says.",
    )
