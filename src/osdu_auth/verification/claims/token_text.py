"""A token's text, parsed: size, form, JSON (RFC 7515, section 5.2; RFC 7519, section 7.2).

Invariants: sizes are checked before anything else. Nothing here is verified, so each name that
gives a token's content has "unverified" in it. Every accepted text is the only one that decodes to
its bytes (`base64url`).
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
    """A token's content, which is not verified.

    Args:
        header: the members of its header.
        claims: its claims.
    """

    header: dict[str, Any]
    claims: dict[str, Any]


def text_of(token: object) -> bytes:
    """Return a token's characters, at most 256 KiB of ASCII.

    Args:
        token: a text, or a `Secret` with a text.

    Raises:
        TokenRejected: OA-V501: it is another object, or too long, or not ASCII.
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
    raise _not_as_expected(FORM, "form", "only ASCII characters", "other characters")


def segments_of(text: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return a token's parts: encoded header, encoded payload, the signed bytes, the signature.

    The signed bytes are the encoded header and payload with the dot between (RFC 7515, section
    5.1).

    Raises:
        TokenRejected: OA-V501: it is not in compact form.
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
    """Return the three segments of a token: header, payload and signature; no segment is empty.

    Raises:
        ValueError: it is not three segments of base64url with dots between them.
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
        TokenRejected: OA-V502: it is not a strict JSON object.
    """
    return _object(segment, HEADER, "header")


def unverified_claims(segment: bytes) -> dict[str, Any]:
    """Return the claims of a payload.

    Raises:
        TokenRejected: OA-V503: it is not a strict JSON object.
    """
    return _object(segment, PAYLOAD, "payload")


@without_locals
def read_unverified(token: object) -> UnverifiedToken:
    """Return a token's content without verifying it.

    Raises:
        TokenRejected: OA-V501 to OA-V503: it is not a token that can be parsed.
    """
    header, payload, _, _ = segments_of(text_of(token))
    return UnverifiedToken(unverified_header(header), unverified_claims(payload))


def _object(segment: bytes, code: str, name: str) -> dict[str, Any]:
    try:
        value = strict_value(decode(segment))
        if isinstance(value, dict):
            return value
        reason = "another JSON value"
    except ValueError:
        reason = "something else"
    # Raised outside of `except`: otherwise the decoder's error, which has the whole text, would be
    # the `__context__` of our error.
    raise _not_as_expected(code, name, "a strict JSON object", reason)


def _not_as_expected(code: str, check: str, expected: str, actual: str) -> TokenRejected:
    return TokenRejected([FailedCheck(code, check, expected, actual)])
