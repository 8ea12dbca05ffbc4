"""An issuer that signs everything that a test needs: valid tokens, and all kinds of bad ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from osdu_auth.verification import KeySet, UserPoolVerifier, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

NOW = 1_700_000_000
POOL = "us-east-1_Ab12Cd34E"
CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
UPDATED_ISSUER = ISSUER.replace("cognito-idp", "issuer-cognito-idp")
KID = "access-key"
HASHES: dict[str, Callable[[], HashAlgorithm]] = {"RS256": SHA256, "RS384": SHA384, "RS512": SHA512}
HMACS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def rsa_key(name: str = KID, bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    """One key for each name, made at its first use."""
    return _rsa_key(name, bits, exponent)


@cache
def _rsa_key(name: str, bits: int, exponent: int) -> rsa.RSAPrivateKey:
    del name
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def rsa_jwk(name: str = KID, **members: Any) -> dict[str, Any]:
    """The public key in the form that a user pool publishes."""
    numbers = rsa_key(name).public_key().public_numbers()
    jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name}
    return jwk | {"n": number(numbers.n), "e": number(numbers.e)} | members


def ec_jwk(**members: Any) -> dict[str, Any]:
    numbers = ec_key().public_key().public_numbers()
    coordinates = {name: b64(getattr(numbers, name).to_bytes(32, "big")) for name in "xy"}
    return {"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "ec"} | coordinates | members


def ed_jwk(**members: Any) -> dict[str, Any]:
    x = b64(ed_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "ed", "x": x} | members


def jwks(*members: Any) -> dict[str, Any]:
    return {"keys": list(members) or [rsa_jwk()]}


def header(**members: Any) -> dict[str, Any]:
    return {"kid": KID, "alg": "RS256"} | members


def claims(**members: Any) -> dict[str, Any]:
    """An access token's claims, as a user pool writes them; None removes a claim."""
    every = {
        "sub": "7d8ca528-4931-4254-9273-ea5ee853f271",
        "cognito:groups": ["users", "operators"],
        "iss": ISSUER,
        "version": 2,
        "client_id": CLIENT,
        "origin_jti": "3f1a2b9c-27f1-4a6e-8e55-0b1f3bd4c5d6",
        "event_id": "0a7c9a57-3f0e-4d1c-b8a4-0c1d2e3f4a5b",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin osdu/read",
        "auth_time": NOW - 60,
        "exp": NOW + 3540,
        "iat": NOW - 60,
        "jti": "cc7e1b5b-0b7e-4bb4-9d8b-5a1f1d2c3b4a",
        "username": "7d8ca528-4931-4254-9273-ea5ee853f271",
    } | members
    return {name: value for name, value in every.items() if value is not None}


def id_claims(**members: Any) -> dict[str, Any]:
    every: dict[str, Any] = {"client_id": None, "scope": None, "version": None}
    every |= {"token_use": "id", "aud": CLIENT, "username": None, "cognito:username": "ada"}
    return claims(**(every | members))


def text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def signature(signed: bytes, algorithm: str = "RS256", key: Any = None) -> bytes:
    """Sign with any algorithm, even one that no verifier accepts."""
    if algorithm in HMACS:
        return hmac.new(key, signed, HMACS[algorithm]).digest()
    if algorithm == "ES256":
        r, s = decode_dss_signature((key or ec_key()).sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if algorithm == "EdDSA":
        return bytes((key or ed_key()).sign(signed))
    private: rsa.RSAPrivateKey = key or rsa_key()
    if algorithm.startswith("PS"):
        digest = HASHES["R" + algorithm[1:]]()
        return private.sign(signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return private.sign(signed, padding.PKCS1v15(), HASHES[algorithm]())


def raw(head: bytes, payload: bytes, algorithm: str = "RS256", key: Any = None) -> str:
    """A token with any bytes, correctly signed."""
    signed = f"{b64(head)}.{b64(payload)}"
    return f"{signed}.{b64(signature(signed.encode(), algorithm, key))}"


def mint(
    head: dict[str, Any] | None = None,
    payload: dict[str, Any] | None = None,
    *,
    key: Any = None,
    algorithm: str | None = None,
) -> str:
    """A correctly signed token; each argument that is not given has a valid value."""
    head = header() if head is None else head
    payload = claims() if payload is None else payload
    named = head.get("alg", "RS256")
    return raw(text(head), text(payload), algorithm or named, key)


def pool_verifier(now: Callable[[], float] | float = NOW, **settings: Any) -> UserPoolVerifier:
    """A verifier with the pool's keys."""
    every: dict[str, Any] = {
        "user_pool_id": POOL,
        "client_id": CLIENT,
        "token_use": "access",
        "keys": KeySet.from_dict(jwks()),
        "clock": now if callable(now) else lambda: now,
    }
    return UserPoolVerifier(**(every | settings))


def open_verifier(members: list[Any], algorithms: tuple[str, ...], **settings: Any) -> Verifier:
    """A verifier of another issuer, with these keys."""
    every: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": CLIENT,
        "algorithms": algorithms,
        "keys": KeySet.from_dict(jwks(*members), algorithms),
        "clock": lambda: NOW,
    }
    return Verifier(**(every | settings))
