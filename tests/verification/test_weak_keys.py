"""RSA keys whose private key can be calculated from the public key are refused (row V-10)."""

from __future__ import annotations

import math
import random
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cases import for_each
from osdu_auth import KeySet, KeysUnavailable, VerificationKey
from osdu_auth.errors import ConfigurationError
from osdu_auth.verification.keys.key_strength import has_close_primes, is_roca_modulus
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import jwks, mint, number, rsa_jwk, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable

CHANCE = random.Random(15361)  # a fixed seed: the same keys in each run


def is_prime(candidate: int) -> bool:
    """Miller and Rabin's test, with twenty random bases."""
    if math.gcd(candidate, small_primes()) > 1:  # most are composite by this, which takes no time
        return False
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(candidate, CHANCE.randrange(2, candidate - 1), odd, twos) for _ in range(20))


def _passes(candidate: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, candidate)
    if power in (1, candidate - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False


def first_primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


@cache
def small_primes() -> int:
    return math.prod(first_primes(300))


def roca_prime(bits: int, count: int) -> int:
    """A prime made as that library made it: k * M + (65537 ** a mod M)."""
    product = math.prod(first_primes(count))
    while True:
        start = pow(65537, CHANCE.getrandbits(64), product)
        k = CHANCE.randrange((3 << (bits - 2)) // product, (1 << bits) // product)
        prime = k * product + start
        if prime.bit_length() == bits and is_prime(prime):
            return prime


@cache
def roca_modulus(count: int = 126) -> int:
    return roca_prime(1024, count) * roca_prime(1024, count)


def next_prime(after: int) -> int:
    candidate = after + 2
    while not is_prime(candidate):
        candidate += 2
    return candidate


def rsa_public(modulus: int) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(65537, modulus).public_key()


@for_each("count", [126, 71, 39], ids=lambda count: f"{count} primes")
def test_a_key_with_the_roca_fingerprint_is_refused_from_every_source(count: int) -> None:
    """The library made keys of 2048 bits from 126 primes, and shorter ones from 71 and 39."""
    modulus = roca_modulus(count)
    assert modulus.bit_length() == 2048
    key = rsa_public(modulus)
    with pytest.raises(ConfigurationError, match=r"CVE-2017-15361.*OA-C775"):
        VerificationKey("RS256", key)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ConfigurationError, match="CVE-2017-15361"):
        VerificationKey.from_pem(pem, algorithm="RS256")
    member = rsa_jwk(n=number(modulus))
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_dict(jwks(member))
    kept = KeySet.from_dict(jwks(member, rsa_jwk("another")))
    assert [one.kid for one in kept.keys] == ["another"]


def test_a_pool_that_publishes_only_weak_keys_has_no_usable_key(
    server: KeyServer, clock: FakeClock
) -> None:
    server.publish(rsa_jwk(n=number(roca_modulus())))
    with pytest.raises(KeysUnavailable, match="OA-N672"):
        fetching_verifier(server, clock).verify(mint(payload=server.claims()))


def test_a_key_with_only_one_prime_of_the_roca_fingerprint_is_accepted() -> None:
    """The modulus has the fingerprint only if the library made both primes."""
    mixed = roca_prime(1024, 126) * rsa_key().private_numbers().p
    assert not is_roca_modulus(mixed)
    VerificationKey("RS256", rsa_public(mixed))


@for_each("name", ["access-key", "another", "b", "c", "other-key"])
def test_keys_that_other_libraries_made_have_neither_fault(name: str) -> None:
    modulus = rsa_key(name).public_key().public_numbers().n
    assert not is_roca_modulus(modulus)
    assert not has_close_primes(modulus)


def test_few_numbers_have_the_fingerprint_by_chance() -> None:
    """One of 239 million has it by chance, so two of 20,000 would not be by chance."""
    numbers = (CHANCE.getrandbits(2048) | 1 << 2047 | 1 for _ in range(20_000))
    assert sum(map(is_roca_modulus, numbers)) <= 1


def test_the_chance_of_a_false_alarm_follows_from_the_subgroups_of_65537() -> None:
    """Counted again from the definition: the share of remainders that pass, over all primes."""
    chance = 1.0
    for prime in first_primes(39)[1:]:
        passing = {pow(65537, power, prime) for power in range(prime)}
        chance *= len(passing) / (prime - 1)
    assert 2.3e8 < 1 / chance < 2.4e8


CLOSE: dict[str, Callable[[int], int]] = {
    "the same prime twice": lambda prime: prime,
    "the next prime": next_prime,
    "the tenth next prime": lambda prime: next_prime(prime + 5_000),
}


@for_each("case", CLOSE)
def test_a_key_of_two_primes_close_together_is_refused(case: str) -> None:
    """CVE-2022-26320: Fermat's method of 1643 factors such a key at once."""
    prime = rsa_key().private_numbers().p
    modulus = prime * CLOSE[case](prime)
    key: Any = rsa_public(modulus)
    with pytest.raises(ConfigurationError, match="too close"):
        VerificationKey("RS256", key)


def test_primes_as_far_apart_as_the_standard_requires_pass() -> None:
    """FIPS 186-5, A.1.3: they differ by more than 2 ** (bits / 2 - 100)."""
    prime = rsa_key().private_numbers().p
    assert not has_close_primes(prime * next_prime(prime + (1 << 925)))


def modulus_of(bits: int) -> int:
    """An odd number of that many bits that no small prime divides."""
    small = math.prod(first_primes(1_000))
    while True:
        modulus = 1 << (bits - 1) | CHANCE.getrandbits(bits - 1) | 1
        if math.gcd(modulus, small) == 1:
            return modulus


@for_each(("bits", "is_taken"), [(2047, False), (2048, True), (8192, True), (8193, False)])
def test_an_rsa_key_has_from_2048_to_8192_bits_from_every_source(bits: int, is_taken: bool) -> None:
    modulus = modulus_of(bits)
    pem = rsa_public(modulus).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    doors: list[Callable[[], object]] = [
        lambda: VerificationKey("RS256", rsa_public(modulus)),
        lambda: VerificationKey.from_pem(pem, algorithm="RS256"),
        lambda: KeySet.from_dict(jwks(rsa_jwk(n=number(modulus)))),
    ]
    for door in doors:
        if is_taken:
            door()
        else:
            with pytest.raises(ConfigurationError):
                door()
