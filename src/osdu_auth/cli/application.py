"""The whole program: the table of commands, and what each failure prints and exits with."""

from __future__ import annotations

import os
import re
import sys

import click

import osdu_auth
from osdu_auth.cli.console import say_error
from osdu_auth.cli.exit_codes import exit_code_of
from osdu_auth.cli.lazy_commands import LazyCommands
from osdu_auth.errors import Cancelled, OsduAuthError, StoreUnavailable, UsageError
from osdu_auth.fixes import Blank, Command, Fix, Run
from osdu_auth.text import printable

# Each command is a module of this package (`groups` is in `whoami`); it is imported when called.
COMMANDS = {
    "init": "Write a profile: the values that the workshop page asks for.",
    "login": "Sign in and keep the session.",
    "token": "Print a bearer token that is good now.",
    "exec": "Run a command with a file that always holds a fresh token.",
    "share": "Keep a fresh token on a board, for workers on many machines.",
    "status": "Show who is signed in, until when, and where the session is stored.",
    "whoami": "Show who you are by the token, and by OSDU.",
    "groups": "List your OSDU entitlement groups.",
    "request": "Make one OSDU call with the right headers.",
    "why": "Find out why OSDU refused a request, and who can fix it.",
    "doctor": "Check everything that a session needs, and say what to do.",
    "verify": "Check a token, and show the result of each check.",
    "decode": "Show the content of a token, unverified.",
    "explain": "Explain an error code, and what to do about it.",
    "logout": "End the session here and at the user pool.",
    "profile": "List, choose, show and remove profiles.",
    "account": "Forgotten password, second factor, remembered devices.",
    "demo": "Show a whole session on a sandbox, with no AWS account.",
    "sandbox": "Run a local user pool and a small OSDU platform until Ctrl-C.",
    "completion": "Print a script with which your shell completes commands and profiles.",
    "purge": "Remove what osdu-auth stores on this computer.",
}

# click's message for `status acme`.
_EXTRA_ARGUMENT = r"unexpected extra argument \((\S+)\)"

EPILOG = """\b
Example:
  osdu-auth init && osdu-auth login
  curl -H "$(osdu-auth token --format header)" -H "data-partition-id: …" https://…

\b
Exit codes:
    0  done
    2  not understood as typed
    3  sign-in needed or refused
    4  the session has ended
    5  refused by OSDU (401, 403), or a token that is not valid
    6  no usable answer: network, proxy, TLS
    7  a mistake in a profile or in the app client's settings
    8  the session on disk cannot be used
    9  OSDU answered with another error
  130  cancelled

\b
To see each request and decision: --debug, or OSDU_AUTH_DEBUG=1 in the environment.
"""


@click.group(
    cls=LazyCommands,
    table=COMMANDS,
    modules={"groups": "whoami"},
    package="osdu_auth.cli",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(osdu_auth.__version__, "-V", "--version", message="osdu-auth %(version)s")
def application() -> None:
    """Sign in to the OSDU Data Platform once, and every tool you run has a fresh bearer token."""


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: what follows the program's name.
    """
    if arguments[:1] != ["exec"]:
        # A shell takes Windows' line ending in a script for a part of the last argument. The
        # arguments after `exec` belong to the user's command, and stay as they are.
        arguments = [*arguments[:-1], *(word.removesuffix("\r") for word in arguments[-1:])]
    return exit_code_of(
        lambda: application.main(arguments, prog_name="osdu-auth", standalone_mode=False),
        say_failure,
    )


def say_failure(failure: BaseException) -> int:
    """Print why a command failed, and return its exit code.

    Raises:
        BaseException: the failure, if it is not an exception that a command may end with.
    """
    try:
        raise failure  # noqa: TRY301 - the `except` clauses tell the kinds apart
    except OsduAuthError as error:
        say_error(error)
        return error.exit_code
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as misuse:
        say_error(_usage_error(misuse))
        return UsageError.exit_code
    except (click.Abort, KeyboardInterrupt):
        say_error(Cancelled("Cancelled.", code="OA-X130"))
        return Cancelled.exit_code
    except BrokenPipeError:
        return _end_after_closed_pipe()
    except OSError as trouble:
        say_error(_unwritable(trouble))
        return StoreUnavailable.exit_code
    except Exception as defect:  # noqa: BLE001 - a traceback helps no user and may show a secret
        say_error(error_of_defect(defect))
        return OsduAuthError.exit_code


def error_of_defect(defect: Exception) -> OsduAuthError:
    """Return the error for an exception that no code of ours has handled: where it was raised.

    Args:
        defect: the exception; its text may hold a secret, and is not shown.
    """
    import traceback

    if isinstance(defect, ImportError) and defect.name:
        return _missing_module(defect.name)
    last = traceback.extract_tb(defect.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    return OsduAuthError(
        "osdu-auth has failed because of its own defect.",
        code="OA-D101",
        why=f"{type(defect).__name__} at {place}.",
        fix="Please report this line, the command, and " + Command("osdu-auth", "--version") + ".",
    )


def _missing_module(name: str) -> OsduAuthError:
    """Return the error for an incomplete installation, or an incomplete program made with ours."""
    fix: str | Fix = "Install it again: " + Command(
        "python", "-m", "pip", "install", "--force-reinstall", "osdu-auth"
    )
    if getattr(sys, "frozen", False):
        package = name.partition(".")[0]
        fix = f"Build the program with: pyinstaller --collect-submodules {printable(package, 60)}"
    return OsduAuthError(
        f"The module {printable(name, 100)} is missing from this installation of osdu-auth.",
        code="OA-D101",
        why="osdu-auth imports a module when it needs it, and did not find this one.",
        fix=fix,
    )


def _unwritable(trouble: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        "The output cannot be written.",
        code="OA-F870",
        why=f"The operating system says: {trouble.strerror or 'nothing more'}.",
        fix="Check what standard output is connected to, and that its disk is not full.",
    )


def _usage_error(misuse: click.ClickException) -> UsageError:
    context = getattr(misuse, "ctx", None)
    path = context.command_path if context else "osdu-auth"
    fix: Fix = Command(*path.split(), "--help")
    if isinstance(misuse, click.NoSuchOption) and context and context.parent is None:
        example = Run("token", profile=Blank("NAME"))
        fix = "Options follow the command, as in: " + example + " (or " + fix + ")"
    extra = re.search(_EXTRA_ARGUMENT, misuse.format_message())
    if context and extra and any("-p" in option.opts for option in context.command.params):
        fix = _with_option(context.command, path.split()[1:], extra[1]) + " (or " + fix + ")"
    return UsageError(misuse.format_message(), code="OA-U200", fix=fix)


def _with_option(command: click.Command, words: list[str], extra: str) -> Fix:
    """Return the command with the extra argument as the option `-u` or `-p`: the likely intent."""
    has_user = any("-u" in option.opts for option in command.params)
    return Run(*words, "-u", extra) if has_user and "@" in extra else Run(*words, profile=extra)


def _end_after_closed_pipe() -> int:
    """End without an error, as a program in a pipe does when the next program has ended."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
