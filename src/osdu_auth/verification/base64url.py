"""Base64url without padding (RFC 7515, section 2): the same bytes always have the same text.

Invariant: every text that is accepted is the only text that decodes to those bytes. No padding, no
spaces, no other alphabet, no unused bits that are set (RFC 4648, section 3.5): if a token had two
texts, the second text would not be found in a list of refused tokens.
"""

from __future__ import annotations

from binascii import a2b_base64

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_STANDARD = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"", b"==", b"=")

# The last characters that leave no bit set, by the length of the last group of four.
_ALLOWED_LAST_CHARACTERS: tuple[frozenset[int], ...] = (
    frozenset(ALPHABET),
    frozenset(),
    frozenset(b"AQgw"),
    frozenset(ALPHABET[::4]),
)


def decode(segment: bytes) -> bytes:
    """Return the bytes of a segment (RFC 7515, section 2 and appendix C).

    Args:
        segment: characters of the base64url alphabet, and nothing else.

    Raises:
        ValueError: no encoding has this length or this last character.
    """
    rest = len(segment) % 4
    if segment[-1] not in _ALLOWED_LAST_CHARACTERS[rest]:
        raise ValueError("it does not end as base64url does")
    return a2b_base64(segment.translate(_STANDARD) + _PADDING[rest])


def decode_text(text: str) -> bytes:
    """Return the bytes of a base64url text, such as a member of a JSON Web Key (RFC 7518).

    Raises:
        ValueError: it is empty or not base64url without padding.
    """
    segment = text.encode("ascii")
    if not segment or segment.translate(None, ALPHABET):
        raise ValueError("it is not base64url")
    return decode(segment)
