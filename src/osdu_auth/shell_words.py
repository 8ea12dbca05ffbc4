"""Shell words: commands quoted so that a POSIX shell reads the intended words.

Invariant: names and paths may contain any characters. A command is shown on one line, and a shell
reads each word as one word with the same text.
"""

from __future__ import annotations

import re
import sys

# One plain form for cmd.exe of Windows; not tried.
_WINDOWS = sys.platform == "win32"
SET = "set" if _WINDOWS else "export"
EDITOR = "notepad" if _WINDOWS else "${EDITOR:-vi}"
_SAME_IN_DOUBLE_QUOTES = r"[\w ./~:,@%+=-]*"  # text that double quotes do not change


class Blank(str):
    """A word that the reader fills in, such as `ID`; it is shown without quotes."""

    __slots__ = ()


class ShellExpression(str):
    """An expression that a shell evaluates, such as `$PWD`; it never contains input.

    It is shown in double quotes, as one word.
    """

    __slots__ = ()


def command_line(words: tuple[str, ...]) -> str:
    """Return the words of a command, quoted, on one line."""
    return " ".join(map(quoted, words))


def operand(path: str) -> str:
    """Return a path as an argument that no program reads as an option."""
    return f"./{path}" if path.startswith("-") else path


def quoted_value(pieces: tuple[str, ...]) -> str:
    """Return a value that was given in pieces, in one pair of quotes where that is possible."""
    first, *rest = map(quoted, pieces)
    if rest and all(re.fullmatch(_SAME_IN_DOUBLE_QUOTES, piece) for piece in pieces[1:]):
        return first[:-1] + "".join(pieces[1:]) + '"'
    return first + "".join(rest)


def quoted(text: str) -> str:
    """Return a word, quoted so that a shell reads it as one word with the same text."""
    if isinstance(text, Blank):
        return text
    if isinstance(text, ShellExpression):
        return f'"{text}"'
    if re.fullmatch(r"[A-Za-z0-9@%+=:,./_-]+", text):
        return text
    if _WINDOWS:
        from subprocess import list2cmdline

        return list2cmdline([text])
    from shlex import quote

    from osdu_auth.text import printable

    if printable(text, len(text)) == text:
        return quote(text)
    # A line break or another control character would be shown as something else (POSIX.1-2024,
    # "Dollar-Single-Quotes").
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    from osdu_auth.text import printable

    if character not in "\\'!" and printable(character) == character:
        return character
    return "".join(f"\\{byte:03o}" for byte in _bytes_of(character))


def _bytes_of(character: str) -> bytes:
    """Return the operating system's bytes of a character; a lone surrogate stands for one byte."""
    try:
        return character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return character.encode("utf-8", "surrogatepass")
