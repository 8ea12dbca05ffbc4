"""Algorithms: the signatures that can be checked, each for one kind of key.

Invariant: only the algorithms in this list are allowed, compared letter by letter (RFC 8725,
section 3.1). `none`, HMAC and encryption are not in it, and no setting can add them. No key of this
package is a secret, so a public key can never be used in place of a secret.

From an ECDSA signature, any person can make a second valid signature (`s` becomes `n - s`). RFC
7518 allows both, so a list of refused tokens has to use `jti`, and not the token's text.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from osdu_auth.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA")
USUAL_ALGORITHMS = ("RS256",)

# `hashlib` makes the digest, and `cryptography` gets the digest: that is faster than a digest by
# `cryptography` (`make bench` has a bound for the verification).
_RSA_HASHES: dict[str, tuple[Callable[[bytes], hashlib._Hash], HashAlgorithm]] = {
    "RS256": (hashlib.sha256, SHA256()),
    "RS384": (hashlib.sha384, SHA384()),
    "RS512": (hashlib.sha512, SHA512()),
    "PS256": (hashlib.sha256, SHA256()),
}
_PS256_SALT = 32  # bytes, the hash's own length (RFC 7518, section 3.5)
_ES256_NUMBER = 32  # bytes of each of the two numbers (RFC 7518, section 3.4)


def check_algorithms(algorithms: Sequence[str]) -> tuple[str, ...]:
    """Return the algorithms that a verifier allows, checked.

    Raises:
        ConfigurationError: OA-C772: the list is empty, or has an unknown algorithm.
    """
    allowed = tuple(algorithms) if isinstance(algorithms, (list, tuple)) else ()
    if allowed and all(name in ALGORITHMS for name in allowed):
        return allowed
    raise ConfigurationError(
        "The value of algorithms is not a list of algorithms that can be allowed.",
        code="OA-C772",
        why=f"It has to be a list or tuple with some of: {', '.join(ALGORITHMS)}.",
        fix='Write it as in this example: algorithms=("RS256",)',
    )


def algorithms_for(key: object) -> tuple[str, ...]:
    """Return the algorithms that fit a key's kind; () for an unknown kind."""
    if isinstance(key, RSAPublicKey):
        return tuple(_RSA_HASHES)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return ("ES256",)
    return ("EdDSA",) if isinstance(key, Ed25519PublicKey) else ()


def signature_check(algorithm: str, key: PublicKey) -> Callable[[bytes, bytes], None]:
    """Return a function that takes a signature and the signed bytes, and checks the signature.

    The function raises `InvalidSignature` or `ValueError` if the signature is wrong.

    Args:
        algorithm: an algorithm that fits the key, as `algorithms_for` says.
        key: the public key.
    """
    if isinstance(key, RSAPublicKey):
        return _rsa_check(algorithm, key)
    if isinstance(key, EllipticCurvePublicKey):
        return _es256_check(key)
    return key.verify


def _rsa_check(algorithm: str, key: RSAPublicKey) -> Callable[[bytes, bytes], None]:
    hashed, function = _RSA_HASHES[algorithm]
    padding = PSS(MGF1(function), _PS256_SALT) if algorithm == "PS256" else PKCS1v15()
    prehashed = Prehashed(function)
    verify = key.verify

    def check(signature: bytes, signed: bytes) -> None:
        verify(signature, hashed(signed).digest(), padding, prehashed)

    return check


def _es256_check(key: EllipticCurvePublicKey) -> Callable[[bytes, bytes], None]:
    scheme = ECDSA(SHA256())

    def check(signature: bytes, signed: bytes) -> None:
        if len(signature) != 2 * _ES256_NUMBER:
            raise InvalidSignature
        r = int.from_bytes(signature[:_ES256_NUMBER], "big")
        s = int.from_bytes(signature[_ES256_NUMBER:], "big")
        key.verify(encode_dss_signature(r, s), signed, scheme)

    return check
