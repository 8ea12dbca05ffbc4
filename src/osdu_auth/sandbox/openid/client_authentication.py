"""How an app client authenticates at an endpoint: with its secret, or with an assertion.

RFC 6749, section 2.3, for secrets. RFC 7523, section 3, and OpenID Connect Core 1.0, section 9, for
assertions that the app client's own key signed; Entra's rules for certificates and for federated
identities.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from osdu_auth.sandbox.http_messages import NotStrictJson, strict_json
from osdu_auth.sandbox.openid.openid_settings import TOKEN
from osdu_auth.sandbox.openid.refusals import OAuthRefusal, invalid_request
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Request
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.openid.state import OpenIdState
    from osdu_auth.sandbox.pool.app_clients import AppClient, TrustedKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""The `client_assertion_type` of a JWT (RFC 7523, section 2.2)."""

_PARTS = 3
_LONGEST_LIFE_SECONDS = 600
# Entra's numbers for a wrong signature or claim, an expired assertion, an unknown identity.
_INVALID, _EXPIRED, _NO_IDENTITY = 700027, 700024, 70021
_CHALLENGE = 'Basic realm="oauth2"'
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BASIC, _POST = "client_secret_basic", "client_secret_post"


def authenticated_client(state: OpenIdState, request: Request, parameters: Parameters) -> AppClient:
    """Return the app client that sent a request.

    Args:
        state: the sign-in domain.
        request: the request, for its `Authorization` header.
        parameters: its form.

    Raises:
        OAuthRefusal: `invalid_client`: it does not authenticate; `invalid_request`: it
            authenticates in two ways.
    """
    secret, authorization = parameters.get("client_secret"), request.headers.get("authorization")
    assertion = parameters.get("client_assertion")
    if sum(proof is not None for proof in (secret, authorization, assertion)) > 1:
        raise invalid_request("The app client authenticates in two ways at once.")
    if assertion is not None:
        return _client_of_assertion(state, parameters)
    client_id, challenge = parameters.get("client_id"), ""
    method = None if secret is None else _POST
    if authorization is not None:
        named, secret = _basic(authorization)
        if client_id not in {None, named}:
            raise invalid_request("The client_id of the form is not that of the header.")
        client_id, method, challenge = named, _BASIC, _CHALLENGE
    app_client = state.pool.find_app_client(client_id or "")
    if app_client is None:
        raise _invalid_client("The app client is not known.", 700016, challenge)
    if method is not None and method not in state.settings.auth_methods:
        raise _invalid_client(f"{method} is not accepted.", None, challenge)
    _check_secret(app_client, secret, challenge)
    return app_client


def _check_secret(app_client: AppClient, secret: str | None, challenge: str) -> None:
    """Refuse a secret that is not the app client's, and a missing secret."""
    if app_client.client_secret is None:
        if secret is not None:
            raise _invalid_client("The app client is public.", 700025, challenge)
        if app_client.trusted_keys:
            raise _invalid_client("The app client has to send an assertion.", 7000218, "")
        return
    if secret is None:
        raise _invalid_client("The app client has to send its secret.", 7000218, challenge)
    if not app_client.accepts_secret(secret):
        raise _invalid_client("The client secret is wrong.", 7000215, challenge)


def _basic(authorization: str) -> tuple[str, str]:
    """Return the id and the secret, each decoded like a form's value (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise _invalid_client("The Authorization header is not Basic.", None, _CHALLENGE)
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise invalid_request("The Authorization header is not valid base64.") from error
    client_id, colon, secret = pair.partition(":")
    if not colon or _NO_ESCAPE.search(pair):
        raise invalid_request("The Authorization header is not encoded as RFC 6749 requires.")
    try:
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except ValueError as error:
        raise invalid_request("The Authorization header is not text.") from error


def _invalid_client(description: str, number: int | None, challenge: str) -> OAuthRefusal:
    status = 401 if challenge else 400
    return OAuthRefusal("invalid_client", description, number, status=status, challenge=challenge)


def _client_of_assertion(state: OpenIdState, parameters: Parameters) -> AppClient:
    """Return the app client whose assertion is valid.

    Raises:
        OAuthRefusal: `invalid_client`: the assertion is not valid; `invalid_request`: its type is
            not supported.
    """
    if parameters.get("client_assertion_type") != ASSERTION_TYPE:
        raise invalid_request("The client_assertion_type is not supported.")
    text = parameters.get("client_assertion") or ""
    header, claims, signed, signature = _parse_assertion(text)
    named = parameters.get("client_id")
    client_id = named or str(claims.get("sub", ""))
    app_client = state.pool.find_app_client(client_id)
    trusted = () if app_client is None else app_client.trusted_keys
    if app_client is None or not trusted:
        raise _refused_assertion("The app client is not known, or has no trusted key.", 700016)
    key = _key_of(trusted, header, claims, client_id)
    _check_signature(key, header, signed, signature)
    _check_audience(state, key, claims, header)
    _check_times(state, claims)
    jti = claims.get("jti")
    if not key.issuer:  # an assertion that the app client signed is valid once
        if not isinstance(jti, str) or not jti:
            raise _refused_assertion("The jti is missing.", _INVALID)
        if jti in state.assertions_seen:
            raise _refused_assertion("The assertion was used already.", _INVALID)
        state.assertions_seen.add(jti)
    return app_client


def _parse_assertion(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    parts = text.split(".")
    if len(parts) != _PARTS:
        raise _refused_assertion("The assertion is not a JWS in compact form.", _INVALID)
    try:
        header, claims = (strict_json(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (NotStrictJson, ValueError, binascii.Error) as error:
        raise _refused_assertion("The assertion cannot be read.", _INVALID) from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise _refused_assertion(
            "The header or the payload of the assertion is not a JSON object.", _INVALID
        )
    return header, claims, f"{parts[0]}.{parts[1]}".encode(), signature


def _decoded(part: str) -> bytes:
    value = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64url(value) != part:
        raise ValueError("not canonical base64url")
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
    raise _refused_assertion(
        "No trusted identity or key has this iss, sub and key id.", _NO_IDENTITY
    )


def _check_audience(
    state: OpenIdState, key: TrustedKey, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    endpoint = (state.settings.endpoint_origin or state.origin) + TOKEN
    issuer = state.pool.issuer
    audiences = {"issuer": issuer, "token_endpoint": endpoint}
    allowed = {key.audience} if key.audience else set()
    allowed |= {audiences[name] for name in state.settings.assertion_audiences if not key.audience}
    if key.thumbprint:
        allowed = {endpoint}
    audience = claims.get("aud")
    if not isinstance(audience, str) or audience not in allowed:
        raise _refused_assertion("The aud is wrong.", _INVALID)
    # draft-ietf-oauth-rfc7523bis: an assertion for the issuer has a `typ` of its own.
    wanted = {"client-authentication+jwt"} if audience == issuer else {"JWT", None}
    if not key.issuer and header.get("typ") not in wanted:
        raise _refused_assertion("The typ is wrong.", _INVALID)


def _check_times(state: OpenIdState, claims: dict[str, Any]) -> None:
    now = state.pool.clock.now()
    expires: Any = claims.get("exp")
    begins: Any = claims.get("nbf", claims.get("iat", now))
    are_numbers = all(type(time) in {int, float} for time in (expires, begins))
    if not are_numbers or not now < expires <= now + _LONGEST_LIFE_SECONDS or begins > now + 1:
        raise _refused_assertion(
            "The assertion has expired, is not valid yet, or is valid for too long.", _EXPIRED
        )


def _check_signature(
    key: TrustedKey, header: dict[str, Any], signed: bytes, signature: bytes
) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public, algorithm = load_pem_public_key(key.public_key.encode()), header.get("alg")
    if key.thumbprint and algorithm != "PS256":
        raise _refused_assertion(
            "An assertion with a certificate has to have the alg PS256.", _INVALID
        )
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
            raise _refused_assertion("The alg does not match the key.", _INVALID)
    except InvalidSignature as error:
        raise _refused_assertion("The signature was made with another key.", _INVALID) from error


def _refused_assertion(description: str, number: int) -> OAuthRefusal:
    return OAuthRefusal("invalid_client", description, number, status=401)
