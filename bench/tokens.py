"""Tokens to measure with: an issuer's key, and tokens of the size that a user pool gives."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12Cd34E"
AUDIENCE = "1h57kf5cpq17m0eml12EXAMPLE"
KID = "mUvXq1dIBIHYAQ5yP2vgXzZSCfc7l1q1bnOl6hVQ5Xk="


class Signer:
    """An issuer with one RSA key of 2048 bits."""

    def __init__(self) -> None:
        self._private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_key(self) -> rsa.RSAPublicKey:
        """The public half."""
        return self._private_key.public_key()

    def pem(self) -> bytes:
        """Return the public half as PEM."""
        return self.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def jwks(self) -> dict[str, Any]:
        """Return the public half as a key set."""
        numbers = self.public_key.public_numbers()
        jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID}
        return {"keys": [jwk | {"n": _number(numbers.n), "e": _number(numbers.e)}]}

    def token(self, header: dict[str, Any] | None = None, **members: Any) -> str:
        """Return a token with a user pool's claims; what is given takes their place."""
        signed = self._signed({"kid": KID, "alg": "RS256"} | (header or {}), members)
        signature = self._private_key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_base64url(signature)}"

    def with_ids(self, count: int) -> Iterator[str]:
        """Yield tokens of unknown key ids; their signature is of another token."""
        payload, signature = self.token().split(".")[1:]
        for number in range(count):
            yield f"{_json({'kid': f'unknown-{number}', 'alg': 'RS256'})}.{payload}.{signature}"

    @staticmethod
    def parts(token: str) -> tuple[bytes, bytes]:
        """Return what a token's signature is over, and the signature."""
        signed, _, signature = token.rpartition(".")
        return signed.encode(), base64.urlsafe_b64decode(signature + "==")

    @staticmethod
    def _signed(header: dict[str, Any], members: dict[str, Any]) -> str:
        now = int(time.time())
        claims = {
            "sub": "7d8ca528-4931-4254-9273-ea5ee853f271",
            "cognito:groups": ["users", "operators"],
            "iss": ISSUER,
            "version": 2,
            "aud": AUDIENCE,
            "origin_jti": "3f1a2b9c-27f1-4a6e-8e55-0b1f3bd4c5d6",
            "event_id": "0a7c9a57-3f0e-4d1c-b8a4-0c1d2e3f4a5b",
            "token_use": "access",
            "scope": "aws.cognito.signin.user.admin",
            "auth_time": now - 60,
            "exp": now + 3600,
            "iat": now - 60,
            "jti": "cc7e1b5b-0b7e-4bb4-9d8b-5a1f1d2c3b4a",
            "username": "7d8ca528-4931-4254-9273-ea5ee853f271",
        }
        return f"{_json(header)}.{_json(claims | members)}"


def _json(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
