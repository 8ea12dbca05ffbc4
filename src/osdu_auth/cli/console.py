"""The conversation with the person: on standard error, in plain words, in colour on a terminal.

Standard output is data and is not touched here.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.options import typed_reader
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Fix, Run, rendered
from osdu_auth.secret import MASK, Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.errors import OsduAuthError

TICK, CROSS = "✓", "✗"

_LONGEST_LINE = 2000  # characters

_FROM_FILE = Run("login", "--password-stdin", Blank("< FILE"))

# A token may be typed where a name belongs, and errors repeat names.
_BEGIN_OF_A_JWT = "eyJ"
_TOKEN = _BEGIN_OF_A_JWT + r"[A-Za-z0-9_+/=-]{8,}(?:\.[A-Za-z0-9_+/=-]*)*"


def say(text: str = "", mark: str = "") -> None:
    """Tell the person something, on a line of its own.

    Args:
        text: nothing in it, wherever it came from, steers the terminal or looks like a token.
        mark: what goes before it, in colour.
    """
    if _BEGIN_OF_A_JWT in text:
        text = re.sub(_TOKEN, MASK, text)
    show(mark + printable(text, _LONGEST_LINE))


def show(picture: str) -> None:
    """Show the person lines that were drawn for the terminal.

    Where they cannot be shown, on a full disk or to somebody who has left, what was done is done
    all the same, and the exit code says how it went.
    """
    with suppress(OSError):
        click.echo(picture, err=True)


def succeeded(text: str) -> None:
    """Tell the person that something worked."""
    say(f" {text}", _coloured(TICK, "green"))


def note(text: str | Fix) -> None:
    """Tell the person something that needs attention but is no error."""
    say(f" {rendered(text, typed_reader())}", _coloured("!", "yellow"))


def complain(error: OsduAuthError, *, with_fix: bool = True) -> None:
    """Tell the person what went wrong, why, and what to type next.

    Args:
        error: what went wrong.
        with_fix: whether to say what to type; not where the question that follows says it.
    """
    say(f" {printable(error.what)}  [{error.code}]", _coloured(CROSS, "red"))
    if error.why:
        say(f"  {printable(error.why)}")
    if error.fix and with_fix:
        say_next(error.fix)


def say_next(what: str | Fix) -> None:
    """Tell the person what to do next; commands in it get the profile that this one was given."""
    say(f"  Next: {rendered(what, typed_reader())}")


def has_terminal() -> bool:
    """Say whether standard input is a terminal, be a person at it or not."""
    return sys.stdin is not None and sys.stdin.isatty()


def can_ask() -> bool:
    """Say whether a person is there to answer."""
    if not has_terminal():
        return False
    from osdu_auth.questions.consoles import why_unattended

    return why_unattended() is None


def command_words() -> str:
    """Return the command that runs, such as `login` or `account devices`."""
    context = click.get_current_context(silent=True)
    return context.command_path.partition(" ")[2] if context else ""


def read_secret_line(noun: str = "password", fix: str | Fix = _FROM_FILE) -> Secret:
    """Return the next line of standard input as a secret, without its line end.

    Args:
        noun: what the line holds.
        fix: how to give it.

    Raises:
        UsageError: there is no such line, or it is empty; or as of `reading_standard_input`.
    """
    with reading_standard_input():
        line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise UsageError(f"Standard input holds no {noun}.", code="OA-U203", fix=fix)
    return Secret(line)


@contextmanager
def reading_standard_input() -> Iterator[None]:
    """Tell a fault of standard input as what it is: outside, it would be one of the output.

    Raises:
        UsageError: OA-U206: it cannot be read; OA-U212: it is a terminal that no person sits at.
    """
    if has_terminal() and not can_ask():  # nothing would ever come
        from osdu_auth.questions.consoles import unattended

        raise unattended(command_words())
    try:
        yield
    except OSError as error:
        raise UsageError(
            "Standard input cannot be read.",
            code="OA-U206",
            why=f"The operating system says: {error.strerror or type(error).__name__}.",
            fix="Check what standard input comes from: < FILE, or a command before a |.",
        ) from None


def _coloured(text: str, colour: str) -> str:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not sys.stderr.isatty() else click.style(text, fg=colour)
