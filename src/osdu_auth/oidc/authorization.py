"""The browser's part of a sign-in: the address it is sent to, and what it comes back with.

Authorization code with PKCE (RFC 6749, section 4.1; RFC 7636; RFC 9700). The order of checks of
what comes back: repeated parameters, state, issuer (RFC 9207), error, code. Whatever has another
state is of another attempt, and does not end this one.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import OsduAuthError, SignInRefused, UsageError
from osdu_auth.fixes import Run
from osdu_auth.oidc.refusals import Step, refusal
from osdu_auth.oidc.token_endpoint import pushed, query_of
from osdu_auth.profiles.openid_checks import OUR_PARAMETERS
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.oidc.client import OidcClient
    from osdu_auth.oidc.metadata import IssuerMetadata

_BYTES = 32  # of each random value: 256 bits


class AuthorizationRequest(NamedTuple):
    """One attempt to sign in in a browser.

    Args:
        url: where the browser is sent.
        redirect_uri: where it comes back to.
        state: by which what comes back is known to be of this attempt.
        nonce: by which the id token is known to be of this attempt.
        verifier: by which the code is of use to this attempt alone (PKCE).
        issuer: who is asked.
        issuer_names_itself: whether what comes back has to name the issuer (RFC 9207).
    """

    url: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: Secret
    issuer: str
    issuer_names_itself: bool

    def __repr__(self) -> str:
        return f"<attempt at {printable(self.issuer, 80)}>"


class OtherAttempt(UsageError):
    """What came back is of another attempt, and says nothing about this one."""


def authorization_request(
    metadata: IssuerMetadata,
    client: OidcClient,
    redirect_uri: str,
    scopes: Iterable[str],
    extra: Mapping[str, str],
) -> AuthorizationRequest:
    """Begin an attempt.

    Args:
        metadata: of the issuer.
        client: the app client.
        redirect_uri: where the browser comes back to.
        scopes: what is asked for.
        extra: further parameters, such as `login_hint`; none of `OUR_PARAMETERS`.

    Raises:
        OsduAuthError: the issuer wants parameters pushed, and refused them.
    """
    state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
    parameters = {
        **{name: value for name, value in extra.items() if name not in OUR_PARAMETERS},
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": _base64url(sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    address = metadata.pushed_authorization_request_endpoint
    if metadata.wants_pushed_requests and address is not None:
        request_uri = pushed(address, client, parameters)
        parameters = {"client_id": client.client_id, "request_uri": request_uri}
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    return AuthorizationRequest(
        metadata.authorization_endpoint + joint + query_of(parameters),
        redirect_uri,
        state,
        nonce,
        Secret(verifier),
        metadata.issuer,
        metadata.names_itself,
    )


def code_in(request: AuthorizationRequest, parameters: Iterable[tuple[str, str]]) -> Secret:
    """Return the code that a browser came back with.

    Args:
        request: the attempt.
        parameters: of the address that it came back to, in their order.

    Raises:
        OtherAttempt: OA-B210: they are of another attempt.
        OsduAuthError: OA-B3…, OA-B7…: the issuer said no; OA-B317: they are not as one issuer
            writes them.
    """
    pairs = list(parameters)
    counts = Counter(name for name, _ in pairs)
    found = dict(pairs)
    if counts["state"] != 1 or not _are_equal(found["state"], request.state):
        raise OtherAttempt(
            "That address is of another sign-in.",
            code="OA-B210",
            why="Its state is not the one of this sign-in: an old tab, or another terminal.",
            fix="Go on with the page that was opened last, and paste the address that it ends at.",
        )
    if any(count > 1 for count in counts.values()):
        raise _malformed("It gives a parameter twice.")
    issuer = found.get("iss")
    if (issuer is None and request.issuer_names_itself) or issuer not in {None, request.issuer}:
        raise _malformed("It is from another issuer than the one that was asked (RFC 9207).")
    if "error" in found:
        raise refusal(Step.AUTHORIZE, found)
    if not found.get("code"):
        raise _malformed("It has neither a code nor an error.")
    return Secret(found["code"])


def _malformed(why: str) -> OsduAuthError:
    return SignInRefused(
        "The browser came back with an answer that is not taken.",
        code="OA-B317",
        why=why,
        fix="Sign in again: " + Run("login"),
    )


def _are_equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _base64url(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
