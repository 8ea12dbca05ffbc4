"""Computes the known answers that this repository carries, by another way than the product's.

    python tests/make_known_answers.py > tests/known_answers.json

It imports nothing of ours: numbers are Python's, hashes are hashlib's, HKDF and signatures are
cryptography's, and the prime comes of the formula in RFC 3526, section 5. Keys and signatures are
new in each run; the rest is the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ISSUER, AUDIENCE, ISSUED, EXPIRES = "https://issuer.example", "osdu", 1_700_000_000, 1_700_003_600


def arctangent_of_inverse(number: int, unit: int) -> int:
    total, power, divisor = 0, unit // number, 1
    while power:
        total += power // divisor if divisor % 4 == 1 else -(power // divisor)
        power //= number * number
        divisor += 2
    return total


def prime() -> int:
    """The 3072-bit group: 2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314)."""
    unit = 1 << 3100
    # Machin's formula.
    pi = 16 * arctangent_of_inverse(5, unit) - 4 * arctangent_of_inverse(239, unit)
    return (1 << 3072) - (1 << 3008) - 1 + (1 << 64) * ((pi >> (3100 - 2942)) + 1690314)


def octets(number: int) -> bytes:
    """A positive number as Java writes it: a zero before a byte whose top bit is set."""
    digits = f"{number:x}"
    digits = "0" * (len(digits) % 2) + digits
    return bytes.fromhex("00" + digits if digits[0] in "89abcdef" else digits)


def hashed(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


def srp(pool: str, user: str, password: str, salt: int, seed: int) -> dict[str, Any]:
    """One sign-in, seen from both sides (RFC 5054, section 2.5)."""
    n, g = prime(), 2
    k = hashed(octets(n), octets(g))
    a, b = (hashed(bytes([seed, side])) for side in (1, 2))
    identity = hashlib.sha256(f"{pool}{user}:{password}".encode()).digest()
    x = hashed(octets(salt), identity)
    v, public_a = pow(g, x, n), pow(g, a, n)
    public_b = (k * v + pow(g, b, n)) % n
    u = hashed(octets(public_a), octets(public_b))
    shared = pow(public_a * pow(v, u, n), b, n)  # by the pool's formula; ours is the client's
    key = HKDF(SHA256(), 16, octets(u), b"Caldera Derived Key").derive(octets(shared))
    block, at = bytes([seed]) * 40, "Tue Mar 3 04:05:06 UTC 2026"
    signed = hmac.new(key, f"{pool}{user}".encode() + block + at.encode(), hashlib.sha256)
    return {
        "pool": pool, "user": user, "password": password, "salt": f"{salt:x}", "a": f"{a:x}",
        "A": f"{public_a:x}", "B": f"{public_b:x}", "u": f"{u:x}", "x": f"{x:x}", "v": f"{v:x}",
        "S": f"{shared:x}", "key": key.hex(), "block": base64.b64encode(block).decode(), "at": at,
        "signature": base64.b64encode(signed.digest()).decode(),
        "verifier": base64.b64encode(octets(v)).decode(),
        "salt_octets": base64.b64encode(octets(salt)).decode(),
    }  # fmt: skip


def secret_hash(secret: str, client: str, user: str) -> dict[str, str]:
    made = hmac.digest(secret.encode(), (user + client).encode(), "sha256")
    return {
        "secret": secret,
        "client": client,
        "user": user,
        "hash": base64.b64encode(made).decode(),
    }


def b64url(value: bytes) -> str:
    return base64.b64encode(value).decode().translate({43: "-", 47: "_", 61: None})


def number(value: int, size: int) -> str:
    return b64url(value.to_bytes(size, "big"))


def token(algorithm: str) -> dict[str, Any]:
    """A key as it is published, and a token that it signed (RFC 7515, section 3.1)."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": ISSUED, "exp": EXPIRES}
    head = b64url(json.dumps({"alg": algorithm, "kid": "known"}).encode())
    signed = f"{head}.{b64url(json.dumps(claims).encode())}".encode()
    if algorithm == "RS256":
        rsa_key = rsa.generate_private_key(65537, 2048)
        public = rsa_key.public_key().public_numbers()
        jwk = {"kty": "RSA", "n": number(public.n, 256), "e": number(public.e, 3)}
        signature = rsa_key.sign(signed, padding.PKCS1v15(), SHA256())
    elif algorithm == "ES256":
        ec_key = ec.generate_private_key(ec.SECP256R1())
        point = ec_key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32)}
        r, s = utils.decode_dss_signature(ec_key.sign(signed, ec.ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    else:
        ed_key = ed25519.Ed25519PrivateKey.generate()
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64url(ed_key.public_key().public_bytes_raw())}
        signature = ed_key.sign(signed)
    return {
        "algorithm": algorithm,
        "jwk": jwk | {"alg": algorithm, "kid": "known"},
        "token": f"{signed.decode()}.{b64url(signature)}",
    }


if __name__ == "__main__":
    answers = {
        "prime": f"{prime():x}",
        "srp": [
            srp("Ab12Cd34E", "7d8ca528-4931-4254-9273-ea5ee853f271", "Passw0rd!xyz", 0x80FF, 1),
            srp("abcdef", "alice", "Grüße 😀 naïve", 0xA1B2C3D4E5F60718293A4B5C6D7E8F90, 2),
            srp(
                "-aB3dE6gH",
                "us-east-1_7d8ca528",
                "a device's",
                0x00112233445566778899AABBCCDDEEFF,
                3,
            ),
            srp("x", "y:z", "", 1, 4),
        ],
        "secret_hash": [
            secret_hash("51charactersofsecret", "1h57kf5cpq17m0eml12EXAMPLE", "alice@acme.com"),
            secret_hash("ß", "client", "Ünï"),
        ],
        "tokens": [token(algorithm) for algorithm in ("RS256", "ES256", "EdDSA")],
    }
    print(json.dumps(answers, indent=1))
