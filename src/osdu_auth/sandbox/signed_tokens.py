"""Reading a signed token strictly: three parts, canonical base64url, JSON objects, our key.

Both the pool and the platform's gateway read tokens here; each words its own refusals.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import NotStrictJsonError, strict_json
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from osdu_auth.sandbox.signing_keys import SigningKeys

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_PARTS = 3


class TokenRefusedError(Exception):
    """A token is not one of ours.

    Attributes:
        reason: `form`, `header`, `algorithm`, `kid`, `payload` or `signature`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class SignedToken:
    """A token whose signature is good; nothing is said yet about its claims.

    Attributes:
        kid: The id of the key that signed it.
        claims: The payload.
    """

    kid: str
    claims: dict[str, Any]


@dataclass(frozen=True)
class UnverifiedToken:
    """A token that has the right form; nobody has said yet who signed it.

    Attributes:
        kid: The id of the key that signed it, as it says.
        unverified_claims: The payload.
        signed: What is signed.
        signature: The signature.
    """

    kid: object
    unverified_claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def verified(self, keys: SigningKeys) -> SignedToken:
        """Return the token when one of the pool's keys signed it.

        Raises:
            TokenRefusedError: If no key of the pool did.
        """
        key = keys.by_kid(self.kid)
        if key is None:
            raise TokenRefusedError("kid")
        if not key.signed(self.signed, self.signature):
            raise TokenRefusedError("signature")
        return SignedToken(key.kid, self.unverified_claims)


def read_signed_token(token: str, keys: SigningKeys) -> SignedToken:
    """Return the token when one of the pool's keys signed it (RFC 7515, section 5.2).

    Args:
        token: The compact form.
        keys: The pool's keys.

    Raises:
        TokenRefusedError: If it is malformed or signed by no key of the pool.
    """
    return parse_token(token).verified(keys)


def parse_token(token: str) -> UnverifiedToken:
    """Return a token's parts.

    Args:
        token: The compact form.

    Raises:
        TokenRefusedError: If it is malformed.
    """
    parts = token.split(".")
    if len(parts) != _PARTS or not all(parts):
        raise TokenRefusedError("form")
    header = _object(parts[0], "header")
    if header.get("alg") != "RS256":
        raise TokenRefusedError("algorithm")
    claims = _object(parts[1], "payload")
    signed = f"{parts[0]}.{parts[1]}".encode()
    return UnverifiedToken(header.get("kid"), claims, signed, _decoded(parts[2], "signature"))


def _object(part: str, name: str) -> dict[str, Any]:
    try:
        value = strict_json(_decoded(part, name))
    except NotStrictJsonError as error:
        raise TokenRefusedError(name) from error
    if not isinstance(value, dict):
        raise TokenRefusedError(name)
    return value


def _decoded(part: str, name: str) -> bytes:
    if not _BASE64URL.match(part):
        raise TokenRefusedError(name)
    try:
        value = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise TokenRefusedError(name) from error
    # Unused bits in the last character would give one token several spellings.
    if base64url(value) != part:
        raise TokenRefusedError(name)
    return value
