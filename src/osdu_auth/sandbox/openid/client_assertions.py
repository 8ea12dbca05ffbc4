"""App clients that show an assertion: what the sandbox takes, and what it refuses.

RFC 7523, section 3, and OpenID Connect Core 1.0, section 9, for assertions that an app client's own
key signed; Entra's rules for certificates and for federated identities.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.http_messages import NotStrictJsonError, strict_json
from osdu_auth.sandbox.openid.discovery import TOKEN
from osdu_auth.sandbox.openid.refusals import OAuthRefusal, invalid_request
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.openid.state import OpenIdState
    from osdu_auth.sandbox.pool.app_clients import AppClient, TrustedKey

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PARTS = 3
_LONGEST_LIFE = 600  # seconds
# Entra's numbers: a bad signature or claim, a time that is over, a federated identity that is none.
_BAD, _OVER, _NO_IDENTITY = 700027, 700024, 70021


def client_of_assertion(state: OpenIdState, parameters: Parameters) -> AppClient:
    """Return the app client that a good assertion is of.

    Raises:
        OAuthRefusal: `invalid_client` if it is not good, `invalid_request` if its type is another.
    """
    if parameters.get("client_assertion_type") != TYPE:
        raise invalid_request("The client_assertion_type is another one.")
    text = parameters.get("client_assertion") or ""
    header, claims, signed, signature = _taken_apart(text)
    named = parameters.get("client_id")
    client_id = named or str(claims.get("sub", ""))
    app_client = state.pool.find_app_client(client_id)
    trusted = () if app_client is None else app_client.trusted_keys
    if app_client is None or not trusted:
        raise _refused("The app client is not known, or shows no assertion.", 700016)
    key = _key_of(trusted, header, claims, client_id)
    _check_signature(key, header, signed, signature)
    _check_audience(state, key, claims, header)
    _check_times(state, claims)
    jti = claims.get("jti")
    if not key.issuer:  # one of its own is good once
        if not isinstance(jti, str) or not jti:
            raise _refused("The jti is missing.", _BAD)
        if jti in state.assertions_seen:
            raise _refused("The assertion was used already.", _BAD)
        state.assertions_seen.add(jti)
    return app_client


def _taken_apart(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    parts = text.split(".")
    if len(parts) != _PARTS:
        raise _refused("The assertion is no JWS in compact form.", _BAD)
    try:
        header, claims = (strict_json(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (NotStrictJsonError, ValueError, binascii.Error) as error:
        raise _refused("The assertion cannot be read.", _BAD) from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise _refused("The assertion holds no objects.", _BAD)
    return header, claims, f"{parts[0]}.{parts[1]}".encode(), signature


def _decoded(part: str) -> bytes:
    value = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64url(value) != part:
        raise ValueError("another spelling")
    return value


def _key_of(
    trusted: tuple[TrustedKey, ...], header: dict[str, Any], claims: dict[str, Any], client_id: str
) -> TrustedKey:
    for key in trusted:
        issuer, subject = key.issuer or client_id, key.subject or client_id
        if claims.get("iss") != issuer or claims.get("sub") != subject:
            continue
        if key.kid and header.get("kid") != key.kid:
            continue
        if key.thumbprint and header.get("x5t#S256") != key.thumbprint:
            continue
        return key
    raise _refused("No identity or key that is trusted has these iss, sub and names.", _NO_IDENTITY)


def _check_audience(
    state: OpenIdState, key: TrustedKey, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    endpoint = (state.settings.endpoint_origin or state.origin) + TOKEN
    issuer = state.pool.issuer
    places = {"issuer": issuer, "token_endpoint": endpoint}
    allowed = {key.audience} if key.audience else set()
    allowed |= {places[name] for name in state.settings.assertion_audiences if not key.audience}
    if key.thumbprint:
        allowed = {endpoint}
    audience = claims.get("aud")
    if not isinstance(audience, str) or audience not in allowed:
        raise _refused("The aud is another one.", _BAD)
    # draft-ietf-oauth-rfc7523bis: an assertion that is for the issuer says what it is.
    wanted = {"client-authentication+jwt"} if audience == issuer else {"JWT", None}
    if not key.issuer and header.get("typ") not in wanted:
        raise _refused("The typ is another one.", _BAD)


def _check_times(state: OpenIdState, claims: dict[str, Any]) -> None:
    now = state.pool.clock.now()
    expires: Any = claims.get("exp")
    begins: Any = claims.get("nbf", claims.get("iat", now))
    are_numbers = all(type(time) in {int, float} for time in (expires, begins))
    if not are_numbers or not now < expires <= now + _LONGEST_LIFE or begins > now + 1:
        raise _refused("The assertion is over, begins later, or lives too long.", _OVER)


def _check_signature(
    key: TrustedKey, header: dict[str, Any], signed: bytes, signature: bytes
) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public, algorithm = load_pem_public_key(key.public_key.encode()), header.get("alg")
    if key.thumbprint and algorithm != "PS256":
        raise _refused("The alg of a certificate is PS256.", _BAD)
    try:
        if isinstance(public, rsa.RSAPublicKey) and algorithm == "RS256":
            public.verify(signature, signed, padding.PKCS1v15(), SHA256())
        elif isinstance(public, rsa.RSAPublicKey) and algorithm == "PS256":
            salt = hashlib.sha256().digest_size
            public.verify(signature, signed, padding.PSS(padding.MGF1(SHA256()), salt), SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey) and algorithm == "ES256":
            half = len(signature) // 2
            numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
            public.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(SHA256()))
        elif isinstance(public, ed25519.Ed25519PublicKey) and algorithm == "EdDSA":
            public.verify(signature, signed)
        else:
            raise _refused("The alg is not the key's.", _BAD)
    except InvalidSignature as error:
        raise _refused("The signature is another key's.", _BAD) from error


def _refused(description: str, number: int) -> OAuthRefusal:
    return OAuthRefusal("invalid_client", description, number, status=401)
