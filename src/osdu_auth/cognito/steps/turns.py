"""A challenge that comes where none of its kind can come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import UnusableReply
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.replies import PosedChallenge


def out_of_turn(posed: PosedChallenge) -> UnusableReply:
    """Return the error of a challenge that does not belong to how this sign-in was begun."""
    return UnusableReply(
        f"The user pool asks for {printable(posed.name, 60)} where it cannot come.",
        code="OA-N663",
        why="The sign-in was begun in another way; nothing was sent in answer.",
        fix="Check --endpoint-url: something else than a user pool may have answered.",
    )
