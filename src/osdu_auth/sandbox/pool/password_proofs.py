"""Password proofs: the pool's half of SRP, from a client's public value to its signature.

Invariants: a secret block is valid for one proof, whether the signature is right or wrong. It
belongs to the user, the app client and the public value that it was made for.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool import srp_arithmetic
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping


SECRET_BLOCK = "PASSWORD_CLAIM_SECRET_BLOCK"  # noqa: S105 - a parameter's name
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
# 385 octets of two digits each: 384, and one more that keeps the number positive.
_MOST_DIGITS = 2 * 385
_SECRET_BLOCK_OCTETS = 900
_HOST_SECRET_BITS = 64  # enough for a sandbox; an exponent of 256 bits takes three times as long


@dataclass(frozen=True)
class PasswordVerifier:
    """The verifier of a password (RFC 5054): it can check a proof, but it is not the password.

    Attributes:
        group: the pool's name, or a device group's key.
        name: the canonical user name, or a device's key.
        salt: the salt, in octets.
        value: `v`.
    """

    group: str
    name: str
    salt: bytes
    value: int = field(repr=False)


@dataclass(frozen=True)
class AwaitedProof:
    """A proof that the pool waits for.

    Attributes:
        verifier: the verifier of the password.
        client_public: the client's `A`.
        host_public: the pool's `B`.
        host_secret: the pool's `b`.
        secret_block: the block that the proof must return, in base64.
    """

    verifier: PasswordVerifier
    client_public: int
    host_public: int
    host_secret: int = field(repr=False)
    secret_block: str = field(repr=False)

    def parameters(self, *, leading_zeros: bool) -> dict[str, str]:
        """Return the `ChallengeParameters` that ask for the proof."""
        salt = self.verifier.salt.hex()
        if not leading_zeros:
            salt = f"{int(salt, 16):x}"
        return {"SALT": salt, "SRP_B": f"{self.host_public:x}", "SECRET_BLOCK": self.secret_block}

    def is_proven_by(self, signature: str, timestamp: str) -> bool:
        """Say whether a signature, in base64, proves the password."""
        scramble = srp_arithmetic.scrambling(self.client_public, self.host_public)
        secret = srp_arithmetic.premaster_secret(
            self.client_public, self.verifier.value, scramble, self.host_secret
        )
        expected = srp_arithmetic.proof(
            srp_arithmetic.proof_key(secret, scramble),
            self.verifier.group,
            self.verifier.name,
            base64.b64decode(self.secret_block),
            timestamp,
        )
        return hmac.compare_digest(expected.encode(), signature.encode())


def await_proof(verifier: PasswordVerifier, client_public: int) -> AwaitedProof:
    """Return a new proof to wait for, with a new public value of the pool."""
    while True:
        host_secret = secrets.randbits(_HOST_SECRET_BITS) | 1
        host_public = srp_arithmetic.host_public_value(verifier.value, host_secret)
        # RFC 5054, section 2.5.3 and 2.5.4: neither may be zero; this has not been seen.
        if host_public and srp_arithmetic.scrambling(client_public, host_public):
            break
    block = base64.b64encode(os.urandom(_SECRET_BLOCK_OCTETS)).decode()
    return AwaitedProof(verifier, client_public, host_public, host_secret, block)


def client_public_value(parameters: Mapping[str, str]) -> int:
    """Return the number in `SRP_A`.

    Args:
        parameters: the `AuthParameters` or `ChallengeResponses`.

    Raises:
        PoolError: `InvalidParameterException` if it is missing, no hexadecimal number, too large,
            or zero modulo N (RFC 5054, section 2.5.4). The sentences are not published.
    """
    text = parameters.get("SRP_A")
    if not text:
        raise missing_parameter("SRP_A")
    if len(text) > _MOST_DIGITS or not _HEXADECIMAL.fullmatch(text):
        raise invalid_parameter("SRP_A is not a hexadecimal number of at most 3072 bits")
    value = int(text, 16)
    if not 0 < value < srp_arithmetic.N:
        raise invalid_parameter("SRP_A is not a public value of the group")
    return value
