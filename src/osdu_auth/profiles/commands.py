"""Commands of the user that print a secret on their first line; they run without a shell.

A command that runs for too long is ended. What a command prints is never shown.
"""

from __future__ import annotations

import os
import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.input_text import NotText, decoded, digits_in
from osdu_auth.secret import Secret

MFA_COMMAND_PATIENCE = 30.0  # seconds; an authenticator app's code is good for as long

_CODE = re.compile(r"[0-9]{6,}")
_PREFIX = "command:"
# Variables that hold a secret are not passed on to a program.
SECRET_VARIABLES = frozenset({"OSDU_AUTH_CLIENT_SECRET", "OSDU_AUTH_CLIENT_KEY"})


class CommandFailed(Exception):
    """A command did not print a line; the text of the error is a sentence that says why."""


def is_command_line(text: str) -> bool:
    """Return whether `text` is a program and its arguments, with quotes that match."""
    import shlex

    try:
        return text.isprintable() and bool(shlex.split(text.removeprefix(_PREFIX)))
    except ValueError:
        return False


def require_program(command_line: str) -> None:
    """Check that a command line's program exists; it is not run.

    Raises:
        CommandFailed: it does not exist.
    """
    import shlex
    from shutil import which

    try:
        found = which(os.path.expanduser(shlex.split(command_line.removeprefix(_PREFIX))[0]))
    except (ValueError, IndexError):
        raise CommandFailed("It is not a command line.") from None
    if found is None:
        raise CommandFailed("It cannot be started: there is no such program.")


def first_line(
    command_line: str, patience: float, withheld: frozenset[str] = frozenset()
) -> Secret:
    """Run a command and return the first line that it prints; errors as for `output_of`."""
    return Secret(
        output_of(command_line, patience, withheld).reveal().partition("\n")[0].rstrip("\r")
    )


def output_of(command_line: str, patience: float, withheld: frozenset[str] = frozenset()) -> Secret:
    """Run a command and return what it prints.

    Args:
        command_line: a program and its arguments, quoted as for a shell.
        patience: seconds after which it is ended.
        withheld: the names of more environment variables that are not passed on to it.

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
        raise CommandFailed("It cannot be started: it is not a command line.") from error
    if done.returncode != 0:
        raise CommandFailed(f"It ended with exit code {done.returncode}.")
    try:
        return Secret(decoded(done.stdout))
    except NotText as error:
        raise CommandFailed(f"What it printed is not text (UTF-8). {error}") from None


def code_from(mfa_command: str, withheld: frozenset[str] = frozenset()) -> Secret:
    """Run the command of the setting `mfa_command` and return the code that it prints.

    Args:
        mfa_command: the setting's text, with or without `command:` before it.
        withheld: the names of more environment variables that are not passed on to it.

    Raises:
        ConfigurationError: OA-C761: it did not print a code.
    """
    try:
        code = first_line(mfa_command.removeprefix(_PREFIX), MFA_COMMAND_PATIENCE, withheld)
    except CommandFailed as failed:
        raise _no_code(str(failed)) from None
    if not _CODE.fullmatch(digits_in(code.reveal())):
        raise _no_code("Its first line is not a code of six digits or more.")
    return code


def _no_code(why: str) -> ConfigurationError:
    return ConfigurationError(
        "The program of mfa_command did not print a code.",
        code="OA-C761",
        why=f"{why} What it printed is not shown.",
        fix="Run the command of mfa_command in a terminal, and see what it prints.",
    )
