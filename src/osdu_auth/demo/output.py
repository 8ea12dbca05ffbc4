"""Printing the lines of the demo in the width of the terminal."""

from __future__ import annotations

import shutil
import textwrap

import click

NARROW = 80  # columns, below which there is no room for a diagram
_DEFAULT_SIZE = (80, 24)
_FURTHER_INDENT = 2


def is_narrow() -> bool:
    """Return whether the terminal has too few columns for a diagram."""
    return shutil.get_terminal_size(_DEFAULT_SIZE).columns < NARROW


def show(text: str, *, err: bool = False) -> None:
    """Print lines; wrap them on a narrow terminal, without breaking words.

    Args:
        text: the lines.
        err: whether to print to standard error.
    """
    for line in text.split("\n"):
        for part in _wrapped(line) if is_narrow() else [line]:
            click.echo(part, err=err)


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line.lstrip(),
        shutil.get_terminal_size(_DEFAULT_SIZE).columns,
        initial_indent=indent,
        subsequent_indent=indent + " " * _FURTHER_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
