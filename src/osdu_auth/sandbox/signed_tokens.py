"""The strict reader of signed tokens: three parts, canonical base64url, JSON objects, our key.

The pool and the platform's gateway both use it; each has its own words for a refusal.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import NotStrictJson, strict_json
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from osdu_auth.sandbox.signing_keys import SigningKeys

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_PARTS = 3


class TokenRefused(Exception):
    """A token was not signed by the pool, or is malformed.

    Attributes:
        reason: `form`, `header`, `algorithm`, `kid`, `payload` or `signature`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class SignedToken:
    """A token whose signature is valid; its claims are not checked yet.

    Attributes:
        kid: the id of the key that signed it.
        claims: the payload.
    """

    kid: str
    claims: dict[str, Any]


@dataclass(frozen=True)
class UnverifiedToken:
    """A token that has the right form; its signature is not checked yet.

    Attributes:
        kid: the id of the key that signed it, as its header says.
        unverified_claims: the payload.
        signed: the bytes that are signed.
        signature: the signature.
    """

    kid: object
    unverified_claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def verified(self, keys: SigningKeys) -> SignedToken:
        """Return the token if one of the pool's keys signed it.

        Raises:
            TokenRefused: no key of the pool signed it.
        """
        key = keys.by_kid(self.kid)
        if key is None:
            raise TokenRefused("kid")
        if not key.has_signed(self.signed, self.signature):
            raise TokenRefused("signature")
        return SignedToken(key.kid, self.unverified_claims)


def read_signed_token(token: str, keys: SigningKeys) -> SignedToken:
    """Return the token if one of the pool's keys signed it (RFC 7515, section 5.2).

    Args:
        token: the compact form.
        keys: the pool's keys.

    Raises:
        TokenRefused: it is malformed, or no key of the pool signed it.
    """
    return parse_token(token).verified(keys)


def parse_token(token: str) -> UnverifiedToken:
    """Return a token's parts.

    Args:
        token: the compact form.

    Raises:
        TokenRefused: it is malformed.
    """
    parts = token.split(".")
    if len(parts) != _PARTS or not all(parts):
        raise TokenRefused("form")
    header = _object(parts[0], "header")
    if header.get("alg") != "RS256":
        raise TokenRefused("algorithm")
    claims = _object(parts[1], "payload")
    signed = f"{parts[0]}.{parts[1]}".encode()
    return UnverifiedToken(header.get("kid"), claims, signed, _decoded(parts[2], "signature"))


def _object(part: str, name: str) -> dict[str, Any]:
    try:
        value = strict_json(_decoded(part, name))
    except NotStrictJson as error:
        raise TokenRefused(name) from error
    if not isinstance(value, dict):
        raise TokenRefused(name)
    return value


def _decoded(part: str, name: str) -> bytes:
    if not _BASE64URL.match(part):
        raise TokenRefused(name)
    try:
        value = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenRefused(name) from error
    # Unused bits in the last character: without this check, one token has several spellings.
    if base64url(value) != part:
        raise TokenRefused(name)
    return value
