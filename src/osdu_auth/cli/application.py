"""The whole program: the commands, and the one place where a failure becomes words and a code."""

from __future__ import annotations

import os
import re
import sys

import click

import osdu_auth
from osdu_auth.cli.console import complain
from osdu_auth.cli.exit_codes import exit_code_of
from osdu_auth.cli.lazy_commands import LazyCommands
from osdu_auth.errors import Cancelled, OsduAuthError, StoreUnavailable, UsageError
from osdu_auth.fixes import Blank, Command, Fix, Run

# Each command is a module of this package that holds a `command`; it is imported when it is called.
COMMANDS = {
    "init": "Write a profile: the values that the workshop page asks for.",
    "login": "Sign in and keep the session.",
    "token": "Print a bearer token that is good now.",
    "exec": "Run a command with a file that always holds a fresh token.",
    "share": "Keep a fresh token on a board, for workers on many machines.",
    "status": "Show who is signed in, until when, and how that is kept.",
    "whoami": "Show who the token says you are, and who OSDU takes you for.",
    "groups": "List your OSDU entitlement groups.",
    "request": "Make one OSDU call with the right headers.",
    "why": "Find out why OSDU refused a request, and who can mend it.",
    "doctor": "Look at everything a session needs, and say what to do.",
    "verify": "Say whether a token is good, check by check.",
    "decode": "Show what a token says, unverified.",
    "explain": "Say what an error code means, and what to do about it.",
    "logout": "End the session here and at the user pool.",
    "profile": "List, choose, show and remove profiles.",
    "account": "Forgotten password, second factor, remembered devices.",
    "demo": "Show the whole job on a sandbox, with no AWS account.",
    "sandbox": "Run a local user pool and a small OSDU platform until Ctrl-C.",
    "completion": "Print what has your shell complete commands and profiles.",
    "purge": "Remove what osdu-auth keeps on this computer.",
}

# What click says of `status acme`.
_EXTRA_ARGUMENT = re.compile(r"unexpected extra argument \((\S+)\)")

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
    5  refused by OSDU (401, 403), or a token that is not good
    6  no usable answer: network, proxy, TLS
    7  a profile or the app client is set wrongly
    8  the session on disk cannot be used
    9  OSDU answered with another error
  130  cancelled

\b
What a command asks and decides: --debug, or OSDU_AUTH_DEBUG=1 in the environment.
"""


@click.group(
    cls=LazyCommands,
    table=COMMANDS,
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
        # The last word of a line in a script of Windows; a command for `exec` is nothing of ours.
        arguments = [*arguments[:-1], *(word.removesuffix("\r") for word in arguments[-1:])]
    return exit_code_of(
        lambda: application.main(arguments, prog_name="osdu-auth", standalone_mode=False),
        say_failure,
    )


def say_failure(failure: BaseException) -> int:
    """Say why a command ended without doing its work, and return the exit code of that.

    Raises:
        BaseException: the failure, where it is none of a command.
    """
    try:
        raise failure  # noqa: TRY301 - to be told apart as errors are
    except OsduAuthError as error:
        complain(error)
        return error.exit_code
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as misuse:
        complain(_usage_error(misuse))
        return UsageError.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain(Cancelled("Cancelled.", code="OA-X130"))
        return Cancelled.exit_code
    except BrokenPipeError:
        return _reader_left()
    except OSError as trouble:
        complain(_unwritable(trouble))
        return StoreUnavailable.exit_code
    except Exception as defect:  # noqa: BLE001 - a traceback helps no user and may show what it should not
        from osdu_auth.cli.defects import as_error

        complain(as_error(defect))
        return OsduAuthError.exit_code


def _unwritable(trouble: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        "The output cannot be written.",
        code="OA-F870",
        why=f"The operating system says: {trouble.strerror or 'nothing more'}.",
        fix="Check where standard output leads, and that its disk is not full.",
    )


def _usage_error(misuse: click.ClickException) -> UsageError:
    context = getattr(misuse, "ctx", None)
    path = context.command_path if context else "osdu-auth"
    fix: Fix = Command(*path.split(), "--help")
    if isinstance(misuse, click.NoSuchOption) and context and context.parent is None:
        example = Run("token", profile=Blank("NAME"))
        fix = "Options follow the command, as in: " + example + " (or " + fix + ")"
    extra = _EXTRA_ARGUMENT.search(misuse.format_message())
    if context and extra and any("-p" in option.opts for option in context.command.params):
        fix = _meant(context.command, path.split()[1:], extra[1]) + " (or " + fix + ")"
    return UsageError(misuse.format_message(), code="OA-U200", fix=fix)


def _meant(command: click.Command, words: list[str], extra: str) -> Fix:
    """Return a command with an argument that it does not take given as the option that it is."""
    has_user = any("-u" in option.opts for option in command.params)
    return Run(*words, "-u", extra) if has_user and "@" in extra else Run(*words, profile=extra)


def _reader_left() -> int:
    """Leave quietly, as programs in a pipe do, when nobody reads any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
