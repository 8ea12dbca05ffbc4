"""The catalogue: a page for each error code.

A page says what the code means, its causes, what to do, who can do it, and the source of the rule.
`osdu-auth explain` and the pages in docs/errors are made from it. It is data, with one file for
each letter, and is read when a page is needed: the code that raises an error does not import it.
"""

from __future__ import annotations

import re
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

# The files, by the first letter of their codes, in the order of the list.
FILES = {
    "S": "sign_in.toml",
    "B": "browser.toml",
    "A": "service_accounts.toml",
    "C": "configuration.toml",
    "U": "usage.toml",
    "N": "network.toml",
    "O": "osdu.toml",
    "V": "tokens.toml",
    "F": "stores.toml",
    "W": "workers.toml",
    "X": "commands.toml",
    "D": "defects.toml",
}
# Who can fix an error.
PEOPLE = {
    "you": "you",
    "administrator": "the user pool's administrator",
    "operator": "the operators of the OSDU platform, or of the service that answered",
    "network": "the operators of your network",
    "programmer": "the author of the program",
    "maintainers": "the maintainers of osdu-auth",
}

_CODE = re.compile(r"\W*(?:OA-?)?([A-Z][0-9]{3})\W*", re.IGNORECASE)


class Page(NamedTuple):
    """The page of an error code.

    Args:
        code: such as `OA-S310`.
        title: what happened, in a few words.
        means: a sentence or two.
        causes: the causes, the most likely first.
        remedy: what to do.
        who: the people who can do it, by their names in `PEOPLE`.
        source: the standard, the page of AWS or the rule of this project that it comes from.
        untyped: why no test follows the advice that the error prints; "" if a test does.
        retired: the version since which this error is not raised any more; "" if it is raised. The
            page of a retired error stays, as sessions on disk and logs name its code.
    """

    code: str
    title: str
    means: str
    causes: tuple[str, ...]
    remedy: str
    who: tuple[str, ...]
    source: str
    untyped: str = ""
    retired: str = ""

    @property
    def exit_code(self) -> int:
        """The exit code of the command: the first digit, or the number after `OA-X`."""
        number = self.code[4:]
        return int(number if self.code[3] == "X" else number[0])

    @property
    def people(self) -> str:
        """Who can fix the error, in words."""
        return ", or ".join(PEOPLE[who] for who in self.who)


def read_catalogue() -> Mapping[str, Page]:
    """Return all pages by their codes, in the order of the list."""
    pages: dict[str, Page] = {}
    for name in FILES.values():
        pages |= _read(name)
    return pages


def code_in(text: str) -> str:
    """Return the code that a text names: `OA-S310` for `oa-s310`, `S310` and `[OA-S310]`.

    Returns:
        The code, which need not exist; the unchanged text if it names no code.
    """
    match = _CODE.fullmatch(text)
    return f"OA-{match[1].upper()}" if match else text


def _read(name: str) -> dict[str, Page]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    tables: dict[str, dict[str, Any]] = tomllib.loads(
        files(__name__).joinpath(name).read_text("utf-8")
    )
    return {code: _page(code, dict(table)) for code, table in sorted(tables.items())}


def _page(code: str, table: dict[str, Any]) -> Page:
    causes, who = tuple(table.pop("causes")), tuple(table.pop("who"))
    return Page(code, causes=causes, who=who, **table)
