"""A token as people have it: in quotes, in a header, in JSON, on several lines.

The law of this module: what is taken off is said, so that the token that is looked at is the one
that was meant. The library takes a token as it is, and nothing else.
"""

from __future__ import annotations

import json
import re
from typing import Any

from osdu_auth.input_text import is_unseen, unquoted, without_unseen_ends

# What may stand before a token, and what it is called.
_BEFORE = (
    (re.compile(r"header\s*=\s*", re.IGNORECASE), "curl's header ="),
    (re.compile(r"(?:-H|--header|-b)(?:\s+|=)"), "curl's option"),
    (re.compile(r"(?:export\s+|set\s+|\$env:)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*"), "NAME="),
    (re.compile(r"[\"']?(?:access_?token|id_?token)[\"']?\s*:\s*", re.IGNORECASE), "a name"),
    (re.compile(r"authorization:\s*", re.IGNORECASE), "Authorization:"),
    (re.compile(r"bearer(?::\s*|\s+|\Z)", re.IGNORECASE), "Bearer"),
)
# As people always have them, so that nothing is said about them.
_USUAL = frozenset({"Authorization:", "Bearer"})
_MEMBERS = ("access_token", "AccessToken", "accessToken", "id_token", "IdToken", "idToken", "token")
_WITHIN = ("AuthenticationResult", "status", "data")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def token_in(pasted: str) -> tuple[str, tuple[str, ...]]:
    """Return the token in what was pasted, and what stood around it and is worth saying.

    Args:
        pasted: text.
    """
    around: list[str] = []
    text = without_unseen_ends(pasted)
    member = _member_of_json(text)
    if member is not None:
        text, name = member
        around.append(f"JSON ({name})")
    else:
        line = _one_line_with_a_token(text)
        if line is not None:
            text = line
            around.append("other lines")
    bare, found = _without_surroundings(text)
    around += found
    joined = "".join(each for each in bare if not is_unseen(each))
    if joined != bare and _COMPACT.fullmatch(joined):
        bare = joined
        around.append("line breaks and blanks")
    return bare, tuple(dict.fromkeys(what for what in around if what not in _USUAL))


def _without_surroundings(text: str) -> tuple[str, list[str]]:
    around: list[str] = []
    while True:
        former = text
        text = without_unseen_ends(text)
        for pattern, name in _BEFORE:
            before = pattern.match(text)
            if before is not None:
                text = text[before.end() :]
                around.append(name)
        bare = unquoted(text.rstrip(",;"))
        if bare != text.rstrip(",;"):
            around.append("quotes")
            text = bare
        if text == former:
            bare = text.rstrip(",;")
            return bare if _COMPACT.fullmatch(bare) else text, around


def _one_line_with_a_token(text: str) -> str | None:
    """Return the line of several that holds a token, as of `token --format env`; else None.

    A line that may be a part of a token is none of the others.
    """
    lines = [line for line in map(without_unseen_ends, text.splitlines()) if line]
    with_token = [line for line in lines if re.search(r"eyJ[\w-]+\.[\w-]+\.[\w-]", line)]
    others = [line for line in lines if line not in with_token]
    if len(with_token) == 1 and others and all(re.search(r"[^\w.-]", line) for line in others):
        return with_token[0]
    return None


def _member_of_json(text: str) -> tuple[str, str] | None:
    """Return the token in a JSON answer, and the name of its member; None where it is none."""
    if not text.startswith("{"):
        return None
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for outer in (value, *(value.get(name) for name in _WITHIN)):
        for name in _MEMBERS:
            token = outer.get(name) if isinstance(outer, dict) else None
            if isinstance(token, str):
                return token, name
    return None
