"""A token that a person holds: reading it, and showing what it says."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

from osdu_auth.cli.console import (
    has_terminal,
    note,
    reading_standard_input,
    text_of_standard_input,
)
from osdu_auth.cli.pasted_tokens import token_in
from osdu_auth.durations import duration_in_words, instant
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Run
from osdu_auth.secret import Secret
from osdu_auth.text import printable
from osdu_auth.verification.claims.token_text import TOKEN_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.fixes import Fix

_TIMES = ("exp", "nbf", "iat", "auth_time")
_LATEST = 253_402_300_799
_MOST = 4 * TOKEN_LIMIT  # characters; what stands around a token may be longer than the token

# Several words, as `Bearer eyJ…` is two where nobody quotes it.
token_argument = click.argument("words", nargs=-1, metavar="[TOKEN|-]")


def held_token(words: tuple[str, ...], command: Fix) -> Secret:
    """Return the token that a person gives, without what stands around it; say what that was.

    Args:
        words: the token, maybe with words before it; none or `-` to read standard input.
        command: the one that wants it.

    Raises:
        UsageError: OA-U204: there is none; OA-U206, OA-U207: standard input cannot be read.
    """
    given = " ".join(words)
    if not words or given == "-":
        given = ""
        if not has_terminal():
            with reading_standard_input():
                given = text_of_standard_input().read(_MOST)
    token, around = token_in(given)
    if not token:
        raise UsageError(
            "There is no token to look at.",
            code="OA-U204",
            why="None was given, and standard input holds none.",
            fix=Run("token") + " | " + command,
        )
    if around:
        note(f"The token was looked at without what stood around it: {', '.join(around)}.")
    return Secret(token)


def show_members(title: str, members: Mapping[str, Any]) -> None:
    """Print what a header or the claims say, times in words."""
    click.echo(title)
    for name, value in members.items():
        click.echo(f"  {printable(name, 60):18}{_in_words(name, value)}")


def _in_words(name: str, value: Any) -> str:
    if name in _TIMES and type(value) in {int, float} and 0 <= value <= _LATEST:
        return f"{instant(value)}  {_from_now(value - time.time())}"
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(value))


def _from_now(seconds: float) -> str:
    if seconds > 0:
        return f"in {duration_in_words(seconds)}"
    return f"{duration_in_words(-seconds)} ago"
