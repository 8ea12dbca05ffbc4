"""The conversation with the person: on standard error, in plain words, in colour on a terminal.

Standard output is data and is not touched here.
"""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

import click

from osdu_auth.cli.options import typed_reader
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Fix, Run, rendered
from osdu_auth.input_text import NotText, as_text, password_in
from osdu_auth.secret import MASK, Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.errors import OsduAuthError

TICK, CROSS = "✓", "✗"

_LONGEST_LINE = 2000  # characters

_FROM_FILE = Run("login", "--password-stdin", Blank("< FILE"))

# Standard input, once it is known what it is written in.
_prepared: TextIO | None = None

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


def say_address(address: str) -> None:
    """Tell the person an address to open: whole, as a cut or a mask in it would be of no use."""
    show(printable(address, len(address)))


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
    from osdu_auth.prompts.consoles import why_unattended

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
        stream = text_of_standard_input()
        line = Secret(password_in(_understood(stream.readline())))
    if not line:
        raise UsageError(f"Standard input holds no {noun}.", code="OA-U203", fix=fix)
    if "\0" in line.reveal():
        raise _no_text("It holds NUL characters, as UTF-16 without its mark does.")
    return line


def text_of_standard_input() -> TextIO:
    """Return standard input as text: UTF-8, or UTF-16 where it begins with the mark of that.

    Bytes that are neither stand in it as lone surrogates, for `as_text`.
    """
    global _prepared  # noqa: PLW0603 - there is one standard input
    stream: TextIO = sys.stdin
    if stream is _prepared or not isinstance(stream, io.TextIOWrapper):
        return stream
    if not hasattr(stream.buffer, "peek"):
        unbuffered: Any = stream.detach()
        sys.stdin = stream = io.TextIOWrapper(io.BufferedReader(unbuffered))
    buffer: Any = stream.buffer
    if buffer.peek(1)[:1] in {b"\xff", b"\xfe"}:  # which no text in UTF-8 begins with
        stream.reconfigure(encoding="utf-16", errors="strict")
    else:
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    _prepared = stream
    return stream


def _understood(line: str) -> str:
    if line.isascii():
        return line
    import locale

    return as_text(line, locale.getpreferredencoding(do_setlocale=False))


@contextmanager
def reading_standard_input() -> Iterator[None]:
    """Tell a fault of standard input as what it is: outside, it would be one of the output.

    Raises:
        UsageError: OA-U206: it cannot be read; OA-U207: it is no text; OA-U212: it is a terminal
            that no person sits at.
    """
    if has_terminal() and not can_ask():  # nothing would ever come
        from osdu_auth.prompts.consoles import no_person_can_answer

        raise no_person_can_answer(command_words())
    why = None
    try:
        yield
    except NotText as error:
        why = str(error)
    except UnicodeDecodeError:
        why = "It begins as UTF-16 and does not go on as such."
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
        fix="Save what it comes from as UTF-8, and give that.",
    )


def _coloured(text: str, colour: str) -> str:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not sys.stderr.isatty() else click.style(text, fg=colour)
