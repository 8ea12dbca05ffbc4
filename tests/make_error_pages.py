"""Writes the pages of the error codes, docs/errors, from the catalogue: `make error-pages`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from advice.coverage import in_words
from advice.registry import PROVOKERS
from advice.typed_elsewhere import TYPED_ELSEWHERE
from osdu_auth.catalogue import FILES, read_catalogue

if TYPE_CHECKING:
    from collections.abc import Collection

    from osdu_auth.catalogue import Page

FOLDER = Path(__file__).parents[1] / "docs/errors"
_NOTE = "<!-- Made by `make error-pages` from src/osdu_auth/catalogue: edit that. -->"

# What the codes of a letter are about.
SUBJECTS = {
    "S": "Signing in and sessions",
    "B": "Signing in in a browser",
    "A": "Service accounts",
    "C": "Profiles, variables and app clients",
    "U": "Command lines and calls of the library",
    "N": "Answers that do not come, or that something else gives",
    "O": "Answers of OSDU",
    "V": "Tokens that are not good",
    "F": "Sessions on disk, key stores and output",
    "W": "Workers, boards and publishers",
    "X": "Commands of `exec`, and Ctrl-C",
    "D": "Defects of osdu-auth",
}


def pages() -> dict[str, str]:
    """Return the text of each page by its file's name."""
    catalogue = read_catalogue()
    made = {"README.md": _index(catalogue.values())}
    for letter, subject in SUBJECTS.items():
        parts = [_part(page) for code, page in catalogue.items() if code[3] == letter]
        made[file_of(letter)] = "\n".join([_NOTE, f"# {subject}", "", *parts])
    return made


def file_of(letter: str) -> str:
    """Return the name of the page of a letter's codes."""
    return FILES[letter].replace(".toml", ".md").replace("_", "-")


def _index(catalogue: Collection[Page]) -> str:
    lines = [
        _NOTE,
        "# Error codes",
        "",
        "Each error of osdu-auth carries a code such as OA-S310. Its first digit is the exit code",
        "of the command line. `osdu-auth explain OA-S310` prints the same page in a terminal.",
        "",
        in_words(),
    ]
    for letter, subject in SUBJECTS.items():
        lines += ["", f"## OA-{letter}: {subject[:1].lower()}{subject[1:]}", ""]
        lines += [_line(page, letter) for page in catalogue if page.code[3] == letter]
    return "\n".join([*lines, ""])


def _line(page: Page, letter: str) -> str:
    return f"- [{page.code}]({file_of(letter)}#{page.code.lower()}) {page.title}"


def _part(page: Page) -> str:
    retired = [f"Nothing raises it since {page.retired}.", ""] if page.retired else []
    causes = [f"{number}. {cause}" for number, cause in enumerate(page.causes, start=1)]
    return "\n".join(
        [
            f"## {page.code}",
            "",
            f"**{page.title}.** {page.means}",
            "",
            *retired,
            "Why:",
            "",
            *causes,
            "",
            f"What to do: {page.remedy}",
            "",
            f"Who can: {page.people}. Exit code: {page.exit_code}.",
            "",
            f"From: {page.source}",
            "",
            f"Advice: {_typed(page)}",
            "",
        ]
    )


def _typed(page: Page) -> str:
    if page.untyped:
        return f"not typed by a test. {page.untyped}"
    if page.code in TYPED_ELSEWHERE:
        return "typed by a test as it is printed."
    assert page.code in PROVOKERS
    return "provoked and typed by a test as it is printed."


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
