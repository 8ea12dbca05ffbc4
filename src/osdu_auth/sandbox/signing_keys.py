"""The pool's two signing keys: made in the background when the sandbox starts, and never stored.

A user pool signs id tokens and access tokens with different keys. So a verifier that takes the
first key of the set fails here as it does at AWS.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_KEY_BITS = 2048
_PUBLIC_EXPONENT = 65537


@dataclass(frozen=True)
class SigningKey:
    """One RSA key and its id in the key set.

    Attributes:
        kid: the key's id, which the header of every token that it signs names.
    """

    kid: str
    _private_key: RSAPrivateKey = field(repr=False)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a compact RS256 token (RFC 7515, section 7.1; RFC 7518, section 3.3).

        The header holds `kid` and `alg` and nothing else, as a user pool's does.
        """
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        head = base64url(_compact_json({"kid": self.kid, "alg": "RS256"}))
        signed = f"{head}.{base64url(_compact_json(claims))}"
        signature = self._private_key.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{base64url(signature)}"

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether this key made the signature of `message`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            self._private_key.public_key().verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    def public_jwk(self) -> dict[str, str]:
        """Return the public half as a JWK (RFC 7517; RFC 7518, section 6.3.1)."""
        numbers = self._private_key.public_key().public_numbers()
        return {
            "alg": "RS256",
            "e": _base64url_number(numbers.e),
            "kid": self.kid,
            "kty": "RSA",
            "n": _base64url_number(numbers.n),
            "use": "sig",
        }


class SigningKeys:
    """The key for id tokens and the key for access tokens.

    `make_in_background` returns at once; the first use of a key waits for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}
        self._keys: dict[str, SigningKey] = {}

    def make_in_background(self) -> None:
        """Start making the keys, once."""
        with self._lock:
            if self._threads:
                return
            for use in ("id", "access"):
                self._threads[use] = threading.Thread(
                    target=self._make, args=(use,), name=f"osdu-auth-sandbox-{use}-key", daemon=True
                )
                self._threads[use].start()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until both keys are made, or for `seconds` at most."""
        for thread in self._threads.values():
            thread.join(seconds)

    @property
    def for_id_tokens(self) -> SigningKey:
        """The key that signs id tokens."""
        return self._key("id")

    @property
    def for_access_tokens(self) -> SigningKey:
        """The key that signs access tokens."""
        return self._key("access")

    def by_kid(self, kid: object) -> SigningKey | None:
        """Return the key with this id, or `None`."""
        keys = (self.for_id_tokens, self.for_access_tokens)
        return next((key for key in keys if key.kid == kid), None)

    def public_key_set(self) -> dict[str, Any]:
        """Return both public halves as a JWK set (RFC 7517, section 5)."""
        return {"keys": [self.for_id_tokens.public_jwk(), self.for_access_tokens.public_jwk()]}

    def _key(self, use: str) -> SigningKey:
        thread = self._threads.get(use)
        if thread is None:
            raise RuntimeError("the sandbox has no keys before it is started")
        thread.join()
        return self._keys[use]

    def _make(self, use: str) -> None:
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

        private_key = generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=_KEY_BITS)
        kid = base64.b64encode(os.urandom(32)).decode()
        self._keys[use] = SigningKey(kid, private_key)


def base64url(value: bytes) -> str:
    """Return base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _compact_json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url_number(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
