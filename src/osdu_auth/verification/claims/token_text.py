"""A token's text taken apart: size, form, JSON (RFC 7515, section 5.2; RFC 7519, section 7.2).

The law of this module: sizes before work, and nothing here has been verified: a name that gives out
what a token says has "unverified" in it. Every text that is taken is the only one that decodes to
those bytes (`base64url`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from osdu_auth.secret import Secret, without_locals
from osdu_auth.verification.base64url import ALPHABET, decode
from osdu_auth.verification.claims.rejection import (
    FORM,
    HEADER,
    PAYLOAD,
    FailedCheck,
    TokenRejected,
)
from osdu_auth.wire.json_reader import strict_value

_KIBIBYTE = 1024
# bytes; an id token may carry 50 custom attributes of 2,048 characters.
TOKEN_LIMIT = 256 * _KIBIBYTE
HEADER_LIMIT = 8 * _KIBIBYTE
_HEADER_SEGMENT_LIMIT = (HEADER_LIMIT * 4 + 2) // 3  # characters


class UnverifiedToken(NamedTuple):
    """What a token says, before anybody has checked who says it.

    Args:
        header: the members of its header.
        claims: its claims.
    """

    header: dict[str, Any]
    claims: dict[str, Any]


def text_of(token: object) -> bytes:
    """Return a token's characters, at most 256 KiB of ASCII.

    Args:
        token: a text, or a `Secret` that holds one.

    Raises:
        TokenRejected: OA-V501: it is neither, or too long, or not ASCII.
    """
    text = token.reveal() if isinstance(token, Secret) else token
    if not isinstance(text, str):
        raise _not_as_expected(FORM, "form", "a text", f"{type(token).__name__}")
    if len(text) > TOKEN_LIMIT:
        size = f"{len(text)} characters"
        raise _not_as_expected(FORM, "form", f"at most {TOKEN_LIMIT // _KIBIBYTE} KiB", size)
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        pass
    raise _not_as_expected(FORM, "form", "ASCII characters alone", "others")


def segments_of(text: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return a token's parts: header and payload as spelt, what is signed, and the signature.

    What is signed is header and payload as spelt with the dot between (RFC 7515, section 5.1).

    Raises:
        TokenRejected: OA-V501: it is not of the compact form.
    """
    try:
        header, payload, signature = split(text)
        if len(header) <= _HEADER_SEGMENT_LIMIT:
            signed = text[: len(header) + len(payload) + 1]
            return header, payload, signed, decode(signature)
        reason = "a header of more than 8 KiB"
    except ValueError:
        reason = "something else"
    raise _not_as_expected(FORM, "form", "a signed token in compact form", reason)


def split(token: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the three segments of a token: header, payload, signature, none of them empty.

    Raises:
        ValueError: it is not three segments of base64url with two dots between.
    """
    if token.translate(None, ALPHABET) != b"..":
        raise ValueError("it is not three segments of base64url")
    header, payload, signature = token.split(b".")
    if not header or not payload or not signature:
        raise ValueError("a segment is empty")
    return header, payload, signature


def unverified_header(segment: bytes) -> dict[str, Any]:
    """Return the members of a header.

    Raises:
        TokenRejected: OA-V502: it is no JSON object, read strictly.
    """
    return _object(segment, HEADER, "header")


def unverified_claims(segment: bytes) -> dict[str, Any]:
    """Return the claims of a payload.

    Raises:
        TokenRejected: OA-V503: it is no JSON object, read strictly.
    """
    return _object(segment, PAYLOAD, "payload")


@without_locals
def read_unverified(token: object) -> UnverifiedToken:
    """Return what a token says, without a check of who says it.

    Raises:
        TokenRejected: OA-V501 to OA-V503: it is not a token that can be read.
    """
    header, payload, _, _ = segments_of(text_of(token))
    return UnverifiedToken(unverified_header(header), unverified_claims(payload))


def _object(segment: bytes, code: str, name: str) -> dict[str, Any]:
    try:
        value = strict_value(decode(segment))
        if isinstance(value, dict):
            return value
        reason = "other JSON"
    except ValueError:
        reason = "something else"
    # Raised outside: the decoder's error holds the whole text, and would hang on ours.
    raise _not_as_expected(code, name, "a JSON object, read strictly", reason)


def _not_as_expected(code: str, check: str, expected: str, actual: str) -> TokenRejected:
    return TokenRejected([FailedCheck(code, check, expected, actual)])
