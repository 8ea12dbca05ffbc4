"""Key strength: which public keys are good enough to verify anything with.

The law of this module: a key that lets others than its holder sign is no key, whoever publishes it.
A key set is read from a network, a file or a dict; a mistake there must not open the service.
"""

from __future__ import annotations

import math

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from osdu_auth.verification.algorithms import algorithms_for
from osdu_auth.verification.limits import LEAST_RSA_BITS, MOST_RSA_BITS

_OLD_EXPONENT = 3
_USUAL_EXPONENT = 65_537
_LARGEST_EXPONENT = 2**32

# Of every odd prime below 752, as NIST SP 800-89, section 5.3.3, has moduli tried with.
_SMALL_PRIMES = math.prod(
    number
    for number in range(3, 752, 2)
    if all(number % other for other in range(3, math.isqrt(number) + 1, 2))
)

_ED25519_PRIME = 2**255 - 19  # RFC 8032, section 5.1
_SIGN_BIT = 2**255
# Eight points, of five `y`, are nothing when they are added to themselves eight times. For such a
# key anybody can make signatures, and RFC 8032 lets them pass.
_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset(
    {0, 1, _ED25519_PRIME - 1, _OF_ORDER_8, _ED25519_PRIME - _OF_ORDER_8},
)


def reason_against(algorithm: object, key: object) -> str:
    """Return why a key cannot be used for an algorithm, "" where it can."""
    fitting = algorithms_for(key)
    if not fitting:
        return "It is no RSA, P-256 or Ed25519 public key."
    if algorithm not in fitting:
        return f"It is a key for {' or '.join(fitting)}."
    if isinstance(key, RSAPublicKey):
        return _reason_against_rsa(key)
    if isinstance(key, Ed25519PublicKey):
        return _reason_against_ed25519(key)
    # The curve P-256 has a prime order, and `cryptography` takes no point that is not on it.
    assert isinstance(key, EllipticCurvePublicKey)  # noqa: S101 - nothing else fits an algorithm
    return ""


def is_good_exponent(exponent: int) -> bool:
    """Say whether an RSA key's public exponent is one that is used in earnest."""
    in_range = _USUAL_EXPONENT <= exponent <= _LARGEST_EXPONENT and exponent % 2 == 1
    return exponent == _OLD_EXPONENT or in_range


def _reason_against_rsa(key: RSAPublicKey) -> str:
    numbers = key.public_numbers()
    if not LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
        return f"An RSA key has {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits (RFC 7518, section 3.3)."
    if not is_good_exponent(numbers.e):
        return "Its public exponent is neither 3 nor an odd number from 65537 to 2^32."
    if numbers.n % 2 == 0:
        return "Its modulus is even."
    if math.gcd(numbers.n, _SMALL_PRIMES) != 1:
        return "Its modulus has a small factor, so anybody can find its private key."
    if math.isqrt(numbers.n) ** 2 == numbers.n:
        return "Its modulus is a square, so anybody can find its private key."
    return ""


def _reason_against_ed25519(key: Ed25519PublicKey) -> str:
    y = int.from_bytes(key.public_bytes_raw(), "little") % _SIGN_BIT
    if y >= _ED25519_PRIME:
        return "Its number is not in its shortest form (RFC 8032, section 5.1.3)."
    return "Anybody can sign for it: it is a point of small order." if y in _SMALL_ORDER else ""
