"""SRP-6a as user pools do it: showing that one knows a password without sending it.

    N, g, k     the 3072-bit group of RFC 5054, appendix A (RFC 3526), 2, H(N | g)
    a, A        our secret, g^a
    B           the pool's public value, k·v + g^b
    u           H(A | B)
    x           H(salt | H(pool name | user | ":" | password))
    S           (B - k·g^x)^(a + u·x)
    key         16 bytes of HKDF (RFC 5869) of S, salted with u, for "Caldera Derived Key"

H is SHA-256. A number is hashed as Java writes it (`BigInteger.toByteArray`): as few bytes as its
two's complement takes, so one zero byte goes before a top bit that is set. The salt is a number,
too, and not a text: leading zeros of it do not count.

The law of this module: it computes, and sends and asks nothing. What the pool gave is refused
before it is computed with. No private number is shown by a `repr`.

The sizes: `a` has 256 bits, which RFC 5054, section 3.1 asks for at least. Finding it takes 2^128
steps (Pollard's kangaroo), as much as this group gives against other attacks; the 1,024 bits that
other clients take cost more and add nothing.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import digest
from os import urandom
from typing import TYPE_CHECKING

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
    """What the pool gave cannot be computed with, or would give the password away."""


class SrpExchange:
    """One exchange: a fresh secret number and what it makes public.

    Args:
        secret: the secret number, for known answers; None for a random one.
    """

    __slots__ = ("_secret", "public")

    def __init__(self, secret: int | None = None) -> None:
        if secret is None:
            # The top bit keeps the number from being small by chance.
            secret = int.from_bytes(urandom(SIZE_OF_SECRET // 8), "big") | _TOP_BIT
        self._secret = secret
        self.public = pow(GENERATOR, secret, PRIME)

    def key(self, server_public: int, password_hash: int) -> bytes:
        """Return the key that only the two who know the password can find.

        Args:
            server_public: the pool's public value (B).
            password_hash: as of `password_hash` (x).

        Raises:
            InvalidServerValue: B is no number of the group, or u is 0 (RFC 5054, section 2.5.3).
        """
        require_valid_public_value(server_public)
        scrambling = scrambling_parameter(self.public, server_public)
        if scrambling == 0:
            raise InvalidServerValue("u is 0")
        shared = premaster_secret(server_public, self._secret, scrambling, password_hash)
        return derived_key(shared, scrambling)


def require_valid_public_value(server_public: int) -> None:
    """Refuse a public value that lets somebody sign in who knows no password.

    A pool reduces its value by the prime, so a larger one is none of a pool either.

    Raises:
        InvalidServerValue: it is not between 0 and the prime, both excluded.
    """
    if not 0 < server_public < PRIME:
        raise InvalidServerValue("B is not a number of the group")


def java_bytes(number: int) -> bytes:
    """Return a number's bytes as Java writes them: the shortest two's complement."""
    magnitude = number if number >= 0 else ~number
    return number.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)


def scrambling_parameter(client_public: int, server_public: int) -> int:
    """Return u, which depends on what both sides made public."""
    return _number(java_bytes(client_public) + java_bytes(server_public))


def password_hash(pool_name: str, user: str, password: Secret, salt: int) -> int:
    """Return x, which is all that the password goes into.

    Args:
        pool_name: what follows the underscore in a pool's id; a device's group key for a device.
        user: the pool's own name of the user; a device's key for a device.
        password: the user's, or the device's; it must be a text that UTF-8 can carry.
        salt: as the pool keeps it.
    """
    identity = sha256(f"{pool_name}{user}:".encode())
    identity.update(password.reveal().encode())
    return _number(java_bytes(salt) + identity.digest())


def premaster_secret(
    server_public: int,
    secret: int,
    scrambling: int,
    password_hash: int,
    prime: int = PRIME,
    multiplier: int | None = None,
) -> int:
    """Return S, the number that both sides come to.

    Args:
        server_public: B.
        secret: a.
        scrambling: u.
        password_hash: x.
        prime: N; another than Cognito's for the known answers of RFC 5054.
        multiplier: k, of the same group; None for Cognito's.
    """
    masked = (MULTIPLIER if multiplier is None else multiplier) * pow(
        GENERATOR, password_hash, prime
    )
    # Reduced, and so not negative, before it is raised to a power.
    return pow((server_public - masked) % prime, secret + scrambling * password_hash, prime)


def verifier(password_hash: int) -> int:
    """Return v, by which one who does not know the password can check it."""
    return pow(GENERATOR, password_hash, PRIME)


def derived_key(shared: int, scrambling: int) -> bytes:
    """Return the key that comes of the shared number (HKDF of RFC 5869 with SHA-256)."""
    extracted = digest(java_bytes(scrambling), java_bytes(shared), "sha256")
    return digest(extracted, _KEY_INFO, "sha256")[:_KEY_SIZE]


def signature(key: bytes, pool_name: str, user: str, secret_block: bytes, timestamp: str) -> bytes:
    """Return what shows the pool that we found the key.

    Args:
        key: as of `Exchange.key`.
        pool_name: as of `password_hash`.
        user: as of `password_hash`.
        secret_block: what the pool gave to be signed.
        timestamp: the time of signing, as of `timestamp`.
    """
    message = b"".join((pool_name.encode(), user.encode(), secret_block, timestamp.encode("ascii")))
    return digest(key, message, "sha256")


def _number(hashed: bytes) -> int:
    return int.from_bytes(sha256(hashed).digest(), "big")


MULTIPLIER = _number(java_bytes(PRIME) + java_bytes(GENERATOR))
