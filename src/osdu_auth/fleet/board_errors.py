"""What goes wrong with a board, in our own words."""

from __future__ import annotations

from osdu_auth.errors import BoardUnavailable
from osdu_auth.fixes import Blank, Command, Fix, Run


def share_on(address: str) -> Run:
    """Return the command that publishes on a board."""
    return Run("share", address)


def gone(address: str, why: str) -> BoardUnavailable:
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


def slow(address: str, seconds: float) -> BoardUnavailable:
    """Return the error of a board that did not answer in time."""
    return BoardUnavailable(
        f"The board {address} did not answer in {seconds:g} s.",
        code="OA-W811",
        why="It is overloaded, or the network between loses what is sent.",
        fix="Try again.",
    )


def takes_no_writing(address: str, why: str, fix: str | Fix) -> BoardUnavailable:
    """Return the error of a board that is full or read-only."""
    return BoardUnavailable(
        f"The board {address} takes no new token.", code="OA-W812", why=why, fix=fix
    )


def refused(address: str, why: str, fix: str | Fix) -> BoardUnavailable:
    """Return the error of a board that does not let this user do what is needed."""
    return BoardUnavailable(
        f"The board {address} refuses this user.", code="OA-W813", why=why, fix=fix
    )


def empty(address: str) -> BoardUnavailable:
    """Return the error of a board that has no token yet."""
    return BoardUnavailable(
        f"There is no token on the board {address} yet.",
        code="OA-W814",
        why="No publisher has put one there, or it has expired since.",
        fix="Start one where the user is signed in: " + share_on(address),
    )


def not_believed(address: str, why: str) -> BoardUnavailable:
    """Return the error of a board whose text was not sealed with the board key."""
    return BoardUnavailable(
        f"What is on the board {address} is not believed.",
        code="OA-W815",
        why=why,
        fix="Give this worker the key that the publisher has; its last line names where: "
        + share_on(address),
    )


def newer(address: str) -> BoardUnavailable:
    """Return the error of a board on which a newer version published."""
    return BoardUnavailable(
        f"What is on the board {address} was put there by a newer version of osdu-auth.",
        code="OA-W816",
        why="This version does not know its form.",
        fix=Command("pip", "install", "--upgrade", "osdu-auth"),
    )


def another_publisher(address: str, why: str) -> BoardUnavailable:
    """Return the error of a second publisher whose session is kept elsewhere."""
    return BoardUnavailable(
        f"Another publisher uses the board {address}.",
        code="OA-W817",
        why=why,
        fix="End that one, or share on a board of your own. To take this one over: "
        + Run("login").then(share_on(address)),
    )


def ahead(address: str) -> BoardUnavailable:
    """Return the error of a token that is more than five minutes ahead of the clock."""
    return BoardUnavailable(
        f"The token for the board {address} is more than five minutes ahead of the clock.",
        code="OA-W818",
        why="The clock of the publisher, of this machine or of the board is, or was, set wrongly.",
        fix="Set the clocks right; then, where the user is signed in: "
        + Run("login").then(share_on(address)),
    )


def not_verified(address: str, why: str) -> BoardUnavailable:
    """Return the error of a token that the given keys did not sign."""
    return BoardUnavailable(
        f"The token on the board {address} does not pass the given keys.",
        code="OA-W819",
        why=why,
        fix="Check who else has the board key; or give the keys of the pool that signs its tokens: "
        "keys=KeySet.from_file(" + Blank("'jwks.json'") + ")",
    )
