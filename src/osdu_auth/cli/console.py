"""Texts for the person, on standard error; standard output is for data."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.options import command_line_reader
from osdu_auth.fixes import Fix, fix_text
from osdu_auth.secret import MASK
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.errors import OsduAuthError

TICK, CROSS = "✓", "✗"

_LONGEST_LINE = 2000  # characters

# Errors repeat names that were typed, and a person may type a token in the place of a name.
_BEGIN_OF_A_JWT = "eyJ"
_TOKEN = _BEGIN_OF_A_JWT + r"[A-Za-z0-9_+/=-]{8,}(?:\.[A-Za-z0-9_+/=-]*)*"


def say(text: str = "", mark: str = "") -> None:
    """Print a text on a separate line.

    Args:
        text: the text; control characters are replaced in it, and tokens are masked.
        mark: printed before the text, in colour.
    """
    if _BEGIN_OF_A_JWT in text:
        text = re.sub(_TOKEN, MASK, text)
    show(mark + printable(text, _LONGEST_LINE))


def say_address(address: str) -> None:
    """Print an address to open, neither cut nor masked."""
    show(printable(address, len(address)))


def show(lines: str) -> None:
    """Print lines as they are, escape codes included.

    If standard error cannot be written (a full disk, a closed pipe) the command goes on; its exit
    code shows the result.
    """
    with suppress(OSError):
        click.echo(lines, err=True)


def say_success(text: str) -> None:
    """Print what the command has done, with a tick."""
    say(f" {text}", _coloured(TICK, "green"))


def note(text: str | Fix) -> None:
    """Print a text that needs attention but is no error."""
    say(f" {fix_text(text, command_line_reader())}", _coloured("!", "yellow"))


def say_error(error: OsduAuthError, *, with_fix: bool = True) -> None:
    """Print an error: what went wrong, why, and what to type next.

    Args:
        error: the error.
        with_fix: whether to print the fix; False where the next question shows what to do.
    """
    say(f" {printable(error.what)}  [{error.code}]", _coloured(CROSS, "red"))
    if error.why:
        say(f"  {printable(error.why)}")
    if error.fix and with_fix:
        say_next(error.fix)


def say_next(what: str | Fix) -> None:
    """Print what to do next; commands in it get the `-p` that this command was given."""
    say(f"  Next: {fix_text(what, command_line_reader())}")


def has_terminal() -> bool:
    """Return whether standard input is a terminal, with a person or without."""
    return sys.stdin is not None and sys.stdin.isatty()


def can_ask() -> bool:
    """Return whether a person is there to answer."""
    if not has_terminal():
        return False
    from osdu_auth.prompts.consoles import why_unattended

    return why_unattended() is None


def command_words() -> str:
    """Return the running command, such as `login` or `account devices`."""
    context = click.get_current_context(silent=True)
    return context.command_path.partition(" ")[2] if context else ""


def _coloured(text: str, colour: str) -> str:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not sys.stderr.isatty() else click.style(text, fg=colour)
