"""An authenticator app's key on a terminal: as a picture where it can be drawn, and in letters."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from osdu_auth.questions.authenticator_key import HALF_BLOCK_CHARACTERS
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.questions.authenticator_key import AuthenticatorKey

_CUSTOMARY = (80, 24)
_LINES_BELOW = 1  # the question, which must not push the picture off the screen


def terminal_picture(key: AuthenticatorKey) -> Secret:
    """Return what a terminal is to show of a key: lines of text."""
    by_hand = f"  By hand, as a time-based key: {key.in_groups().reveal()}"
    picture = _drawn(key)
    if picture is None:
        return Secret(f"Take this key into the app:\n{by_hand}")
    # The picture comes last: on a terminal of 24 lines it is all that stays in sight.
    return Secret(f"Scan this with the app.\n{by_hand}\n{picture.reveal()}")


def _drawn(key: AuthenticatorKey) -> Secret | None:
    if os.environ.get("TERM") == "dumb" or not _can_show(HALF_BLOCK_CHARACTERS):
        return None
    size = shutil.get_terminal_size(_CUSTOMARY)
    return key.drawn_in_half_blocks(
        columns=size.columns,
        rows=size.lines - _LINES_BELOW,
        coloured=not os.environ.get("NO_COLOR"),
    )


def _can_show(characters: str) -> bool:
    try:
        characters.encode(sys.stderr.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
