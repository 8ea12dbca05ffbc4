"""`osdu-auth explain`: the meaning of an error code, and what to do about the error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.errors import ConfigurationError, UsageError
from osdu_auth.fixes import Blank, Command, Fix
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.catalogue import Page

_MAX_WIDTH = 100  # characters, the same as in help texts


@click.command(
    epilog="""\b
Example:
  osdu-auth explain OA-S310
  osdu-auth explain | grep -i proxy
"""
)
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain an error code: its meaning, its causes, what to do, and who can do it.

    Each error message ends in its CODE, such as [OA-S310]; S310 is enough. Without CODE, all codes
    are listed.
    """
    from osdu_auth.catalogue import code_in, read_catalogue

    try:
        pages = read_catalogue()
    except OSError:
        raise _pages_missing() from None
    if code is None:
        for page in pages.values():
            click.echo(f"{page.code}  {page.title}")
        return
    found = pages.get(code_in(code))
    if found is None:
        raise _no_such_code(code, pages)
    click.echo(_words(found))


def _pages_missing() -> ConfigurationError:
    """Return the error of a program that PyInstaller has built without the files of the pages."""
    return ConfigurationError(
        "The pages of the error codes are missing from this program.",
        code="OA-C762",
        why="It was built without the data files of osdu-auth.",
        fix="Build it with them: "
        + Command("pyinstaller", "--collect-data", "osdu_auth", Blank("…")),
    )


def _no_such_code(typed: str, pages: Mapping[str, Page]) -> UsageError:
    import difflib

    code = f"OA-{typed.upper().removeprefix('OA-')}"
    similar = difflib.get_close_matches(code, pages, n=3, cutoff=0.7)
    fix: Fix = Command("osdu-auth", "explain")
    return UsageError(
        f'There is no error code "{printable(typed, 40)}".',
        code="OA-U200",
        why=f"Similar codes: {', '.join(similar)}." if similar else "A code looks like OA-S310.",
        fix=fix + " lists them all.",
    )


def _words(page: Page) -> str:
    retired = f"Not raised since version {page.retired}. " if page.retired else ""
    causes = [f"{number}. {cause}" for number, cause in enumerate(page.causes, start=1)]
    parts = {
        "Why": causes,
        "What to do": [page.remedy],
        "Who can": [page.people],
        "Exit code": [str(page.exit_code)],
        "From": [page.source],
    }
    head = [f"{page.code}  {page.title}", "", _wrapped(retired + page.means, "  "), ""]
    return "\n".join([*head, *(_part(name, texts) for name, texts in parts.items())])


def _part(name: str, texts: list[str]) -> str:
    first, *others = (_wrapped(text, " " * 14) for text in texts)
    return "\n".join([f"  {name:10}  {first.lstrip()}", *others])


def _wrapped(text: str, indent: str) -> str:
    from shutil import get_terminal_size
    from textwrap import fill

    width = min(get_terminal_size().columns, _MAX_WIDTH)
    hanging = indent + ("   " if text[:1].isdigit() and text[1:3] == ". " else "")
    return fill(text, max(width, 40), initial_indent=indent, subsequent_indent=hanging)
