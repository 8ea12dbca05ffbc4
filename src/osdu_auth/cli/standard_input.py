"""Reading standard input: a secret on one line, a pasted text, or the value of an option.

The text is UTF-8, or UTF-16 with a byte order mark. Each failure becomes one of our errors.
"""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from osdu_auth.cli.console import can_ask, command_words, has_terminal
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.input_text import NotText, as_text, odd_character_around, password_in
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

_FROM_FILE = Run("login", "--password-stdin", Blank("< FILE"))

# Standard input, after its encoding was detected.
_prepared: TextIO | None = None


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
    """Raise our own errors for standard input; other OSErrors are reported as errors of the output.

    Raises:
        UsageError: OA-U206: standard input cannot be read; OA-U207: it is not text; OA-U212: it is
            a terminal that no person watches.
    """
    if has_terminal() and not can_ask():  # the program would wait without end
        from osdu_auth.prompts.consoles import no_person_can_answer

        raise no_person_can_answer(command_words())
    why = None
    try:
        yield
    except NotText as error:
        why = str(error)
    except UnicodeDecodeError:
        why = "It begins with the byte order mark of UTF-16, and what follows is not UTF-16."
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
        "Standard input is not text in UTF-8.",
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
