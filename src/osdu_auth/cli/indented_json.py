"""JSON for a person to read: set in lines, and not otherwise changed.

Numbers, escapes and members of the same name stay as they were written: it is the text that is
taken apart, and not what it means.
"""

from __future__ import annotations

import json
import re

_PIECE = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[\[\]{},:]|[^\s\[\]{},:\"]+")
_STEP = "  "


def indented(text: str) -> str | None:
    """Return JSON text in lines, None where it is no JSON.

    Args:
        text: what was answered.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    pieces: list[str] = []
    depth = 0
    before = ""
    for piece in _PIECE.findall(text):
        if piece in "]}":
            depth -= 1
            if before not in ("[", "{"):
                pieces.append(_line(depth))
        elif before in ("[", "{"):
            pieces.append(_line(depth))
        pieces.append(piece)
        if piece in "[{":
            depth += 1
        elif piece == ",":
            pieces.append(_line(depth))
        elif piece == ":":
            pieces.append(" ")
        before = piece
    return "".join(pieces)


def _line(depth: int) -> str:
    return "\n" + _STEP * depth
