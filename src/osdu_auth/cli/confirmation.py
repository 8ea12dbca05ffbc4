"""A yes before something is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import can_ask
from osdu_auth.cli.prompter import CommandLinePrompter
from osdu_auth.errors import Cancelled, UsageError

if TYPE_CHECKING:
    from osdu_auth.fixes import Fix

yes_option = click.option(
    "-y", "--yes", "is_sure", is_flag=True, help="Ask nothing; the answer is yes."
)


def says_yes(question: str) -> bool:
    """Ask a question that Enter alone answers with no."""
    answer = CommandLinePrompter().ask(f"{question} [y/N]", default="")
    return answer.lower() in {"y", "yes"}


def require_yes(question: str, *, is_sure: bool, without_asking: Fix) -> None:
    """See that the person wants what is about to be removed to be removed.

    Args:
        question: what is asked where it was not said before.
        is_sure: whether it was.
        without_asking: the command that says it.

    Raises:
        UsageError: OA-U213: it was not said, and no person can be asked.
        Cancelled: the answer is no.
    """
    if is_sure:
        return
    if not can_ask():
        raise UsageError(
            "Nothing is removed without a yes.",
            code="OA-U213",
            why="No person can be asked here.",
            fix=without_asking,
        )
    if not says_yes(question):
        raise Cancelled("Nothing was removed.", code="OA-X130")
