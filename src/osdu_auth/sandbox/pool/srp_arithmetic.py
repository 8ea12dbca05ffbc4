"""The host's half of the Secure Remote Password protocol (SRP-6a), as Cognito speaks it.

The formulas and the names are those of RFC 5054, section 2.5. Amazon Cognito differs from it in
four places: SHA-256 instead of SHA-1, its own octets for numbers, a key derived with HKDF (RFC
5869), and a proof over its own message. Everywhere here, `octets` makes octets of a number.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

# RFC 5054, appendix A, group 5: the 3072-bit prime, which RFC 3526 has as group 15.
N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33"
    "A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864"
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2"
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
"""The modulus."""

GENERATOR = 2
"""The generator `g` of the group."""

_BASE, _PLACES = 16, 64  # digits of an exponent of 256 bits
_KEY_OCTETS = 16
_KEY_INFO = b"Caldera Derived Key\x01"


def octets(number: int) -> bytes:
    """Return a number, zero or more, as a two's complement of the fewest octets, big end first."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def private_value(salt: int, group: str, name: str, password: str) -> int:
    """Return `x`, which follows from the password.

    Args:
        salt: the salt, as a number.
        group: the pool's name, or a device group's key; it stands before the name.
        name: the canonical user name, or a device's key.
        password: the password.
    """
    inner = hashlib.sha256(f"{group}{name}:{password}".encode()).digest()
    return _hashed(octets(salt), inner)


def verifier(salt: int, group: str, name: str, password: str) -> int:
    """Return `v`, which the host keeps in place of a password; see `private_value`."""
    return _power_of_generator(private_value(salt, group, name, password))


def host_public_value(password_verifier: int, host_secret: int) -> int:
    """Return `B`, the host's public value: `(k*v + g^b) mod N`."""
    return (_multiplier() * password_verifier + _power_of_generator(host_secret)) % N


def scrambling(client_public: int, host_public: int) -> int:
    """Return `u`, the hash of both public values."""
    return _hashed(octets(client_public), octets(host_public))


def premaster_secret(
    client_public: int, password_verifier: int, scramble: int, host_secret: int, modulus: int = N
) -> int:
    """Return `S`, which both sides compute: `(A * v^u)^b mod N` (RFC 5054, section 2.6)."""
    return pow(client_public * pow(password_verifier, scramble, modulus), host_secret, modulus)


def proof_key(secret: int, scramble: int) -> bytes:
    """Return the 16 octets of the signing key, derived from `S` with HKDF and `u` as its salt."""
    extracted = hmac.new(octets(scramble), octets(secret), hashlib.sha256).digest()
    return hmac.new(extracted, _KEY_INFO, hashlib.sha256).digest()[:_KEY_OCTETS]


def proof(key: bytes, group: str, name: str, secret_block: bytes, timestamp: str) -> str:
    """Return the password claim signature, in base64.

    Args:
        key: the key of `proof_key`.
        group: as in `private_value`.
        name: as in `private_value`.
        secret_block: the secret block, decoded.
        timestamp: the time as the client wrote it.
    """
    message = group.encode() + name.encode() + secret_block + timestamp.encode()
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _power_of_generator(exponent: int) -> int:
    """Return `g` to a power, modulo `N`; up to 256 bits it takes a quarter of the time of `pow`."""
    if exponent >= _BASE**_PLACES:
        return pow(GENERATOR, exponent, N)
    power = 1
    for place in _powers_of_generator():
        power = power * place[exponent % _BASE] % N
        exponent //= _BASE
    return power


@lru_cache(maxsize=1)
def _powers_of_generator() -> list[list[int]]:
    """Return the powers of `g` for each digit of an exponent, place by place."""
    places, unit = [], GENERATOR
    for _ in range(_PLACES):
        place = [1]
        for _ in range(1, _BASE):
            place.append(place[-1] * unit % N)
        places.append(place)
        unit = place[-1] * unit % N
    return places


@lru_cache(maxsize=1)
def _multiplier() -> int:
    """Return `k`."""
    return _hashed(octets(N), octets(GENERATOR))


def _hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")
