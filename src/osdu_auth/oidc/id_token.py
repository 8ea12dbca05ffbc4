"""The id token: the user who signed in, checked by our verifier (OpenID Connect Core, 3.1.3.7)."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import KeysUnavailable, UnusableReply
from osdu_auth.fixes import Run
from osdu_auth.oidc.token_endpoint import base64url
from osdu_auth.profiles.user_pool_addresses import key_set_of_user_pool
from osdu_auth.text import printable
from osdu_auth.tokens import unverified_claims
from osdu_auth.verification.base64url import decode
from osdu_auth.verification.claims.rejection import TokenRejected
from osdu_auth.verification.keys.algorithms import USUAL_ALGORITHMS
from osdu_auth.verification.keys.issuer_keys import IssuerKeys, shared_keys
from osdu_auth.verification.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from osdu_auth.oidc.metadata import IssuerMetadata
    from osdu_auth.secret import Secret

_SIGN_IN_AGAIN = "Check that this machine can reach the issuer, and sign in again: " + Run("login")
LEEWAY = 120  # seconds between the issuer's clock and ours
_ENTRA = "https://login.microsoftonline.com/"
# The claims that may have the user's name, in the order of preference.
_ACCOUNT_CLAIMS = ("email", "preferred_username", "upn", "cognito:username", "username")


class SignedInUser(NamedTuple):
    """Who signed in.

    Args:
        subject: the issuer's own stable name for the user.
        account: the name that is shown.
        names: all names of the user in the claims, in lower case.
    """

    subject: str
    account: str
    names: frozenset[str]


def verified_user(
    metadata: IssuerMetadata,
    client_id: str,
    id_token: Secret,
    access_token: Secret,
    nonce: str | None,
    clock: Callable[[], float],
    ahead: float | None = None,
) -> SignedInUser:
    """Check an id token, and return its user.

    If the issuer's keys cannot be fetched at a renewal, it is enough that the token came from the
    issuer's token endpoint (OpenID Connect Core 1.0, section 3.1.3.7, rule 6): the old refresh
    token may be used up, so the new tokens must not be thrown away.

    Args:
        metadata: of the issuer.
        client_id: the app client that the token has to be for.
        id_token: the token.
        access_token: the access token; if the id token has `at_hash`, it has to be its hash.
        nonce: the nonce that the token has to have; None at a renewal, since the nonce of the
            sign-in is not known any more.
        clock: this machine's clock, in seconds since 1970.
        ahead: how many seconds that clock is ahead of the issuer's clock; None if not known.

    Raises:
        UnusableReply: OA-B605: the token is not valid.
        KeysUnavailable: the issuer's keys cannot be fetched, at a sign-in.
    """
    issuer, jwks_uri = _issuer_and_key_set(metadata, id_token)
    # A sign-in does not use the shared keys: after a failed request they make a pause, for which a
    # person who signs in again would have to wait.
    keys_of = IssuerKeys if nonce is not None else shared_keys
    keys = keys_of(issuer, jwks_uri=jwks_uri, algorithms=USUAL_ALGORITHMS, clock=clock)

    def verified(offset: float) -> Mapping[str, Any]:
        by_clock = (lambda: clock() - offset) if offset else clock
        verifier = Verifier(
            issuer=issuer,
            audience=client_id,
            keys=keys,
            leeway=LEEWAY,
            memo_size=0,
            clock=by_clock,
        )
        return verifier.verify(id_token).claims

    claims: Mapping[str, Any]
    try:
        try:
            claims = verified(0.0)
        except TokenRejected:
            if not ahead:
                raise
            claims = verified(ahead)  # this machine's clock may be wrong
    except TokenRejected as rejected:
        raise _rejected(f"{rejected.what} {rejected.why}".strip()) from None
    except KeysUnavailable as error:
        if nonce is not None:
            error.advice = _SIGN_IN_AGAIN
            raise
        claims = _unverified_claims_of_token_endpoint(issuer, client_id, id_token)
    else:
        _require_access_token_hash(claims, _algorithm(id_token), access_token)
    _require_authorized_party(claims, client_id)
    if nonce is not None:
        _require_nonce(claims, nonce)
    return user_from_claims(claims)


def _unverified_claims_of_token_endpoint(
    issuer: str, client_id: str, id_token: Secret
) -> Mapping[str, Any]:
    """Return a token's unverified claims, if they name this issuer and this app client."""
    claims = unverified_claims(id_token)
    audience = claims.get("aud")
    is_for_client = audience == client_id or (isinstance(audience, list) and client_id in audience)
    if claims.get("iss") != issuer or not is_for_client:
        raise _rejected("It is from another issuer, or for another app client (iss, aud).")
    return claims


def user_from_claims(claims: Mapping[str, Any]) -> SignedInUser:
    """Return the user that claims name.

    At Entra a user has another `sub` for each application, so the ids of the user's object and
    tenant are used instead (`oid`, `tid`).

    Raises:
        UnusableReply: OA-B605: the claims name no user.
    """
    subject = claims.get("sub")
    issuer = str(claims.get("iss", ""))
    if issuer.startswith(_ENTRA) and claims.get("oid") and claims.get("tid"):
        subject = f"{claims['oid']}@{claims['tid']}"
    if not isinstance(subject, str) or not subject:
        raise _rejected("It names no user (sub).")
    named = [claims.get(name) for name in _ACCOUNT_CLAIMS]
    names = [name for name in named if isinstance(name, str) and name]
    shown = printable(names[0] if names else subject, 128)
    return SignedInUser(subject, shown, frozenset(name.lower() for name in (*names, subject)))


def _issuer_and_key_set(metadata: IssuerMetadata, id_token: Secret) -> tuple[str, str]:
    """Return the issuer that a token has to name, and the address of its keys.

    A user pool has two issuers, each with its own keys. A setting of the pool says which of the two
    its tokens name.
    """
    other = metadata.updated_issuer
    if other is not None and unverified_claims(id_token).get("iss") == other:
        return other, key_set_of_user_pool(other)
    return metadata.issuer, metadata.jwks_uri


def _require_authorized_party(claims: Mapping[str, Any], client_id: str) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    if party is not None and party != client_id:
        raise _rejected("It was issued to another app client (azp).")
    if isinstance(audience, (list, tuple)) and len(audience) > 1 and party is None:
        raise _rejected("It has several audiences, and does not name its app client (azp).")


def _require_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise _rejected("It belongs to another sign-in (nonce).")


def _require_access_token_hash(
    claims: Mapping[str, Any], algorithm: str, access_token: Secret
) -> None:
    given = claims.get("at_hash")
    if given is None:
        return
    size = algorithm[-3:]
    # EdDSA with Ed25519 uses SHA-512.
    name = f"sha{size}" if size in {"256", "384", "512"} else "sha512"
    digest = hashlib.new(name, access_token.reveal().encode("ascii")).digest()
    half = base64url(digest[: len(digest) // 2])
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), half.encode()):
        raise _rejected("Its at_hash is not the hash of the access token in the same answer.")


def _algorithm(token: Secret) -> str:
    """Return the algorithm of a token that was verified."""
    from osdu_auth.wire.json_reader import strict_value

    header = strict_value(decode(token.reveal().partition(".")[0].encode("ascii")))
    return str(header.get("alg", ""))


def no_id_token() -> UnusableReply:
    """Return the error of an answer without the id token that was requested."""
    return _rejected("The scope openid was requested, and the issuer gave no id token.")


def _rejected(why: str) -> UnusableReply:
    return UnusableReply(
        "The issuer's id token, which says who signed in, is not accepted.",
        code="OA-B605",
        why=why,
        fix="Tell the administrator of the issuer if this happens again. Sign in again: "
        + Run("login"),
    )
