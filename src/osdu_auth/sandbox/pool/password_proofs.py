"""Password proofs: PASSWORD_VERIFIER and its kin, from a client's public value to its signature.

The laws of this module: a secret block is good for one proof; a wrong signature uses it up, and
so does success; it stands for the user, the app client and the public value it was made for.
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
# 384 octets and the one that keeps the number positive, two digits each.
_MOST_DIGITS = 2 * 385
_SECRET_BLOCK_OCTETS = 900
_HOST_SECRET_BITS = 64  # for an hour at a sandbox; a power to 256 takes three times the time


@dataclass(frozen=True)
class Verifier:
    """What proves a password without being it.

    Attributes:
        group: The pool's name, or a device group's key.
        name: The canonical user name, or a device's key.
        salt: The salt, in octets.
        value: `v`.
    """

    group: str
    name: str
    salt: bytes
    value: int = field(repr=False)


@dataclass(frozen=True)
class OpenProof:
    """A proof that is awaited.

    Attributes:
        verifier: Whose.
        client_public: The client's `A`.
        host_public: Our `B`.
        host_secret: Our `b`.
        secret_block: The block the proof must return, in base64.
    """

    verifier: Verifier
    client_public: int
    host_public: int
    host_secret: int = field(repr=False)
    secret_block: str = field(repr=False)

    def parameters(self, *, leading_zeros: bool) -> dict[str, str]:
        """Return the `ChallengeParameters` that ask for it."""
        salt = self.verifier.salt.hex()
        if not leading_zeros:
            salt = f"{int(salt, 16):x}"
        return {"SALT": salt, "SRP_B": f"{self.host_public:x}", "SECRET_BLOCK": self.secret_block}

    def is_shown_by(self, signature: str, timestamp: str) -> bool:
        """Tell whether a signature, in base64, proves the password."""
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


def await_proof(verifier: Verifier, client_public: int) -> OpenProof:
    """Return a new proof to wait for, with a public value of our own."""
    while True:
        host_secret = secrets.randbits(_HOST_SECRET_BITS) | 1
        host_public = srp_arithmetic.host_public_value(verifier.value, host_secret)
        # RFC 5054, section 2.5.3 and 2.5.4: neither may be zero. It has never happened.
        if host_public and srp_arithmetic.scrambling(client_public, host_public):
            break
    block = base64.b64encode(os.urandom(_SECRET_BLOCK_OCTETS)).decode()
    return OpenProof(verifier, client_public, host_public, host_secret, block)


def client_public_value(parameters: Mapping[str, str]) -> int:
    """Return the number in `SRP_A`.

    Args:
        parameters: The `AuthParameters` or `ChallengeResponses`.

    Raises:
        PoolError: `InvalidParameterException` if it is missing, no hexadecimal number, too
            large, or zero modulo N (RFC 5054, section 2.5.4). The sentences are not published.
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
