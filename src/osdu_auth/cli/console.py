"""Texts for the person, on standard error, and reading standard input.

Nothing here writes to standard output, which is for data.
"""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

import click

from osdu_auth.cli.options import command_line_reader
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Fix, Run, fix_text
from osdu_auth.input_text import NotText, as_text, odd_character_around, password_in
from osdu_auth.secret import MASK, Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.errors import OsduAuthError

TICK, CROSS = "✓", "✗"

_LONGEST_LINE = 2000  # characters

_FROM_FILE = Run("login", "--password-stdin", Blank("< FILE"))

# Standard input, after its encoding was detected.
_prepared: TextIO | None = None

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


def succeeded(text: str) -> None:
    """Print that something worked."""
    say(f" {text}", _coloured(TICK, "green"))


def note(text: str | Fix) -> None:
    """Print a text that needs attention but is no error."""
    say(f" {fix_text(text, command_line_reader())}", _coloured("!", "yellow"))


def complain(error: OsduAuthError, *, with_fix: bool = True) -> None:
    """Print what went wrong, why, and what to type next.

    Args:
        error: what went wrong.
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


def read_secret_line(noun: str = "password", fix: str | Fix = _FROM_FILE) -> Secret:
    """Return the next line of standard input as a secret, without its line end.

    Args:
        noun: what the line is to hold.
        fix: how to give the line.

    Raises:
        UsageError: OA-U203: the line is missing or empty; or as for `reading_standard_input`.
    """
    with reading_standard_input():
        stream = text_of_standard_input()
        line = Secret(password_in(_decoded(stream.readline())))
    if not line:
        raise UsageError(f"Standard input holds no {noun}.", code="OA-U203", fix=fix)
    if "\0" in line.reveal():
        raise _no_text("It holds NUL characters, as UTF-16 without a byte order mark does.")
    return line


def text_of_standard_input() -> TextIO:
    """Return standard input as text: UTF-8, or UTF-16 if it begins with a byte order mark.

    Other bytes become lone surrogates, which `as_text` refuses.
    """
    global _prepared  # noqa: PLW0603 - there is one standard input
    stream: TextIO = sys.stdin
    if stream is _prepared or not isinstance(stream, io.TextIOWrapper):
        return stream
    if not hasattr(stream.buffer, "peek"):
        unbuffered: Any = stream.detach()
        sys.stdin = stream = io.TextIOWrapper(io.BufferedReader(unbuffered))
    buffer: Any = stream.buffer
    if buffer.peek(1)[:1] in {b"\xff", b"\xfe"}:  # no text in UTF-8 begins with these bytes
        stream.reconfigure(encoding="utf-16", errors="strict")
    else:
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    _prepared = stream
    return stream


def _decoded(line: str) -> str:
    if line.isascii():
        return line
    import locale

    return as_text(line, locale.getpreferredencoding(do_setlocale=False))


@contextmanager
def reading_standard_input() -> Iterator[None]:
    """Raise our own errors for standard input: outside, an OSError is taken for one of the output.

    Raises:
        UsageError: OA-U206: standard input cannot be read; OA-U207: it is no text; OA-U212: it is a
            terminal that no person watches.
    """
    if has_terminal() and not can_ask():  # the program would wait for ever
        from osdu_auth.prompts.consoles import no_person_can_answer

        raise no_person_can_answer(command_words())
    why = None
    try:
        yield
    except NotText as error:
        why = str(error)
    except UnicodeDecodeError:
        why = "It begins with the byte order mark of UTF-16, and is no UTF-16 after that."
    except OSError as error:
        raise UsageError(
            "Standard input cannot be read.",
            code="OA-U206",
            why=f"The operating system says: {error.strerror or 'nothing more'}.",
            fix="Check what standard input comes from: < FILE, or a command before a |.",
        ) from None
    if why is not None:
        raise _no_text(why)


def _no_text(why: str) -> UsageError:
    return UsageError(
        "Standard input is no text in UTF-8.",
        code="OA-U207",
        why=why,
        fix="Save the text as UTF-8, and give that.",
    )


def option_content(data: str, option: str) -> bytes:
    """Return the value of an option: its text, the content of a file, or standard input.

    Args:
        data: a text, `@FILE` or `@-`.
        option: the option's name.

    Raises:
        UsageError: OA-U205: the file cannot be read; or as for `reading_standard_input`.
    """
    if not data.startswith("@"):
        return data.encode("utf-8", "surrogateescape")
    if data == "@-":
        with reading_standard_input():
            return sys.stdin.buffer.read()
    try:
        with open(data[1:], "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(
            f"The file {data[1:]} cannot be read.",
            code="OA-U205",
            why=f"{odd_character_around(data[1:])} {error.strerror}.".strip(),
            fix=f"Give {option} @FILE with a file that you can read.",
        ) from None


def _coloured(text: str, colour: str) -> str:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not sys.stderr.isatty() else click.style(text, fg=colour)
