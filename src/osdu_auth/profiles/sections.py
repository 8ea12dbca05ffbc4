"""A large file of profiles, taken apart at its headers, so that one profile costs one profile.

It stays for `bench/profiles.py` (bound 50 ms): 22.9 ms by it, 500 and more by parsing all as TOML.

The law of this module: it takes apart only what it cannot misunderstand, a file of
`[profiles.NAME]` sections without multi-line strings. Any other file is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.toml_text import parse_toml

_HEADER = re.compile(
    r"profiles\.(?:([A-Za-z0-9_-]+)|\"([A-Za-z0-9._-]+)\")(\.store)?\]"
    r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)"
)
_PROFILES_ABOVE = re.compile(r"^[\"']?profiles\b", re.MULTILINE)
# Strings over several lines, and lines that are not where a header would be looked for.
_NOT_PLAIN = ('"""', "'''", "\n ", "\n\t", "\r ", "\r\t")


class Sections(Mapping[str, Any]):
    """The tables of a file's profiles by name, each parsed when it is asked for.

    Args:
        text: the whole file.
        path: where it lies, for the words of an error.
        places: where each profile's section begins and ends in it.
    """

    def __init__(self, text: str, path: str, places: Mapping[str, tuple[int, int]]) -> None:
        self._text = text
        self._path = path
        self._places = places

    def __getitem__(self, name: str) -> Any:
        begin, end = self._places[name]
        section = self._text[begin:end]
        try:
            table = parse_toml(section, self._path)
        except ConfigurationError:  # to be said with the line in the file
            table = parse_toml("\n" * self._text.count("\n", 0, begin) + section, self._path)
        return table["profiles"][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def take_apart(text: str, path: str) -> tuple[str, Sections] | None:
    """Return what stands above the first profile, and the profiles; None where that is not plain.

    Args:
        text: the whole file.
        path: where it lies, for the words of an error.
    """
    if text[:1] in (" ", "\t") or any(sign in text for sign in _NOT_PLAIN):
        return None
    above, *sections = ("\n" + text).split("\n[")
    if _PROFILES_ABOVE.search(above):
        return None
    places: dict[str, tuple[int, int]] = {}
    begin, last = len(above), None
    for section in sections:
        header = _HEADER.match(section)
        if header is None:
            return None
        end = begin + len(section) + len("\n[")
        name = header[1] or header[2]
        if header[3] and name == last:  # its table [profiles.NAME.store] follows
            places[name] = places[name][0], end
        elif header[3] or name in places:
            return None
        else:
            places[name] = begin, end
        begin, last = end, name
    return above.removeprefix("\n"), Sections(text, path, places)
