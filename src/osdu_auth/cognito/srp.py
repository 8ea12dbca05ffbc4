"""SRP-6a as user pools use it: a proof of the password, without sending the password.

    N, g, k     the 3072-bit group of RFC 5054, appendix A (RFC 3526), 2, H(N | g)
    a, A        our secret, g^a
    B           the pool's public value, k·v + g^b
    u           H(A | B)
    x           H(salt | H(pool name | user | ":" | password))
    S           (B - k·g^x)^(a + u·x)
    key         16 bytes of HKDF (RFC 5869) of S, salted with u, for "Caldera Derived Key"

H is SHA-256. A number is hashed in Java's form (`BigInteger.toByteArray`): the shortest two's
complement, so a zero byte precedes a top bit that is set. The salt is a number too, and not a text:
its leading zeros do not count.

Invariants: this module only computes; it sends and asks nothing. A value of the pool is checked
before it is used. No `repr` shows a private number.

Sizes: `a` has 256 bits, the minimum of RFC 5054, section 3.1. To find it takes 2^128 steps
(Pollard's kangaroo), which is also this group's strength against other attacks. The 1,024 bits of
other clients take longer and add no security.
"""

from __future__ import annotations

from os import urandom
from typing import TYPE_CHECKING

# `hashlib` would load a second OpenSSL.
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.hmac import HMAC

if TYPE_CHECKING:
    from osdu_auth.secret import Secret

_PRIME_LINES = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22",
    "514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6",
    "F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D",
    "C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB",
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E8603",
    "9B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D",
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864",
    "D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB31",
    "43DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
)
PRIME = int("".join(_PRIME_LINES), 16)
GENERATOR = 2
SIZE_OF_SECRET = 256  # bits of `a`
_TOP_BIT = 1 << (SIZE_OF_SECRET - 1)
_KEY_INFO = b"Caldera Derived Key\x01"
_KEY_SIZE = 16  # bytes


class InvalidServerValue(ValueError):
    """A value of the pool is invalid; to use it could reveal the password."""


class SrpExchange:
    """One SRP exchange: a new secret number and its public value.

    Args:
        secret: a fixed secret number, for tests with known answers; None for a random one.
    """

    __slots__ = ("_secret", "public")

    def __init__(self, secret: int | None = None) -> None:
        if secret is None:
            # The top bit is set, so the number cannot be small by chance.
            secret = int.from_bytes(urandom(SIZE_OF_SECRET // 8), "big") | _TOP_BIT
        self._secret = secret
        self.public = pow(GENERATOR, secret, PRIME)

    def key(self, server_public: int, password_hash: int) -> bytes:
        """Return the key, which only a party that knows the password can compute.

        Args:
            server_public: the pool's public value (B).
            password_hash: see `password_hash` (x).

        Raises:
            InvalidServerValue: B is not a number of the group, or u is 0 (RFC 5054, section 2.5.3).
        """
        require_valid_public_value(server_public)
        scrambling = scrambling_parameter(self.public, server_public)
        if scrambling == 0:
            raise InvalidServerValue("u is 0")
        shared = premaster_secret(server_public, self._secret, scrambling, password_hash)
        return derived_key(shared, scrambling)


def require_valid_public_value(server_public: int) -> None:
    """Refuse a public value with which the password would not be proved.

    A pool reduces its value modulo the prime, so a larger value is not a pool's.

    Raises:
        InvalidServerValue: it is not between 0 and the prime, both excluded.
    """
    if not 0 < server_public < PRIME:
        raise InvalidServerValue("B is not a number of the group")


def java_bytes(number: int) -> bytes:
    """Return a number's bytes in Java's form: the shortest two's complement."""
    magnitude = number if number >= 0 else ~number
    return number.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)


def scrambling_parameter(client_public: int, server_public: int) -> int:
    """Return u, the hash of both public values (RFC 5054, section 2.6)."""
    return _number(java_bytes(client_public) + java_bytes(server_public))


def password_hash(pool_name: str, user: str, password: Secret, salt: int) -> int:
    """Return x, the only number that depends on the password.

    Args:
        pool_name: the part of a pool's id after the underscore; for a device its group key.
        user: the pool's name of the user; for a device its key.
        password: the password of the user or the device; UTF-8 must be able to encode it.
        salt: the salt that the pool stores.
    """
    identity = Hash(SHA256())
    identity.update(f"{pool_name}{user}:".encode())
    identity.update(password.reveal().encode())
    return _number(java_bytes(salt) + identity.finalize())


def premaster_secret(
    server_public: int,
    secret: int,
    scrambling: int,
    password_hash: int,
    prime: int = PRIME,
    multiplier: int | None = None,
) -> int:
    """Return S, the premaster secret, which both sides compute.

    Args:
        server_public: B.
        secret: a.
        scrambling: u.
        password_hash: x.
        prime: N; other groups are used for the known answers of RFC 5054.
        multiplier: k of the same group; None for Cognito's.
    """
    masked = (MULTIPLIER if multiplier is None else multiplier) * pow(
        GENERATOR, password_hash, prime
    )
    # The modulo makes the number positive before it is raised to a power.
    return pow((server_public - masked) % prime, secret + scrambling * password_hash, prime)


def verifier(password_hash: int) -> int:
    """Return v, the verifier, with which the pool checks a password that it does not know."""
    return pow(GENERATOR, password_hash, PRIME)


def derived_key(shared: int, scrambling: int) -> bytes:
    """Return the key derived from the premaster secret (HKDF of RFC 5869 with SHA-256)."""
    extracted = _hmac(java_bytes(scrambling), java_bytes(shared))
    return _hmac(extracted, _KEY_INFO)[:_KEY_SIZE]


def signature(key: bytes, pool_name: str, user: str, secret_block: bytes, timestamp: str) -> bytes:
    """Return the signature that proves to the pool that the client has the key.

    Args:
        key: the key of `SrpExchange.key`.
        pool_name: see `password_hash`.
        user: see `password_hash`.
        secret_block: the block that the pool sent to be signed.
        timestamp: the time of signing, as `pool_clock.timestamp` returns it.
    """
    message = b"".join((pool_name.encode(), user.encode(), secret_block, timestamp.encode("ascii")))
    return _hmac(key, message)


def _hmac(key: bytes, message: bytes) -> bytes:
    signature = HMAC(key, SHA256())
    signature.update(message)
    return signature.finalize()


def _number(hashed: bytes) -> int:
    digest = Hash(SHA256())
    digest.update(hashed)
    return int.from_bytes(digest.finalize(), "big")


MULTIPLIER = _number(java_bytes(PRIME) + java_bytes(GENERATOR))
