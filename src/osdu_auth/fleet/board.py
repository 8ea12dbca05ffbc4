"""Board: the port of every place where a publisher puts tokens and workers read them.

    osdu-auth-board 1 <profile> <generation> <end> <sealed>

What lies on a board is one line of ASCII. Version, a digest of the profile's settings, generation
and end (both in milliseconds since 1970) are for boards to compare, and stand in clear; the rest is
sealed beside them (`osdu_auth.fleet.shared_token`).
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from osdu_auth.stores.saved_session import FURTHEST_AHEAD

WORD = "osdu-auth-board"
VERSION = 1
_LINE = re.compile(
    rf"{WORD} {VERSION} ([0-9a-f]{{16}}) ([1-9][0-9]{{0,15}}) ([0-9]{{1,15}}) ([A-Za-z0-9_=-]+)"
)
_NEWER = re.compile(rf"{WORD} ([1-9][0-9]{{0,8}}) ")
LONGEST_TEXT = 512 * 1024  # characters; a token has 256 KiB at most


class NotPosted(ValueError):
    """A text is none that a publisher puts on a board; the message completes "it …"."""


class NewerPosted(NotPosted):
    """A newer version of osdu-auth wrote a text."""


class Posted(NamedTuple):
    """What a publisher puts on a board.

    Args:
        profile: a digest of the settings of the profile that the token is for.
        generation: grows with each token; milliseconds since 1970.
        expires_at: when it is good for nothing any more, in milliseconds since 1970.
        sealed: base64url of nonce and ciphertext.
    """

    profile: str
    generation: int
    expires_at: int
    sealed: str

    def __repr__(self) -> str:
        return f"Posted({self.generation})"

    @property
    def beside(self) -> str:
        """What stands in clear, and the sealed part is bound to."""
        return f"{WORD} {VERSION} {self.profile} {self.generation} {self.expires_at}"

    @property
    def text(self) -> str:
        """All of it, as it lies on a board."""
        return f"{self.beside} {self.sealed}"


class Reading(NamedTuple):
    """What a board has.

    Args:
        text: as it lies there.
        now: the time of the board's own clock at some moment while it was read, in seconds since
            1970; None where the board has none, and of what a hint brought: that may have been on
            its way for long.
    """

    text: str
    now: float | None = None

    def __repr__(self) -> str:
        return "Reading()"


class Board(Protocol):
    """A place for one sealed token that all of a fleet can reach.

    Each method raises `BoardUnavailable` where the board cannot do it now.
    """

    @property
    def address(self) -> str:
        """What people call it; nothing in it is secret."""

    def read(self) -> Reading | None:
        """Return what is there; None where nothing is."""

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Put it there, unless what is there has the same generation or a higher one.

        Args:
            posted: what to put.
            instead_of: a text that is to go, whatever generation it names, as it was not sealed
                with the board key.

        Returns:
            Whether it is there now.

        Raises:
            BoardUnavailable: OA-W818: it is too far ahead of the board's clock.
        """

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait for a hint that something new is there.

        Args:
            seconds: how long at most.
            known: the text that the caller has seen last; anything else is new.

        Returns:
            What is there where the hint brings it; None where it is to be read, or no hint came.
        """

    def lease(self, holder: str, seconds: float) -> bool:
        """Take or keep the lease that one of several publishers holds, and say whether it is held.

        Args:
            holder: the publisher.
            seconds: after which it ends by itself.
        """

    def ask_for_newer(self, generation: int) -> None:
        """Have the publisher know that OSDU refused the token of a generation.

        A board whose readers cannot write does nothing.
        """

    def refused_generation(self) -> int | None:
        """Return the generation that a worker asked to have replaced of late; None where none."""

    def close(self) -> None:
        """Let go of connections."""


def posted_in(text: str) -> Posted:
    """Take what lies on a board apart.

    Raises:
        NewerPosted: a newer version wrote it.
        NotPosted: no publisher did.
    """
    newer = _NEWER.match(text)
    if newer is not None and int(newer[1]) > VERSION:
        raise NewerPosted("was put there by a newer version of osdu-auth")
    found = _LINE.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if found is None:
        raise NotPosted("is nothing that a publisher puts on a board")
    profile, generation, expires_at, sealed = found.groups()
    return Posted(profile, int(generation), int(expires_at), sealed)


def is_ahead(generation: int, now: float) -> bool:
    """Say whether a generation is further ahead of a clock than is believed.

    It comes of a clock that was set wrongly, or is a lie: nothing newer would be taken until then.

    Args:
        generation: milliseconds since 1970.
        now: seconds since 1970.
    """
    return generation > (now + FURTHEST_AHEAD) * 1000


def gives_way(present: str | None, posted: Posted, instead_of: str | None, now: float) -> bool:
    """Say whether what is on a board gives way to something else: the one rule of all boards.

    Args:
        present: what is there; None where nothing is.
        posted: what is to be put there.
        instead_of: as of `Board.put`.
        now: seconds since 1970.
    """
    if present is None or present == instead_of:
        return True
    try:
        there = posted_in(present)
    except NewerPosted:
        return False
    except NotPosted:
        return True
    return there.generation < posted.generation or is_ahead(there.generation, now)
