"""Help texts in the width of the terminal: a narrow terminal gets one column instead of two."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

_NARROW = 78  # columns, without the margin: below it there is no room for two columns
_SMALLEST = 20
_MARGIN = 2
_HANGING_INDENT = 4
_SECOND_COLUMN = 24  # columns that a second column needs
# A word of a shell; blanks within quotes belong to it.
_SHELL_WORD = r"(?:'[^']*'|\"[^\"]*\"|\S)+"
_TWO_COLUMNS = r"(\s*\S.*?\s{2,})\S"


class HelpFormatter(click.HelpFormatter):
    """Writes help; also wraps the paragraphs that click leaves as they are."""

    def __init__(
        self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None
    ) -> None:
        if width is None:
            import shutil  # only help needs it, and every command would import it

            columns = min(shutil.get_terminal_size().columns, max_width or 80)
            width = max(columns - _MARGIN, _SMALLEST)
        super().__init__(indent_increment, width, max_width)

    def write_text(self, text: str) -> None:
        """Write paragraphs; the lines of a paragraph with click's mark stay if they fit."""
        room = self.width - self.current_indent
        paragraphs = re.split(r"(\n\s*\n)", text)
        super().write_text("".join(_fitting(paragraph, room) for paragraph in paragraphs))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write terms and their meanings: side by side, or one below the other."""
        if self.width >= _NARROW:
            super().write_dl(rows, col_max, col_spacing)
            return
        for term, meaning in rows:
            indent = " " * self.current_indent
            # The choices of an option are one word without blanks, maybe longer than a line.
            parts = re.sub(r"\|", "|\0", term)
            for line in _wrapped(parts, self.width, indent, indent + " " * _HANGING_INDENT):
                self.write(f"{line}\n")
            for line in _wrapped(meaning, self.width, indent + " " * _HANGING_INDENT):
                self.write(f"{line}\n")


class HelpContext(click.Context):
    """The context of a command whose help `HelpFormatter` writes."""

    formatter_class = HelpFormatter


def _fitting(paragraph: str, room: int) -> str:
    marked = re.match(r"\s*\x08\n", paragraph)
    if marked is None:
        return paragraph
    lines = paragraph[marked.end() :].split("\n")
    is_shell = lines[0].startswith("Example")
    kept = [part for line in lines for part in _lines_of(line, room, is_shell=is_shell)]
    return marked[0] + "\n".join(kept)


def _lines_of(line: str, room: int, *, is_shell: bool) -> list[str]:
    """Wrap a line; the lines after the first are indented further."""
    if len(line) <= room:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    if is_shell:
        return _command_lines(line, room, indent)
    columns = re.match(_TWO_COLUMNS, line)
    hang = len(indent) + _HANGING_INDENT if indent else 0
    if columns and room - len(columns[1]) >= _SECOND_COLUMN:
        hang = len(columns[1])
    return _wrapped(line.lstrip(), room, indent, " " * hang)


def _command_lines(line: str, room: int, indent: str) -> list[str]:
    """Wrap a command so that it can be pasted: each line but the last ends in a backslash."""
    begin, _, remark = line.partition("   #")
    words = [word for word in re.findall(_SHELL_WORD, begin) if word != "\\"]
    lines = [indent + words[0]]
    hang = (
        "" if len(indent) > _HANGING_INDENT else " " * _HANGING_INDENT
    )  # the line continues another one already
    for word in words[1:]:
        if len(lines[-1]) + len(word) + len(" \\") < room:
            lines[-1] += f" {word}"
        else:
            lines[-1] += " \\"
            lines.append(indent + hang + word)
    if begin.rstrip().endswith(" \\"):
        lines[-1] += " \\"
    return lines + ([f"{indent}# {remark.strip()}"] if remark else [])


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    import textwrap

    options: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
    wrapped = textwrap.wrap(
        text.replace("\0", " "),
        width,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        drop_whitespace=True,
        **options,
    )
    return [re.sub(r"\| (?=\S)", "|", line) for line in wrapped]
