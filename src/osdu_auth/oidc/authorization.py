"""The authorization request that a browser sends to the issuer, and the response to it.

Authorization code with PKCE (RFC 6749, section 4.1; RFC 7636; RFC 9700). The order of the checks
of a response: repeated parameters, state, issuer (RFC 9207), error, code. A response with another
state belongs to another attempt, and does not end this attempt.
"""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import OsduAuthError, SignInRefused, UsageError
from osdu_auth.fixes import Run
from osdu_auth.oidc.refusals import refusal
from osdu_auth.oidc.step import Step
from osdu_auth.oidc.token_endpoint import base64url, push_parameters, with_query
from osdu_auth.profiles.openid_checks import OUR_PARAMETERS
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.oidc.client import OidcClient
    from osdu_auth.oidc.metadata import IssuerMetadata

_TOKEN_PARAMETERS = frozenset({"access_token", "id_token", "refresh_token"})
_RANDOM_BYTES = 32  # in each random value: 256 bits


class AuthorizationRequest(NamedTuple):
    """One attempt to sign in in a browser.

    Args:
        url: the address that the browser opens.
        redirect_uri: the address on this machine that the browser comes back to.
        state: a random value that ties the response to this attempt.
        nonce: a random value that ties the id token to this attempt.
        code_verifier: the PKCE code verifier, which the exchange of the code needs.
        issuer: the issuer that is asked.
        requires_issuer: whether the response has to name the issuer (RFC 9207).
    """

    url: str
    redirect_uri: str
    state: str
    nonce: str
    code_verifier: Secret
    issuer: str
    requires_issuer: bool

    def __repr__(self) -> str:
        return f"<attempt at {printable(self.issuer, 80)}>"


class OtherAttempt(UsageError):
    """The response belongs to another attempt, and does not end this attempt."""


def authorization_request(
    metadata: IssuerMetadata,
    client: OidcClient,
    redirect_uri: str,
    scopes: Iterable[str],
    extra: Mapping[str, str],
) -> AuthorizationRequest:
    """Return the request of a new attempt.

    Args:
        metadata: of the issuer.
        client: the app client.
        redirect_uri: the address on this machine that the browser comes back to.
        scopes: the scopes to request.
        extra: further parameters, such as `login_hint`; those in `OUR_PARAMETERS` are left out.

    Raises:
        OsduAuthError: the issuer requires pushed parameters (RFC 9126), and refused them.
    """
    state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
    parameters = {
        **{name: value for name, value in extra.items() if name not in OUR_PARAMETERS},
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": base64url(sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    address = metadata.pushed_authorization_request_endpoint
    if metadata.requires_pushed_requests and address is not None:
        request_uri = push_parameters(address, client, parameters)
        parameters = {"client_id": client.client_id, "request_uri": request_uri}
    return AuthorizationRequest(
        with_query(metadata.authorization_endpoint, parameters),
        redirect_uri,
        state,
        nonce,
        Secret(verifier),
        metadata.issuer,
        metadata.sends_issuer,
    )


def code_in(request: AuthorizationRequest, parameters: Iterable[tuple[str, str]]) -> Secret:
    """Return the code in the response that a browser brings back.

    Args:
        request: the attempt.
        parameters: the parameters of the address that the browser came back to, in their order.

    Raises:
        OtherAttempt: OA-B210: the response belongs to another attempt.
        OsduAuthError: OA-B3…, OA-B7…: the issuer refused; OA-B317: the response is malformed.
    """
    pairs = list(parameters)
    counts = Counter(name for name, _ in pairs)
    found = dict(pairs)
    if counts["state"] != 1 or not _are_equal(found["state"], request.state):
        raise OtherAttempt(
            "That address belongs to another sign-in.",
            code="OA-B210",
            why="Its state belongs to a sign-in in an old tab, or in another terminal.",
            fix="Go on with the page that was opened last, and paste its last address.",
        )
    if any(count > 1 for count in counts.values()):
        raise _malformed("A parameter occurs twice in it.")
    issuer = found.get("iss")
    if (issuer is None and request.requires_issuer) or issuer not in {None, request.issuer}:
        raise _malformed("It does not name the issuer that was asked (RFC 9207).")
    if "error" in found:
        raise refusal(Step.AUTHORIZE, found)
    if not found.get("code"):
        raise _malformed("It has neither a code nor an error.")
    if not _TOKEN_PARAMETERS.isdisjoint(found):
        raise _malformed("It has a token in it, which other programs could read (RFC 9700, 2.1.2).")
    return Secret(found["code"])


def _malformed(why: str) -> OsduAuthError:
    return SignInRefused(
        "The browser came back with a response that is not accepted.",
        code="OA-B317",
        why=why,
        fix="Sign in again: " + Run("login"),
    )


def _are_equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
