"""Making text from other programs safe to show on a terminal."""

from __future__ import annotations

import re

from osdu_auth.secret import MASK

# C0 and C1 controls, DEL, bidirectional overrides and line separators, lone surrogates.
_UNSAFE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"

# The header of a JWT is a JSON object, so its base64url text begins with these two letters.
_JWT = r"ey[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}"


def without_tokens(text: str) -> str:
    """Return a text with a mask in place of each token; servers repeat the token that they refuse.

    Args:
        text: a text from a server.
    """
    return re.sub(_JWT, MASK, text)


def printable(text: str, limit: int = 300) -> str:
    """Return `text` on one line, without control or bidirectional characters, at most `limit` long.

    Args:
        text: a text from a server, a file or a token.
        limit: the most characters that are kept; an ellipsis replaces the rest.
    """
    shown = text[: limit + 1]
    if (
        not shown.isprintable()
    ):  # compiling the pattern is slow, and a printable text needs no replacement
        shown = re.sub(_UNSAFE, "\N{REPLACEMENT CHARACTER}", shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
