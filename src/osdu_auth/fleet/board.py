"""Board: the interface of a place where a publisher puts tokens and workers read them.

    osdu-auth-board 1 <profile> <generation> <end> <sealed>

A board holds one line of ASCII. Its first part is in clear, so that boards can compare it: the
version, a digest of the profile's settings, and generation and end in milliseconds since 1970. The
second part is sealed, and bound to the first (`osdu_auth.fleet.shared_token`).
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from osdu_auth.stores.saved_session import FURTHEST_AHEAD

FIRST_WORD = "osdu-auth-board"
VERSION = 1
_LINE = re.compile(
    rf"{FIRST_WORD} {VERSION} "
    r"([0-9a-f]{16}) ([1-9][0-9]{0,15}) ([0-9]{1,15}) ([A-Za-z0-9_=-]+)"
)
_VERSION_AT_START = re.compile(rf"{FIRST_WORD} ([1-9][0-9]{{0,8}}) ")
LONGEST_TEXT = 512 * 1024  # characters; a token has 256 KiB at most


class NotPosted(ValueError):
    """A text was not put on a board by a publisher; the message completes "it …"."""


class NewerPosted(NotPosted):
    """A text was written by a newer version of osdu-auth."""


class Posted(NamedTuple):
    """The line that a publisher puts on a board, as its parts.

    Args:
        profile: a digest of the settings of the profile that the token is for.
        generation: grows with each token; milliseconds since 1970.
        expires_at: when it ends, in milliseconds since 1970.
        sealed: base64url of nonce and ciphertext.
    """

    profile: str
    generation: int
    expires_at: int
    sealed: str

    def __repr__(self) -> str:
        return f"Posted({self.generation})"

    @property
    def clear_part(self) -> str:
        """The part in clear, which the sealed part is bound to."""
        return f"{FIRST_WORD} {VERSION} {self.profile} {self.generation} {self.expires_at}"

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.clear_part} {self.sealed}"


class Reading(NamedTuple):
    """The text that was read from a board, and when.

    Args:
        text: the line that it holds.
        now: the time by the board's own clock during the reading, in seconds since 1970. None if
            the board has no clock, or if the text is from a hint, which may be old.
    """

    text: str
    now: float | None = None

    def __repr__(self) -> str:
        return "Reading()"


class Board(Protocol):
    """A place for one sealed token, which the publisher and all workers can reach.

    Each method raises `BoardUnavailable` if the board cannot do it now.
    """

    @property
    def address(self) -> str:
        """Its address, as errors show it; no part of it is secret."""

    def read(self) -> Reading | None:
        """Return the text on the board; None if the board is empty."""

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Put a token on the board, unless the board has the same or a higher generation.

        Args:
            posted: what to put.
            instead_of: a text to replace even if it names a higher generation, because it was not
                sealed with the board key.

        Returns:
            Whether the token is on the board now.

        Raises:
            BoardUnavailable: OA-W818: its generation is more than five minutes ahead of the board's
                clock.
        """

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait for a hint that the board has a new text.

        Args:
            seconds: the longest time to wait.
            known: the text that the caller read last; any other text is new.

        Returns:
            The new text, if the hint contains it; None without a hint, or if the board has to be
            read.
        """

    def lease(self, holder: str, seconds: float) -> bool:
        """Take or keep the lease, which one publisher has; return whether this publisher has it.

        Args:
            holder: the name of the publisher.
            seconds: the lease ends after so many seconds.
        """

    def ask_for_newer(self, generation: int) -> None:
        """Ask the publisher for a newer token than that of a generation, which OSDU refused.

        On a board that workers cannot write to, this does nothing.
        """

    def refused_generation(self) -> int | None:
        """Return the generation that a worker recently asked to replace; None if there is none."""

    def close(self) -> None:
        """Close the connections."""


def parse_posted(text: str) -> Posted:
    """Return the parts of the line that a board holds.

    Raises:
        NewerPosted: a newer version wrote it.
        NotPosted: no publisher wrote it.
    """
    newer = _VERSION_AT_START.match(text)
    if newer is not None and int(newer[1]) > VERSION:
        raise NewerPosted("was put there by a newer version of osdu-auth")
    found = _LINE.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if found is None:
        raise NotPosted("does not have the form of a text on a board")
    profile, generation, expires_at, sealed = found.groups()
    return Posted(profile, int(generation), int(expires_at), sealed)


def is_ahead(generation: int, now: float) -> bool:
    """Return whether a generation is too far ahead of a clock to be accepted.

    A clock was wrong, or it is an attack: workers would accept no newer token before that time.

    Args:
        generation: milliseconds since 1970.
        now: seconds since 1970.
    """
    return generation > (now + FURTHEST_AHEAD) * 1000


def may_replace(present: str | None, posted: Posted, instead_of: str | None, now: float) -> bool:
    """Return whether a new text may replace the text on a board; all boards have this rule.

    Args:
        present: the text on the board; None if the board is empty.
        posted: the new text.
        instead_of: as for `Board.put`.
        now: seconds since 1970.
    """
    if present is None or present == instead_of:
        return True
    try:
        on_board = parse_posted(present)
    except NewerPosted:
        return False
    except NotPosted:
        return True
    return on_board.generation < posted.generation or is_ahead(on_board.generation, now)
