"""A large file of profiles is split at its headers, so that only the used profile is parsed.

`bench/profiles.py` measures it (bound 50 ms): 22.9 ms, and more than 500 ms if all is parsed.

Only a file of `[profiles.NAME]` sections without multi-line strings is split, as a header in it
cannot be a part of a string. Any other file is parsed as a whole.
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
# Strings over several lines, and indented lines, which may be headers.
_NOT_PLAIN = ('"""', "'''", "\n ", "\n\t", "\r ", "\r\t")


class Sections(Mapping[str, Any]):
    """The tables of a file's profiles by name, each parsed on first use.

    Args:
        text: the whole file.
        path: the path of the file, for error messages.
        places: the start and the end of each profile's section in the text.
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
        except ConfigurationError:  # again, for an error with the line number in the file
            table = parse_toml("\n" * self._text.count("\n", 0, begin) + section, self._path)
        return table["profiles"][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def split_sections(text: str, path: str) -> tuple[str, Sections] | None:
    """Return the text above the first profile, and the profiles; None if it cannot be split.

    Args:
        text: the whole file.
        path: the path of the file, for error messages.
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
