"""The key for an authenticator app, in letters and as a QR code.

Invariant: each returned text is a `Secret`; it is shown to the person and written nowhere else.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from segno import QRCode

_GROUP = 4
# The margin that a scanner needs: the standard says four modules; two are enough on light colour.
QUIET_ZONE = 2
_DEFAULT_SIZE = (80, 24)
_LINES_BELOW = 1  # the line of the question, which must not scroll the QR code off the screen
_HALF_BLOCKS = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
HALF_BLOCK_CHARACTERS = "".join(_HALF_BLOCKS.values())
_DARK_ON_LIGHT, _PLAIN = "\x1b[30;107m", "\x1b[0m"


@dataclass(frozen=True)
class AuthenticatorKey:
    """A key that a user pool has made.

    Args:
        secret_key: the key in base 32, for typing.
        uri: the same key as an `otpauth:` URI, for scanning.
    """

    secret_key: Secret
    uri: Secret

    def in_groups(self) -> Secret:
        """Return the key in groups of four letters, which are easier to type."""
        text = self.secret_key.reveal()
        return Secret(" ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP)))

    def as_half_blocks(self, *, columns: int, rows: int, coloured: bool) -> Secret | None:
        """Return the QR code as lines of text, each with two rows of the code.

        Args:
            columns: the width of the terminal.
            rows: how many lines may be used.
            coloured: whether to set dark on light by escape codes, so that the terminal's own
                colours do not matter; else the light modules are drawn, as most terminals are dark.

        Returns:
            The lines; None if they do not fit.
        """
        matrix = _with_quiet_zone(self._qr_code().matrix)
        if len(matrix[0]) > columns or (len(matrix) + 1) // 2 > rows:
            return None
        return Secret("\n".join(_lines(matrix, coloured=coloured)))

    def as_svg(self) -> Secret:
        """Return the QR code as an SVG element."""
        svg: str = self._qr_code().svg_inline(scale=4, light="white", border=4)
        return Secret(svg)

    def _qr_code(self) -> QRCode:
        import segno

        # With the lowest error correction, which a clean screen allows, and with the key, all
        # capitals, as a part in the alphanumeric mode, the code fits a terminal of 24 lines.
        parts: Any = [part for part in self._uri_in_parts() if part]
        return segno.make(parts, error="l", boost_error=False, micro=False)

    def _uri_in_parts(self) -> tuple[str, str, str]:
        return self.uri.reveal().partition(self.secret_key.reveal().rstrip("="))


def _with_quiet_zone(matrix: tuple[bytearray, ...]) -> list[list[int]]:
    width = len(matrix[0]) + 2 * QUIET_ZONE
    side = [0] * QUIET_ZONE
    above = [[0] * width for _ in range(QUIET_ZONE)]
    return [*above, *([*side, *row, *side] for row in matrix), *above]


def _lines(matrix: list[list[int]], *, coloured: bool) -> list[str]:
    if len(matrix) % 2:
        # The last line has no second row.
        matrix = [*matrix, [0] * len(matrix[0])]
    lines = []
    for upper, lower in zip(matrix[::2], matrix[1::2], strict=True):
        pairs = zip(upper, lower, strict=True)
        if coloured:
            drawn = "".join(_HALF_BLOCKS[pair] for pair in pairs)
            lines.append(f"{_DARK_ON_LIGHT}{drawn}{_PLAIN}")
        else:
            lines.append("".join(_HALF_BLOCKS[1 - above, 1 - below] for above, below in pairs))
    return lines


def key_for_terminal(key: AuthenticatorKey) -> Secret:
    """Return the lines that show a key on a terminal: letters, and a QR code where it fits."""
    by_hand = f"  By hand, as a time-based key: {key.in_groups().reveal()}"
    picture = _qr_code_for_terminal(key)
    if picture is None:
        return Secret(f"Add this key to the app:\n{by_hand}")
    # The QR code comes last: a terminal of 24 lines has room for the code alone.
    return Secret(f"Scan this with the app.\n{by_hand}\n{picture.reveal()}")


def _qr_code_for_terminal(key: AuthenticatorKey) -> Secret | None:
    if os.environ.get("TERM") == "dumb" or not _can_show(HALF_BLOCK_CHARACTERS):
        return None
    size = shutil.get_terminal_size(_DEFAULT_SIZE)
    return key.as_half_blocks(
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
