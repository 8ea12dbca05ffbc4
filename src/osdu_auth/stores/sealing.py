"""Sealing: authenticated encryption of the part of a session that is good for a month.

AES-256 in Galois/Counter Mode (NIST SP 800-38D) with a random nonce of 96 bits for each seal. A
nonce is likely to repeat only after about 2**32 sessions under one key.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import crc32

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_LENGTH = 32  # bytes
_NONCE_LENGTH = 12  # bytes
_CHECKSUM_LENGTH = 4  # bytes


class WrongKey(Exception):
    """A sealed text cannot be opened with this key, or with these associated data."""


class Key(NamedTuple):
    """A key, and where it is kept.

    Args:
        kind: where it is kept (`osdu_auth.stores.sealing_keys`).
        value: base64url of its 32 bytes.
    """

    kind: str
    value: Secret

    def seal(self, clear: bytes, associated: bytes) -> str:
        """Return base64url of nonce and ciphertext.

        Args:
            clear: what to seal.
            associated: associated data: they stay readable, and have to be the same at `open`.
        """
        nonce = os.urandom(_NONCE_LENGTH)
        return urlsafe_b64encode(nonce + self._cipher().encrypt(nonce, clear, associated)).decode()

    def open(self, sealed: str, associated: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            WrongKey: it was not sealed with this key, or with other associated data.
        """
        from cryptography.exceptions import InvalidTag

        try:
            both = _decoded(sealed)
            return self._cipher().decrypt(both[:_NONCE_LENGTH], both[_NONCE_LENGTH:], associated)
        except (ValueError, InvalidTag) as error:
            raise WrongKey from error

    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(urlsafe_b64decode(self.value.reveal()))


class NoKey(Key):
    """Stands for a key if a session has nothing but an access token: then nothing is sealed.

    A checksum finds damage. It does not protect from a deliberate change: a program that can write
    the file as this user can replace the access token in it as well.
    """

    __slots__ = ()

    def seal(self, clear: bytes, associated: bytes) -> str:
        """Return base64url of a checksum and the text; arguments as for `Key.seal`."""
        return urlsafe_b64encode(_checksum(clear, associated) + clear).decode()

    def open(self, sealed: str, associated: bytes) -> bytes:
        """Return the text.

        Raises:
            WrongKey: it is damaged, or was written with other associated data.
        """
        try:
            both = _decoded(sealed)
        except ValueError as error:
            raise WrongKey from error
        checksum, clear = both[:_CHECKSUM_LENGTH], both[_CHECKSUM_LENGTH:]
        if checksum != _checksum(clear, associated):
            raise WrongKey
        return clear


NO_KEY = NoKey("no-key", Secret(""))


def new_key(kind: str) -> Key:
    """Make a new random key."""
    return Key(kind, Secret(urlsafe_b64encode(os.urandom(KEY_LENGTH)).decode()))


def is_key(text: str) -> bool:
    """Return whether `text` is the value of a key."""
    try:
        return len(_decoded(text)) == KEY_LENGTH
    except ValueError:
        return False


def _checksum(clear: bytes, associated: bytes) -> bytes:
    return crc32(clear, crc32(associated)).to_bytes(_CHECKSUM_LENGTH, "big")


def _decoded(text: str) -> bytes:
    """Decode base64url; refuse a spelling that encoding does not give.

    Raises:
        ValueError: it is not base64url, or has another spelling.
    """
    decoded = urlsafe_b64decode(text)
    if urlsafe_b64encode(decoded).decode() != text:
        raise ValueError
    return decoded
