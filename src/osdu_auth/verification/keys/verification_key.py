"""VerificationKey: a public key that checks one algorithm's signatures.

Invariant: only a value of this type is a key. No verifier accepts text or bytes as a key, so the
text of a public key can never be used as the secret of an HMAC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Command
from osdu_auth.secret import without_locals
from osdu_auth.verification.keys.algorithms import PublicKey, signature_check
from osdu_auth.verification.keys.key_strength import reason_to_refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

# Exactly one block: with two keys it would not be clear which key is meant.
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*")
_PEM_LIMIT = 16 * 1024  # bytes; an RSA key of 8192 bits takes about 1,500


@dataclass(frozen=True)
class VerificationKey:
    """A public key, its one algorithm, and its id.

    Args:
        algorithm: such as `RS256`.
        public_key: a public key of the `cryptography` package.
        kid: the key's id (RFC 7517, section 4.5); None if the key has no id.

    Raises:
        ConfigurationError: OA-C775: the key is weak, too large, or does not fit the algorithm, or
            its id is not a text.
    """

    algorithm: str
    public_key: PublicKey = field(compare=False)
    kid: str | None = None
    # Keys are compared by this: before cryptography 40 each key object equals only itself.
    _encoded: bytes = field(init=False, repr=False)
    _check: Callable[[bytes, bytes], None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        reason = reason_to_refuse(self.algorithm, self.public_key) or _reason_to_refuse_id(self.kid)
        if reason:
            raise ConfigurationError(
                "That key cannot be used to verify tokens.",
                code="OA-C775",
                why=reason,
                fix="Use the key in the issuer's key set: KeySet.from_file(PATH)",
            )
        encoded = self.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        object.__setattr__(self, "_encoded", encoded)
        object.__setattr__(self, "_check", signature_check(self.algorithm, self.public_key))

    @classmethod
    @without_locals
    def from_pem(cls, pem: bytes, *, algorithm: str, kid: str | None = None) -> Self:
        """Return the key of a PEM text of one block `-----BEGIN PUBLIC KEY-----` (RFC 7468).

        Args:
            pem: the text, as bytes; certificates, private keys and other formats are refused.
            algorithm: the algorithm that the key is used with.
            kid: the key's id, which tokens name.

        Raises:
            ConfigurationError: OA-C774: it is another text; OA-C775: the key cannot be used.
        """
        return cls(algorithm, _read_pem(pem), kid)

    def signed(self, signature: bytes, signed: bytes) -> bool:
        """Say whether this key has made `signature` for the bytes `signed`."""
        try:
            self._check(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def _reason_to_refuse_id(kid: object) -> str:
    return "" if kid is None or isinstance(kid, str) else "Its id is not a text."


def _read_pem(pem: bytes) -> PublicKey:
    given: object = pem
    if isinstance(given, bytes) and len(pem) <= _PEM_LIMIT and _PEM.fullmatch(pem):
        try:
            return load_pem_public_key(pem)  # type: ignore[return-value]  # the kind is checked next
        except (ValueError, UnsupportedAlgorithm):
            pass
    raise ConfigurationError(
        "That is not a public key in PEM form.",
        code="OA-C774",
        why="It has to be bytes with one block -----BEGIN PUBLIC KEY-----, and nothing else.",
        fix="Convert it, and read the file as bytes: "
        + Command("openssl", "pkey", "-pubin", "-in", Blank("KEY"), "-pubout", "-out", "key.pem"),
    )
