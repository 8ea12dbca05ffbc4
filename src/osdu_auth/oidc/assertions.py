"""Assertions, signed with an app client's private key and sent instead of a secret.

`private_key_jwt` is RFC 7523, section 3, and OpenID Connect Core 1.0, section 9; a certificate is
Entra's method ("Microsoft identity platform application authentication certificate credentials").
Invariant: an assertion is valid for one minute and has its own id, so each request gets a new
assertion.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from osdu_auth.errors import ConfigurationError
from osdu_auth.oidc.token_endpoint import base64url
from osdu_auth.profiles.references import ReferenceTarget
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography.x509 import Certificate

LIFETIME = 60  # seconds
_CLOCK_TOLERANCE = 300  # seconds
_SHORTEST_RSA_KEY = 2048  # bits (RFC 7518, section 3.3)
_SALT_LENGTH = 32  # bytes: the length of the hash (RFC 7518, section 3.5)
# The `typ` of assertions for an issuer (draft-ietf-oauth-rfc7523bis), and for other audiences.
_TYPE_FOR_ISSUER, _TYPE_FOR_OTHERS = "client-authentication+jwt", "JWT"
# The hash for each elliptic curve (RFC 7518, section 3.4); other curves have the same sizes.
_HASHES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}


def _pem_in(text: str, place: str) -> Secret:
    """Return a PEM text; the lines of a text that was given as one line are restored."""
    del place
    return Secret((text.replace("\\n", "\n") if "\n" not in text.strip() else text).strip())


PRIVATE_KEY = ReferenceTarget(
    "The service account's private key", "client_key", _pem_in, is_whole=True
)
CERTIFICATE = ReferenceTarget(
    "The service account's certificate", "client_certificate", _pem_in, is_whole=True
)


class Signer(NamedTuple):
    """A private key, and how it signs.

    Args:
        algorithm: such as `RS256` (RFC 7518, section 3.1).
        sign: returns the signature of bytes.
        header: further members of the assertion's header.
        key: the private key, an object of the cryptography library.
    """

    algorithm: str
    sign: Callable[[bytes], bytes]
    header: dict[str, str]
    key: Any

    def __repr__(self) -> str:
        return f"<signer by {self.algorithm}>"


def signer_with_key(pem: Secret, key_id: str | None) -> Signer:
    """Return a signer that uses a private key.

    Args:
        pem: the key.
        key_id: its id at the issuer; None to send no id.

    Raises:
        ConfigurationError: OA-A705: the private key cannot be used.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    key = _private_key(pem)
    header = {} if key_id is None else {"kid": key_id}
    if isinstance(key, RSAPrivateKey):
        _require_rsa_length(key)
        return Signer("RS256", lambda data: _by_pkcs1(key, data), header, key)
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _HASHES:
        name = _HASHES[key.curve.name]
        return Signer(f"ES{name[3:]}", lambda data: _by_curve(key, data, name), header, key)
    if isinstance(key, Ed25519PrivateKey):
        return Signer("EdDSA", key.sign, header, key)
    raise _unusable_key("It is not an RSA, P-256, P-384, P-521 or Ed25519 key.")


def signer_with_certificate(pem: Secret, certificate: Secret, now: float) -> Signer:
    """Return a signer that uses the key of a certificate, as Entra requires it.

    Args:
        pem: the private key.
        certificate: the certificate, as PEM.
        now: seconds since 1970.

    Raises:
        ConfigurationError: OA-A705: one of them cannot be used, or they do not belong together, or
            the certificate has expired.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key, parsed = _private_key(pem), _certificate(certificate)
    if not isinstance(key, RSAPrivateKey):
        raise _unusable_key("Entra accepts only a certificate with an RSA key.")
    _require_rsa_length(key)
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*public) != parsed.public_key().public_bytes(*public):
        raise _unusable_key("The certificate belongs to another key.", CERTIFICATE)
    _require_valid_now(parsed, now)
    thumbprint = hashlib.sha256(parsed.public_bytes(Encoding.DER)).digest()
    header = {"x5t#S256": base64url(thumbprint)}
    return Signer("PS256", lambda data: _by_pss(key, data), header, key)


def assertion(
    signer: Signer, client_id: str, audience: str, now: float, *, for_issuer: bool
) -> Secret:
    """Return a new assertion.

    Args:
        signer: the key.
        client_id: the app client, which is issuer and subject of the assertion.
        audience: the audience of the assertion.
        now: seconds since 1970.
        for_issuer: whether the audience is the issuer's own name.
    """
    issued = int(now)
    header = {
        "alg": signer.algorithm,
        "typ": _TYPE_FOR_ISSUER if for_issuer else _TYPE_FOR_OTHERS,
        **signer.header,
    }
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued,
        "nbf": issued,
        "exp": issued + LIFETIME,
        "jti": secrets.token_urlsafe(24),
    }
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return Secret(f"{signed}.{base64url(signer.sign(signed.encode()))}")


def _private_key(pem: Secret) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem.reveal().encode(), password=None)
    except TypeError:
        raise _unusable_key(
            "It is protected by a passphrase, which osdu-auth cannot ask for."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable_key(
            "It is not a private key in PEM form: such a text begins with -----BEGIN PRIVATE KEY, "
            "or with the kind of the key before these two words."
        ) from None


def _certificate(pem: Secret) -> Certificate:
    from cryptography.x509 import load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(pem.reveal().encode())
    except ValueError:
        why = "It is not a certificate in PEM form: such a text begins with -----BEGIN CERTIFICATE."
        raise _unusable_key(why, CERTIFICATE) from None


def _require_valid_now(certificate: Certificate, now: float) -> None:
    """Refuse a certificate that is not valid by this computer's clock, as each issuer would."""
    from datetime import datetime, timedelta, timezone

    moment = datetime.fromtimestamp(now, timezone.utc)

    def in_utc(name: str) -> datetime:
        # The names without `_utc` are those of older versions of the library.
        if hasattr(certificate, f"{name}_utc"):
            return cast("datetime", getattr(certificate, f"{name}_utc"))
        return cast("datetime", getattr(certificate, name)).replace(tzinfo=timezone.utc)

    begin, end = in_utc("not_valid_before"), in_utc("not_valid_after")
    if end < moment:
        why = f"It expired on {end:%Y-%m-%d}, by this computer's clock."
        raise _unusable_key(why, CERTIFICATE)
    if begin > moment + timedelta(seconds=_CLOCK_TOLERANCE):
        why = f"It is valid from {begin:%Y-%m-%d} on, by this computer's clock."
        raise _unusable_key(why, CERTIFICATE)


def _require_rsa_length(key: Any) -> None:
    if key.key_size < _SHORTEST_RSA_KEY:
        raise _unusable_key(
            f"It has {key.key_size} bits; an RSA key needs {_SHORTEST_RSA_KEY} or more."
        )


def _by_pkcs1(key: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    signature: bytes = key.sign(data, PKCS1v15(), SHA256())
    return signature


def _by_pss(key: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
    from cryptography.hazmat.primitives.hashes import SHA256

    signature: bytes = key.sign(data, PSS(MGF1(SHA256()), _SALT_LENGTH), SHA256())
    return signature


def _by_curve(key: Any, data: bytes, hash_name: str) -> bytes:
    """Sign, and write the signature's two numbers one after the other (RFC 7518, section 3.4)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    numbers = decode_dss_signature(key.sign(data, ECDSA(getattr(hashes, hash_name)())))
    length = (key.key_size + 7) // 8
    return b"".join(number.to_bytes(length, "big") for number in numbers)


def _unusable_key(why: str, wanted: ReferenceTarget = PRIVATE_KEY) -> ConfigurationError:
    return ConfigurationError(
        f"{wanted.words} cannot be used.",
        code="OA-A705",
        why=f"{why} The text is not shown.",
        fix="Say where the right text is: " + wanted.elsewhere,
    )
