"""Base64url without padding (RFC 7515, section 2), read so that bytes have one spelling.

The law of this module: every text it accepts is the only text that decodes to those bytes. No
padding, no blanks, no other alphabet, no bits that nobody reads (RFC 4648, section 3.5): a token
that could be spelt in two ways could pass a list of refused tokens in the other one.
"""

from __future__ import annotations

from binascii import a2b_base64

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_STANDARD = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"", b"==", b"=")

# Which last character leaves no bit over, by the length of the last group of four.
_LAST_CHARACTERS: tuple[frozenset[int], ...] = (
    frozenset(ALPHABET),
    frozenset(),
    frozenset(b"AQgw"),
    frozenset(ALPHABET[::4]),
)


def decode(segment: bytes) -> bytes:
    """Return the bytes that a segment stands for (RFC 7515, section 2 and appendix C).

    Args:
        segment: characters of the base64url alphabet alone, as a token's segments have them.

    Raises:
        ValueError: its length or its last character is none that encoding gives.
    """
    rest = len(segment) % 4
    if segment[-1] not in _LAST_CHARACTERS[rest]:
        raise ValueError("base64url never ends so")
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
