"""The key of an authenticator app, in the forms in which an app takes it in.

The law of this module: whatever it returns is secret, and goes to the person's eyes alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from segno import QRCode

_GROUP = 4
# A scanner wants a quiet zone; four modules are the norm, two are enough on a light ground.
QUIET_ZONE = 2
_HALF_BLOCKS = {(0, 0): " ", (0, 1): "▄", (1, 0): "▀", (1, 1): "█"}
HALF_BLOCK_CHARACTERS = "".join(_HALF_BLOCKS.values())
_DARK_ON_LIGHT, _PLAIN = "\x1b[30;107m", "\x1b[0m"


@dataclass(frozen=True)
class AuthenticatorKey:
    """A key as a user pool gives it.

    Args:
        secret_key: in base 32, for typing.
        uri: the same as an `otpauth:` address, for scanning.
    """

    secret_key: Secret
    uri: Secret

    def in_groups(self) -> Secret:
        """Return the key in groups of four, as a person reads it off."""
        text = self.secret_key.reveal()
        return Secret(" ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP)))

    def drawn_in_half_blocks(self, *, columns: int, rows: int, coloured: bool) -> Secret | None:
        """Return the QR code as lines of text, two rows of it in each, None where it does not fit.

        Args:
            columns: how wide the terminal is.
            rows: how many lines may be used.
            coloured: whether to set dark on light by escape codes, so that the terminal's own
                colours do not matter; else the light is drawn, as most terminals are dark.
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

        # The lowest correction, as a screen is clean; and the key, all capitals, as a part of its
        # own, which is then held in fewer bits: so the picture fits a terminal of 24 lines.
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
        # Below the last row there is no second half to draw.
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
