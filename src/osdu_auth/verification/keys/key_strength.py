"""Key strength: which public keys are strong enough to verify tokens.

Invariant: a key is not used if people other than its owner can sign with it, even if its issuer
publishes it. A key set comes from a network, a file or a dict; a mistake in it must not make the
service accept forged tokens.
"""

from __future__ import annotations

import math
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from osdu_auth.verification.keys.algorithms import algorithms_for

LEAST_RSA_BITS = 2048  # RFC 7518, section 3.3
MOST_RSA_BITS = 8192

_OLD_EXPONENT = 3
_USUAL_EXPONENT = 65_537
_LARGEST_EXPONENT = 2**32


def _odd_primes_below(limit: int) -> list[int]:
    return [
        number
        for number in range(3, limit, 2)
        if all(number % other for other in range(3, math.isqrt(number) + 1, 2))
    ]


# NIST SP 800-89, 5.3.3, tests a modulus with the product of these primes.
_SMALL_PRIMES = math.prod(_odd_primes_below(752))
# The primes of the test for CVE-2017-15361: the factors of the number from which that library makes
# keys of 512 bits and more. It makes longer keys from more primes, these included, so the test
# recognises them, too.
_ROCA_PRIMES = _odd_primes_below(168)
_ROCA_GENERATOR = 65_537

# How many steps of Fermat's method are tried. If the second prime is the next prime after the
# first prime (CVE-2022-26320), one of the first steps finds both.
_FERMAT_STEPS = 100
_SQUARES_MOD_64 = sum(1 << residue for residue in {number * number % 64 for number in range(64)})

_ED25519_PRIME = 2**255 - 19  # RFC 8032, section 5.1
_SIGN_BIT = 2**255
# Eight points, which have five different `y`, have an order of 8 or less. For such a key any
# person can make signatures, and RFC 8032 accepts them.
_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset(
    {0, 1, _ED25519_PRIME - 1, _OF_ORDER_8, _ED25519_PRIME - _OF_ORDER_8},
)


def reason_to_refuse(algorithm: object, key: object) -> str:
    """Return the reason why a key cannot be used for an algorithm; "" if it can."""
    fitting = algorithms_for(key)
    if not fitting:
        return "It is not an RSA, P-256 or Ed25519 public key."
    if algorithm not in fitting:
        return f"It is a key for {' or '.join(fitting)}."
    if isinstance(key, RSAPublicKey):
        return _reason_to_refuse_rsa(key)
    if isinstance(key, Ed25519PublicKey):
        return _reason_to_refuse_ed25519(key)
    # P-256 has a prime order, and `cryptography` refuses points that are not on the curve.
    assert isinstance(key, EllipticCurvePublicKey)  # noqa: S101 - nothing else fits an algorithm
    return ""


def is_good_exponent(exponent: int) -> bool:
    """Say whether an RSA key's public exponent is a usual one."""
    in_range = _USUAL_EXPONENT <= exponent <= _LARGEST_EXPONENT and exponent % 2 == 1
    return exponent == _OLD_EXPONENT or in_range


def _reason_to_refuse_rsa(key: RSAPublicKey) -> str:
    numbers = key.public_numbers()
    if not LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
        return f"An RSA key has {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits (RFC 7518, section 3.3)."
    if not is_good_exponent(numbers.e):
        return "Its public exponent is neither 3 nor an odd number from 65537 to 2^32."
    if numbers.n % 2 == 0:
        return "Its modulus is even."
    if math.gcd(numbers.n, _SMALL_PRIMES) != 1:
        return "Its modulus has a small factor, so its private key can be found from it."
    if has_close_primes(numbers.n):
        return "The primes of its modulus are too close, so its private key can be found from it."
    if is_roca_modulus(numbers.n):
        return "It was made by a library whose private keys can be found (CVE-2017-15361)."
    return ""


def is_roca_modulus(modulus: int) -> bool:
    """Say whether an RSA modulus has the fingerprint of CVE-2017-15361 ("ROCA").

    The library made each prime as `k * M + 65537 ** a mod M`, with `M` a product of the smallest
    primes. So modulo each of these primes, the modulus is a power of 65537. Of about 240 million
    random moduli, one has this property by chance and is refused, too (Nemec and others, "The
    Return of Coppersmith's Attack", ACM CCS 2017, section 3).
    """
    rest = modulus % math.prod(_ROCA_PRIMES)
    return all((powers >> (rest % prime)) & 1 for prime, powers in _powers_by_prime())


@cache
def _powers_by_prime() -> tuple[tuple[int, int], ...]:
    """Return, for each prime, the remainders that powers of 65537 leave, as bits of a number.

    If every remainder except 0 is such a power, the prime does not help, and is left out.
    """
    powers_by_prime = []
    for prime in _ROCA_PRIMES:
        powers, power = 0, 1
        while not (powers >> power) & 1:
            powers |= 1 << power
            power = power * _ROCA_GENERATOR % prime
        if powers.bit_count() < prime - 1:
            powers_by_prime.append((prime, powers))
    return tuple(powers_by_prime)


def has_close_primes(modulus: int) -> bool:
    """Say whether a few steps of Fermat's method factor an odd modulus.

    If its two primes are close to each other, it is `a * a - b * b` with `a` close to its square
    root. The difference of two random primes of a key of 2048 bits is never that small.
    """
    a = math.isqrt(modulus - 1) + 1
    square = a * a - modulus  # `b * b`, if this is the right `a`
    for _ in range(_FERMAT_STEPS):
        if (_SQUARES_MOD_64 >> (square & 63)) & 1 and math.isqrt(square) ** 2 == square:
            return True
        square += 2 * a + 1
        a += 1
    return False


def _reason_to_refuse_ed25519(key: Ed25519PublicKey) -> str:
    y = int.from_bytes(key.public_bytes(Encoding.Raw, PublicFormat.Raw), "little") % _SIGN_BIT
    if y >= _ED25519_PRIME:
        return "Its number is not in its shortest form (RFC 8032, section 5.1.3)."
    return (
        "Any person can make signatures for it: it is a point of small order."
        if y in _SMALL_ORDER
        else ""
    )
