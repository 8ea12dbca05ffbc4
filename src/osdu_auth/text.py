"""Text from elsewhere made safe to show on a terminal."""

from __future__ import annotations

import re

# C0 and C1 controls, DEL, bidirectional overrides and line separators, lone surrogates.
_UNSAFE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def printable(text: str, limit: int = 300) -> str:
    """Return `text` on one line, without control or bidirectional characters, at most `limit` long.

    Args:
        text: anything a server, a file or a token said.
        limit: characters that are kept; what is cut is marked by an ellipsis.
    """
    shown = text[: limit + 1]
    if not shown.isprintable():  # none of those is; the pattern takes long to compile
        shown = re.sub(_UNSAFE, "\N{REPLACEMENT CHARACTER}", shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
