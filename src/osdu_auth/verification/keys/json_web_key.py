"""JSON Web Keys (RFC 7517; RFC 7518, section 6; RFC 8037): which member of a set is usable.

Invariant: a member is used only if it is clearly a public signature key of a known kind. Another
member is ignored, and the other keys of the set stay usable (RFC 7517, section 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from osdu_auth.errors import ConfigurationError
from osdu_auth.verification.base64url import decode_text
from osdu_auth.verification.keys.algorithms import algorithms_for
from osdu_auth.verification.keys.key_strength import (
    LEAST_RSA_BITS,
    MOST_RSA_BITS,
    is_good_exponent,
)
from osdu_auth.verification.keys.verification_key import VerificationKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from osdu_auth.verification.keys.algorithms import PublicKey

# Members of private or symmetric keys. A key whose private part is published proves nothing.
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
# Operations that are not for signatures: a key must not have both uses (RFC 7517, section 4.3).
_OTHER_USES = frozenset({"encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"})
_COORDINATE = 32  # bytes of a coordinate of P-256 (RFC 7518, section 6.2.1.2)
_ED25519_KEY = 32  # bytes (RFC 8037, section 2)


def key_from_jwk(jwk: object, algorithms: Sequence[str]) -> VerificationKey | None:
    """Return the key of one member of a set; None if the key is not usable.

    A key that names no algorithm is used with the first allowed algorithm that fits it.

    Args:
        jwk: a member of a set's `keys`, from parsed JSON.
        algorithms: the allowed ones.
    """
    if not isinstance(jwk, dict) or not _is_for_verifying(jwk):
        return None
    kid = jwk.get("kid")
    try:
        public_key = _public_key(jwk)
        algorithm = _algorithm(jwk, public_key, algorithms)
        return VerificationKey(algorithm, public_key, kid) if algorithm else None
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, ConfigurationError):
        return None


def _is_for_verifying(jwk: Mapping[str, Any]) -> bool:
    """Say whether a key's use, operations and other members allow it to verify signatures."""
    if not _SECRET_MEMBERS.isdisjoint(jwk):
        return False
    if "kid" in jwk and not isinstance(jwk["kid"], str):
        return False
    return jwk.get("use", "sig") == "sig" and _may_verify(jwk.get("key_ops", ["verify"]))


def _may_verify(operations: object) -> bool:
    if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
        return False
    named = set(operations)
    return "verify" in named and len(named) == len(operations) and _OTHER_USES.isdisjoint(named)


def _algorithm(
    jwk: Mapping[str, Any], public_key: PublicKey, algorithms: Sequence[str]
) -> str | None:
    fitting = algorithms_for(public_key)
    named = jwk.get("alg")
    if "alg" in jwk:
        is_good = isinstance(named, str) and named in fitting and named in algorithms
        return named if is_good else None
    return next((name for name in algorithms if name in fitting), None)


def _public_key(jwk: Mapping[str, Any]) -> PublicKey:
    match jwk.get("kty"), jwk.get("crv"):
        case "RSA", _:
            return _rsa_key(jwk)
        case "EC", "P-256":
            x, y = (_bytes_of(jwk, name, _COORDINATE) for name in "xy")
            numbers = int.from_bytes(x, "big"), int.from_bytes(y, "big")
            return EllipticCurvePublicNumbers(*numbers, SECP256R1()).public_key()
        case "OKP", "Ed25519":
            return Ed25519PublicKey.from_public_bytes(_bytes_of(jwk, "x", _ED25519_KEY))
    raise ValueError("this kind of key is unknown")


def _rsa_key(jwk: Mapping[str, Any]) -> PublicKey:
    modulus, exponent = _number(jwk, "n"), _number(jwk, "e")
    # Checked before the key is made: a modulus of a megabyte would take a long time.
    if not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
        raise ValueError("the modulus is too short or too long")
    if not is_good_exponent(exponent):
        raise ValueError("the exponent is not a usual one")
    return RSAPublicNumbers(exponent, modulus).public_key()


def _number(jwk: Mapping[str, Any], name: str) -> int:
    """Return a number written in the fewest octets that hold it (RFC 7518, section 2)."""
    octets = decode_text(jwk[name]) if isinstance(jwk.get(name), str) else b""
    if not octets or octets[0] == 0:
        raise ValueError("the number is not in its shortest form")
    return int.from_bytes(octets, "big")


def _bytes_of(jwk: Mapping[str, Any], name: str, length: int) -> bytes:
    octets = decode_text(jwk[name]) if isinstance(jwk.get(name), str) else b""
    if len(octets) != length:
        raise ValueError("the value does not have the length of the curve's numbers")
    return octets
