"""A token that a person gives: reading it from an argument or standard input, and showing it.

People have tokens in quotes, in a header, in JSON or on several lines. Invariant: each part that is
removed is reported, so that the checked token is the intended one. The library itself takes a bare
token only.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import click

from osdu_auth.cli.console import has_terminal, note
from osdu_auth.cli.standard_input import reading_standard_input, text_of_standard_input
from osdu_auth.durations import duration_in_words, rfc3339_time
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Run
from osdu_auth.input_text import is_invisible, unquoted, without_invisible_ends
from osdu_auth.secret import Secret
from osdu_auth.text import printable
from osdu_auth.verification.claims.token_text import TOKEN_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.fixes import Fix

# Text that may come before a token, and its name in the report.
_BEFORE = (
    (re.compile(r"header\s*=\s*", re.IGNORECASE), "curl's header ="),
    (re.compile(r"(?:-H|--header|-b)(?:\s+|=)"), "curl's option"),
    (re.compile(r"(?:export\s+|set\s+|\$env:)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*"), "NAME="),
    (re.compile(r"[\"']?(?:access_?token|id_?token)[\"']?\s*:\s*", re.IGNORECASE), "a name"),
    (re.compile(r"authorization:\s*", re.IGNORECASE), "Authorization:"),
    (re.compile(r"bearer(?::\s*|\s+|\Z)", re.IGNORECASE), "Bearer"),
)
# Parts that are not reported, as they are usual.
_USUAL = frozenset({"Authorization:", "Bearer"})
_MEMBERS = ("access_token", "AccessToken", "accessToken", "id_token", "IdToken", "idToken", "token")
_WITHIN = ("AuthenticationResult", "status", "data")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TIMES = ("exp", "nbf", "iat", "auth_time")
_LATEST = 253_402_300_799
_INPUT_LIMIT = 4 * TOKEN_LIMIT  # characters; the text around a token may be longer than the token

# Several arguments, as `Bearer eyJ…` without quotes is two.
token_argument = click.argument("words", nargs=-1, metavar="[TOKEN|-]")


def read_token(words: tuple[str, ...], command: Fix) -> Secret:
    """Return the token that a person gives, without the text around it; print what was removed.

    Args:
        words: the arguments: the token, maybe with words before it; none or `-` to read standard
            input.
        command: the running command, for the error.

    Raises:
        UsageError: OA-U204: there is no token; OA-U206, OA-U207: standard input cannot be read.
    """
    given = " ".join(words)
    if not words or given == "-":
        given = ""
        if not has_terminal():
            with reading_standard_input():
                given = text_of_standard_input().read(_INPUT_LIMIT)
    token, around = token_in(given)
    if not token:
        raise UsageError(
            "There is no token to read.",
            code="OA-U204",
            why="The command line has none, and standard input has none.",
            fix=Run("token") + " | " + command,
        )
    if around:
        note(f"Removed from around the token: {', '.join(around)}.")
    return Secret(token)


def show_members(title: str, members: Mapping[str, Any]) -> None:
    """Print the members of a token's header or claims, with times in words."""
    click.echo(title)
    for name, value in members.items():
        click.echo(f"  {printable(name, 60):18}{_in_words(name, value)}")


def _in_words(name: str, value: Any) -> str:
    if name in _TIMES and type(value) in {int, float} and 0 <= value <= _LATEST:
        return f"{rfc3339_time(value)}  {_from_now(value - time.time())}"
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(value))


def _from_now(seconds: float) -> str:
    if seconds > 0:
        return f"in {duration_in_words(seconds)}"
    return f"{duration_in_words(-seconds)} ago"


def token_in(pasted: str) -> tuple[str, tuple[str, ...]]:
    """Return the token in a pasted text, and the names of the unusual parts around it.

    Args:
        pasted: the text.
    """
    around: list[str] = []
    text = without_invisible_ends(pasted)
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
    joined = "".join(each for each in bare if not is_invisible(each))
    if joined != bare and _COMPACT.fullmatch(joined):
        bare = joined
        around.append("line breaks and blanks")
    return bare, tuple(dict.fromkeys(part for part in around if part not in _USUAL))


def _without_surroundings(text: str) -> tuple[str, list[str]]:
    around: list[str] = []
    while True:
        former = text
        text = without_invisible_ends(text)
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
    """Return the only line with a token among several, as in `token --format env`; else None.

    The other lines must not look like parts of a token.
    """
    lines = [line for line in map(without_invisible_ends, text.splitlines()) if line]
    with_token = [line for line in lines if re.search(r"eyJ[\w-]+\.[\w-]+\.[\w-]", line)]
    others = [line for line in lines if line not in with_token]
    if len(with_token) == 1 and others and all(re.search(r"[^\w.-]", line) for line in others):
        return with_token[0]
    return None


def _member_of_json(text: str) -> tuple[str, str] | None:
    """Return the token in a JSON text, and its member's name; None for other text."""
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
