"""The errors of boards, and what each means for publishers and workers.

A plain `BoardUnavailable`, which a user's own board may raise too, means that the board cannot be
reached now and may be reachable again at any time. The classes here mean something else.
"""

from __future__ import annotations

from osdu_auth.errors import BoardUnavailable, OsduAuthError
from osdu_auth.fixes import Blank, Command, Fix, Run


class BoardRefusal(BoardUnavailable):
    """A board refuses the requests of a user until a person changes a setting."""


class NoTokenYet(BoardUnavailable):
    """A board can be read, but has no token."""


class NotAccepted(BoardUnavailable):
    """A board can be read, but the text on it is not trusted or not understood."""


class NewerVersion(NotAccepted):
    """A newer version of this package publishes on a board."""


class AnotherPublisher(BoardUnavailable):
    """A publisher with another session uses a board."""


def is_unreachable(error: OsduAuthError) -> bool:
    """Return whether a board cannot be read now, so that a pause makes sense."""
    can_be_read = (NoTokenYet, NotAccepted, AnotherPublisher)
    return isinstance(error, BoardUnavailable) and not isinstance(error, can_be_read)


def may_recover(error: OsduAuthError) -> bool:
    """Return whether a later reading may succeed without a change by a person."""
    needs_person = (BoardRefusal, NotAccepted, AnotherPublisher)
    return isinstance(error, BoardUnavailable) and not isinstance(error, needs_person)


def ends_publisher(error: OsduAuthError) -> bool:
    """Return whether a publisher has to end, as it must not publish on this board any more."""
    return isinstance(error, (AnotherPublisher, NewerVersion))


def without_traceback(error: OsduAuthError) -> OsduAuthError:
    """Return an error that can be kept: a traceback would keep the reader in memory."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def share_command(address: str) -> Run:
    """Return the command that publishes on a board."""
    return Run("share", address)


def unreachable(address: str, why: str) -> BoardUnavailable:
    """Return the error of a board that cannot be reached.

    Args:
        address: the board's.
        why: a sentence.
    """
    return BoardUnavailable(
        f"The board {address} cannot be reached.",
        code="OA-W810",
        why=why,
        fix="Start it, or check its address; then try again.",
    )


def no_answer_in_time(address: str, seconds: float) -> BoardUnavailable:
    """Return the error of a board that did not answer in time."""
    return BoardUnavailable(
        f"The board {address} did not answer in {seconds:g} s.",
        code="OA-W811",
        why="It is overloaded, or the network loses packets.",
        fix="Try again.",
    )


def not_writable(address: str, why: str, fix: str | Fix) -> BoardUnavailable:
    """Return the error of a board that is full, or that can only be read."""
    return BoardRefusal(
        f"The board {address} accepts no new token.", code="OA-W812", why=why, fix=fix
    )


def refused(address: str, why: str, fix: str | Fix) -> BoardUnavailable:
    """Return the error of a board that this user may not use in this way."""
    return BoardRefusal(f"The board {address} refuses this user.", code="OA-W813", why=why, fix=fix)


def empty(address: str) -> BoardUnavailable:
    """Return the error of a board that has no token yet."""
    return NoTokenYet(
        f"There is no token on the board {address} yet.",
        code="OA-W814",
        why="No publisher has put a token there, or the last token has expired.",
        fix="Start a publisher where the user is signed in: " + share_command(address),
    )


def not_trusted(address: str, why: str) -> BoardUnavailable:
    """Return the error of a board whose text was not sealed with the board key."""
    return NotAccepted(
        f"The token on the board {address} is not trusted.",
        code="OA-W815",
        why=why,
        fix="Give this worker the publisher's board key; this command prints where it is: "
        + share_command(address),
    )


def newer_version(address: str) -> BoardUnavailable:
    """Return the error of a board on which a newer version published."""
    return NewerVersion(
        f"A newer version of osdu-auth publishes on the board {address}.",
        code="OA-W816",
        why="This version does not know its format.",
        fix=Command("pip", "install", "--upgrade", "osdu-auth"),
    )


def another_publisher(address: str, why: str) -> BoardUnavailable:
    """Return the error of a second publisher, whose session is in another store."""
    return AnotherPublisher(
        f"Another publisher uses the board {address}.",
        code="OA-W817",
        why=why,
        fix="Stop the other publisher, or use your own board. To take over this board: "
        + Run("login").then(share_command(address)),
    )


def ahead_of_clock(address: str) -> BoardUnavailable:
    """Return the error of a token that is more than five minutes ahead of the clock."""
    return NotAccepted(
        f"The token for the board {address} is more than five minutes ahead of the clock.",
        code="OA-W818",
        why="The clock of the publisher, of this machine or of the board is or was wrong.",
        fix="Correct the clocks. Then, where the user is signed in: "
        + Run("login").then(share_command(address)),
    )


def not_verified(address: str, why: str) -> BoardUnavailable:
    """Return the error of a token that was not signed with the given keys."""
    return NotAccepted(
        f"The token on the board {address} was not signed with the given keys.",
        code="OA-W819",
        why=why,
        fix="Check who has the board key, or give the keys of the right pool: "
        "keys=KeySet.from_file(" + Blank("'jwks.json'") + ")",
    )
