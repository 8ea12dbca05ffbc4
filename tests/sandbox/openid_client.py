"""The client side of an authorization code grant: plain HTTP, and no code of the product."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

from sandbox.form_browser import FormBrowser, Page
from sandbox.raw_client import Reply, send

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox

CALLBACK = "http://localhost:8400/callback"


@dataclass
class BrowserSignIn:
    """One sign-in of a user in a browser, for an app client.

    Attributes:
        sandbox: the sandbox.
        client: the app client.
        redirect_uri: the redirect URI.
        browser: the browser.
    """

    sandbox: Sandbox
    client: AppClient
    redirect_uri: str = CALLBACK
    browser: FormBrowser = field(init=False)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def __post_init__(self) -> None:
        self.browser = FormBrowser(self.sandbox)

    @property
    def parameters(self) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }

    def authorize(self, **changed: str | None) -> Page:
        """Open the authorization endpoint; a parameter that is `None` is left out."""
        parameters = {**self.parameters, **changed}
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.browser.open(f"{self.sandbox.endpoint_url}/oauth2/authorize?{urlencode(given)}")

    def code(self, **changed: str | None) -> str:
        """Sign in as the sandbox's own user, and return the code."""
        page = self.authorize(**changed)
        page = self.browser.sign_in(page)
        if "consent" in page.buttons:
            page = self.browser.submit(page, "consent")
        assert page.url.startswith(self.redirect_uri + "?"), page.html
        assert page.parameters["state"] == self.state
        return page.parameters["code"]

    def exchange(self, code: str, /, **changed: str | None) -> Reply:
        """Ask the token endpoint for the tokens of a code."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.ask("/oauth2/token", {**form, **changed})

    def renew(self, refresh_token: str, **changed: str | None) -> Reply:
        """Ask the token endpoint for the tokens of a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.ask("/oauth2/token", {**form, **changed})

    def revoke(self, token: str) -> Reply:
        """Ask the revocation endpoint to end a session."""
        return self.ask("/oauth2/revoke", {"token": token})

    def ask(self, path: str, form: dict[str, str | None]) -> Reply:
        """Send a form with the id and the secret of the app client."""
        fields = {"client_id": self.client.client_id, "client_secret": self.client.client_secret}
        return post(self.sandbox, path, {**fields, **form})

    def tokens(self, **changed: str | None) -> dict[str, Any]:
        """Sign in, and return the answer of the token endpoint."""
        reply = self.exchange(self.code(**changed))
        assert reply.status == 200, reply.raw
        answer: dict[str, Any] = reply.body
        return answer


def post(
    sandbox: Sandbox,
    path: str,
    form: dict[str, str | None] | str,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send a form; a field that is `None` is left out."""
    if not isinstance(form, str):
        form = urlencode({name: value for name, value in form.items() if value is not None})
    return send(
        sandbox,
        "POST",
        path,
        body=form,
        headers={"Content-Type": "application/x-www-form-urlencoded", **(headers or {})},
    )


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Return the header with which an app client authenticates (RFC 6749, section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def claims(token: str) -> dict[str, Any]:
    """Return the payload of a token."""
    payload = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read
