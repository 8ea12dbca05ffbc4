"""Signatures of every wrong kind: made with the private key, but in a wrong form.

A forger has no private key. But what a verifier lets through here, a forger can sometimes make
without one, and two verifiers that differ here give one token two meanings.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, SHA512_256

from cases import for_each
from osdu_auth import KeySet, VerificationKey
from osdu_auth.errors import ConfigurationError
from verification.minting import (
    b64,
    ec_jwk,
    ed_jwk,
    ed_key,
    jwks,
    number,
    pool_verifier,
    rsa_jwk,
    rsa_key,
    signature,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

ALL = ("RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA")
SIGNED = b"eyJh.eyJi"
OCTETS = 256  # octets of a signature with an RSA key of 2048 bits


def key_of(*members: dict[str, str]) -> VerificationKey:
    return KeySet.from_dict(jwks(*members), ALL).keys[0]


# --- RS256: the encoded message (RFC 8017, section 9.2), byte by byte ---

SHA256_OBJECT = "0609608648016503040201"
DIGEST = hashlib.sha256(SIGNED).digest()
GENUINE = bytes.fromhex(f"3031300d{SHA256_OBJECT}05000420") + DIGEST

DIGEST_INFOS: dict[str, bytes] = {
    "without the NULL": bytes.fromhex(f"302f300b{SHA256_OBJECT}0420") + DIGEST,
    "the outer length in two bytes": bytes.fromhex(f"308131300d{SHA256_OBJECT}05000420") + DIGEST,
    "the inner length in two bytes": bytes.fromhex(f"303230810d{SHA256_OBJECT}05000420") + DIGEST,
    "the NULL's length in two bytes": bytes.fromhex(f"3032300e{SHA256_OBJECT}0581000420") + DIGEST,
    "the digest's length in two bytes": bytes.fromhex(f"3032300d{SHA256_OBJECT}0500048120")
    + DIGEST,
    "an indefinite length": bytes.fromhex(f"3080300d{SHA256_OBJECT}05000420") + DIGEST + b"\0\0",
    "another parameter than NULL": bytes.fromhex(f"3032300e{SHA256_OBJECT}0201000420") + DIGEST,
    "something after the digest": bytes.fromhex(f"3033300d{SHA256_OBJECT}05000420")
    + DIGEST
    + b"\5\0",
    "a digest one byte longer": bytes.fromhex(f"3032300d{SHA256_OBJECT}05000421") + DIGEST + b"\0",
    "a digest one byte shorter": bytes.fromhex(f"3030300d{SHA256_OBJECT}0500041f") + DIGEST[:-1],
    "SHA-1": bytes.fromhex("3021300906052b0e03021a05000414") + hashlib.sha1(SIGNED).digest(),
    "SHA-384": bytes.fromhex("3041300d060960864801650304020205000430")
    + hashlib.sha384(SIGNED).digest(),
    "SHA-512": bytes.fromhex("3051300d060960864801650304020305000440")
    + hashlib.sha512(SIGNED).digest(),
    "SHA-256 called SHA-512/256": bytes.fromhex("3031300d060960864801650304020605000420") + DIGEST,
    "SHA-256 called MD5": bytes.fromhex("3030300c06082a864886f70d020505000420") + DIGEST,
    "the digest as an octet string": b"\4\x20" + DIGEST,
    "the digest bare": DIGEST,
    "what is signed, bare": SIGNED,
    "nothing": b"",
}


def encoded(
    info: bytes, *, head: bytes = b"\0\1", fill: bytes = b"\xff", zero: bytes = b"\0"
) -> bytes:
    return head + fill * (OCTETS - len(head) - len(zero) - len(info)) + zero + info


def truncated(info: bytes, fill: int) -> bytes:
    """Less padding, and extra bytes after the digest: Bleichenbacher's forgery of 2006."""
    start = b"\0\1" + b"\xff" * fill + b"\0" + info
    return start + b"\xa5" * (OCTETS - len(start))


MESSAGES = {
    **{name: encoded(info) for name, info in DIGEST_INFOS.items()},
    "block type 0": encoded(GENUINE, head=b"\0\0", fill=b"\0"),
    "block type 2": encoded(GENUINE, head=b"\0\2"),
    "a first byte that is not zero": encoded(GENUINE, head=b"\1\1"),
    "padding of other bytes": encoded(GENUINE, fill=b"\xfe"),
    "one byte of padding that is other": encoded(GENUINE).replace(
        b"\xff" * 9, b"\xff" * 8 + b"\1", 1
    ),
    "no zero before the digest": encoded(GENUINE, zero=b"\xff"),
    "a zero within the padding": encoded(b"\xff" * 40 + b"\0" + GENUINE),
    "the digest twice": encoded(GENUINE + GENUINE),
    **{f"{fill} bytes of padding": truncated(GENUINE, fill) for fill in (0, 1, 7, 8, 100)},
}


def raised(value: int, key: RSAPrivateKey) -> bytes:
    """The bare private operation, which signs any number."""
    numbers = key.private_numbers()
    power: int = pow(value, numbers.d, numbers.public_numbers.n)
    return power.to_bytes(OCTETS, "big")


def test_the_unchanged_encoding_is_accepted() -> None:
    genuine = raised(int.from_bytes(encoded(GENUINE), "big"), rsa_key())
    assert genuine == signature(SIGNED)
    assert key_of(rsa_jwk()).signed(genuine, SIGNED)


@for_each("case", MESSAGES)
def test_an_rsa_signature_over_another_encoding_is_refused(case: str) -> None:
    message = int.from_bytes(MESSAGES[case], "big") % rsa_key().public_key().public_numbers().n
    assert not key_of(rsa_jwk()).signed(raised(message, rsa_key()), SIGNED)


@for_each("fill", [0, 1, 8, 60])
def test_a_cube_root_is_not_a_signature_of_a_key_with_exponent_3(fill: int) -> None:
    """A forger needs no private key if the bytes after the digest are not checked."""
    public = rsa_key("three", 2048, 3).public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": "3", "alg": "RS256", "n": number(public.n), "e": "Aw"}
    start = b"\0\1" + b"\xff" * fill + b"\0" + GENUINE
    largest = int.from_bytes(start + b"\xff" * (OCTETS - len(start)), "big")
    low, high = 0, 1 << math.ceil(largest.bit_length() / 3)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= largest else (low, middle - 1)
    cubed = (low**3).to_bytes(OCTETS, "big")
    assert cubed.startswith(start[: OCTETS // 4])
    assert not key_of(jwk).signed(low.to_bytes(OCTETS, "big"), SIGNED)


def rsa_numbers() -> Iterator[tuple[str, bytes]]:
    modulus = rsa_key().public_key().public_numbers().n
    genuine = signature(SIGNED)
    value = int.from_bytes(genuine, "big")
    for name, other in {
        "0": 0,
        "1": 1,
        "n": modulus,
        "n - 1": modulus - 1,
        "n + 1": modulus + 1,
        "n - s": modulus - value,
        "2^2048 - 1": 2**2048 - 1,
    }.items():
        yield name, other.to_bytes(OCTETS, "big")
    for times in range(1, 4):
        longer = value + times * modulus
        yield f"s + {times} n", longer.to_bytes((longer.bit_length() + 7) // 8, "big")
        yield f"s + {times} n, longer", longer.to_bytes(OCTETS + 4, "big")
    yield "backwards", genuine[::-1]
    yield "in hex", genuine.hex().encode()
    yield "in base64url", b64(genuine).encode()
    yield "as a DER octet string", b"\4\x82\1\0" + genuine
    yield "with zeros before", bytes(256) + genuine
    yield "with zeros after", genuine + bytes(256)
    yield "nothing", b""
    for length in (1, 128, 255):
        yield f"{length} bytes of it", genuine[:length]
        yield f"its last {length} bytes", genuine[-length:]


@for_each("algorithm", ["RS256", "RS384", "RS512", "PS256"])
def test_a_number_that_is_not_an_rsa_signature_is_refused(algorithm: str) -> None:
    key = key_of(rsa_jwk(alg=algorithm))
    for case, encoded in rsa_numbers():
        assert not key.signed(encoded, SIGNED), case


# --- PS256: the hash twice, and a salt of its length (RFC 7518, section 3.5) ---


@pytest.mark.parametrize("mask", [SHA256(), SHA1(), SHA512()], ids=lambda one: one.name)
@pytest.mark.parametrize(
    "digest",
    [SHA256(), SHA1(), SHA384(), pytest.param(SHA512_256(), marks=pytest.mark.newest)],
    ids=lambda one: one.name,
)
def test_a_pss_signature_of_another_salt_mask_or_hash_is_refused(
    digest: HashAlgorithm, mask: HashAlgorithm
) -> None:
    key = key_of(rsa_jwk(alg="PS256"))
    for salt in (0, 1, 20, 31, 32, 33, 64, PSS.MAX_LENGTH):
        made = rsa_key().sign(SIGNED, PSS(MGF1(mask), salt), digest)
        is_as_the_rfc_says = (digest.name, mask.name, salt) == ("sha256", "sha256", 32)
        assert key.signed(made, SIGNED) == is_as_the_rfc_says, salt


# --- ES256: two numbers of 32 bytes, each from 1 to n - 1 (RFC 7518, section 3.4) ---

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def pairs() -> Iterator[tuple[str, bytes]]:
    genuine = signature(SIGNED, "ES256")
    r, s = int.from_bytes(genuine[:32], "big"), int.from_bytes(genuine[32:], "big")
    order, most = P256_ORDER, 2**256 - 1
    for name, (first, second) in {
        "0, 0": (0, 0),
        "0, s": (0, s),
        "r, 0": (r, 0),
        "1, 1": (1, 1),
        "n, s": (order, s),
        "r, n": (r, order),
        "n, n": (order, order),
        "n - 1, n - 1": (order - 1, order - 1),
        "n + 1, n + 1": (order + 1, order + 1),
        "the largest": (most, most),
        "n - r, s": (order - r, s),
        "-r, s": (2**256 - r, s),
        "r, -s": (r, 2**256 - s),
        "s, r": (s, r),
        "r, r": (r, r),
        "r + 1, s": (r + 1, s),
    }.items():
        yield name, first.to_bytes(32, "big") + second.to_bytes(32, "big")
    for name, (first, second) in {"r + n, s": (r + order, s), "r, s + n": (r, s + order)}.items():
        yield name, first.to_bytes(33, "big") + second.to_bytes(33, "big")
    yield "in 33 bytes each", b"\0" + genuine[:32] + b"\0" + genuine[32:]
    yield "a zero before", b"\0" + genuine
    yield "a zero after", genuine + b"\0"
    yield "a zero before and one byte less", b"\0" + genuine[:-1]
    yield "63 bytes", genuine[:-1]
    yield "twice", genuine * 2
    yield "r alone", genuine[:32]
    yield "little-endian", genuine[:32][::-1] + genuine[32:][::-1]
    yield "nothing", b""


@for_each("case", [name for name, _ in pairs()])
def test_a_pair_that_is_not_an_es256_signature_is_refused(case: str) -> None:
    assert not key_of(ec_jwk()).signed(dict(pairs())[case], SIGNED)


# --- EdDSA: s below the order, keys for which only the owner can sign (RFC 8032, section 5.1.7) ---

ED_PRIME = 2**255 - 19
ED_ORDER = 2**252 + 27742317777372353535851937790883648493
ED_D = -121665 * pow(121666, -1, ED_PRIME) % ED_PRIME

Point = tuple[int, int]


def added(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    product = ED_D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, ED_PRIME) % ED_PRIME
    return x, (y1 * y2 + x1 * x2) * pow(1 - product, -1, ED_PRIME) % ED_PRIME


def times(count: int, point: Point) -> Point:
    total: Point = (0, 1)
    for bit in f"{count:b}":
        total = added(total, total)
        total = added(total, point) if bit == "1" else total
    return total


def point_of(y: int) -> Point | None:
    square = (y * y - 1) * pow(ED_D * y * y + 1, -1, ED_PRIME) % ED_PRIME
    x = pow(square, (ED_PRIME + 3) // 8, ED_PRIME)
    for root in (x, x * pow(2, (ED_PRIME - 1) // 4, ED_PRIME) % ED_PRIME):
        if root * root % ED_PRIME == square:
            return root, y
    return None


def points_of_small_order() -> set[Point]:
    """Points multiplied by the large order: only the part of small order is left."""
    points = (point_of(y) for y in range(2, 60))
    return {times(ED_ORDER, point) for point in points if point}


def spellings(point: Point) -> Iterator[bytes]:
    """A point's number with each sign, and in the longer form if it fits in 255 bits."""
    _, y = point
    for number_of_y in (y, y + ED_PRIME):
        if number_of_y < 2**255:
            for sign in (0, 2**255):
                yield (number_of_y + sign).to_bytes(32, "little")


def test_an_ed25519_key_for_which_everyone_can_sign_is_refused() -> None:
    points = points_of_small_order()
    points |= {((-x) % ED_PRIME, y) for x, y in points}
    assert len(points) == 8
    found = {octets for point in points for octets in spellings(point)}
    assert len(found) == 14
    for octets in found:
        with pytest.raises(ConfigurationError, match="OA-C776"):
            key_of(ed_jwk(x=b64(octets)))


def test_an_eddsa_signature_has_one_number() -> None:
    genuine = signature(SIGNED, "EdDSA")
    key = key_of(ed_jwk())
    assert key.signed(genuine, SIGNED)
    s = int.from_bytes(genuine[32:], "little")
    for count in range(1, (2**256 - s) // ED_ORDER + 1):
        longer = (s + count * ED_ORDER).to_bytes(32, "little")
        assert not key.signed(genuine[:32] + longer, SIGNED)
    for other in (
        *(bytes(64), b"\1" + bytes(63), genuine[::-1], genuine[32:] + genuine[:32]),
        *(genuine[:-1], genuine + b"\0", b"\0" + genuine, genuine[:32], genuine * 2, b""),
        genuine[:31] + bytes([genuine[31] ^ 0x80]) + genuine[32:],
    ):
        assert not key.signed(other, SIGNED)
    assert not key.signed(ed_key().sign(hashlib.sha512(SIGNED).digest()), SIGNED)


def test_a_signature_of_another_keys_kind_is_refused() -> None:
    kinds = {"RS256": rsa_jwk(), "ES256": ec_jwk(), "EdDSA": ed_jwk()}
    for algorithm in kinds:
        made = signature(SIGNED, algorithm)
        for other, member in kinds.items():
            assert key_of(member).signed(made, SIGNED) == (other == algorithm)


def test_a_pool_s_verifier_accepts_no_wrong_signature_in_a_token() -> None:
    from verification.minting import claims, header, text
    from verification.test_claims import codes

    signed = f"{b64(text(header()))}.{b64(text(claims()))}"
    for _, octets in rsa_numbers():
        forged = f"{signed}.{b64(octets)}"
        assert codes(pool_verifier(), forged) in (["V512"], ["V501"])
