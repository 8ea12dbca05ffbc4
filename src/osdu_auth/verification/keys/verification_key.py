"""VerificationKey: a public key that checks one algorithm's signatures.

The law of this module: a key is a value of this type or it is no key. Nothing that verifies takes
text or bytes for a key, so no public key's text can be taken for a secret, whatever its spelling.
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

# One block and nothing beside it: nobody could say which of two keys is meant.
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*")
_PEM_LIMIT = 16 * 1024  # bytes; an RSA key of 8192 bits takes about 1,500


@dataclass(frozen=True)
class VerificationKey:
    """A public key, the one algorithm it is for, and the name that tokens call it by.

    Args:
        algorithm: such as `RS256`.
        public_key: a public key of the `cryptography` package.
        kid: the key's id (RFC 7517, section 4.5); None where it has none.

    Raises:
        ConfigurationError: OA-C775: the key is weak, oversized, or does not fit the algorithm,
            or its id is no text.
    """

    algorithm: str
    public_key: PublicKey = field(compare=False)
    kid: str | None = None
    # What keys are compared by: before cryptography 40 they equal nothing but themselves.
    _encoded: bytes = field(init=False, repr=False)
    _check: Callable[[bytes, bytes], None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        reason = reason_to_refuse(self.algorithm, self.public_key) or _reason_to_refuse_id(self.kid)
        if reason:
            raise ConfigurationError(
                "That key cannot be used to verify tokens.",
                code="OA-C775",
                why=reason,
                fix="Take the issuer's key from its key set: KeySet.from_file(PATH)",
            )
        encoded = self.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        object.__setattr__(self, "_encoded", encoded)
        object.__setattr__(self, "_check", signature_check(self.algorithm, self.public_key))

    @classmethod
    @without_locals
    def from_pem(cls, pem: bytes, *, algorithm: str, kid: str | None = None) -> Self:
        """Return the key of a PEM text of one block `-----BEGIN PUBLIC KEY-----` (RFC 7468).

        Args:
            pem: the text, in bytes; certificates, private keys and other formats are refused.
            algorithm: the one that it is to be used with.
            kid: the name that tokens call it by.

        Raises:
            ConfigurationError: OA-C774: it is no such text; OA-C775: the key cannot be used.
        """
        return cls(algorithm, _read_pem(pem), kid)

    def signed(self, signature: bytes, signed: bytes) -> bool:
        """Say whether `signature` is this key's over `signed`."""
        try:
            self._check(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def _reason_to_refuse_id(kid: object) -> str:
    return "" if kid is None or isinstance(kid, str) else "Its id is no text."


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
        why="It is bytes of one block -----BEGIN PUBLIC KEY-----, with nothing before or after.",
        fix="Convert it, and read the file as bytes: "
        + Command("openssl", "pkey", "-pubin", "-in", Blank("KEY"), "-pubout", "-out", "key.pem"),
    )
