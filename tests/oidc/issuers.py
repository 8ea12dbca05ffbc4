"""Issuers that the client signs in at: the sandbox, and npm's oidc-provider."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from issuers_of_others import plain_browser
from issuers_of_others.oidc_provider import oidc_provider
from issuers_of_others.plain_browser import End
from osdu_auth.credentials.browser import BrowserCredential
from osdu_auth.profiles.profile import BrowserProfile
from sandbox.form_browser import FormBrowser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from browsers_of_others.chromium import Tab
    from osdu_auth.sandbox import Sandbox

# Strict issuers give a refresh token only for `prompt=consent` (OpenID Connect Core 1.0, 11).
_CONSENTS = {"scopes": "openid offline_access", "prompt": "consent"}


class Issuer(Protocol):
    """An issuer with its own app clients, and the account of a person who can sign in."""

    address: str
    account: str
    no: str
    """The CSS selector of the button that cancels the sign-in."""

    @property
    def typed(self) -> Mapping[str, str]:
        """What the person types at its pages, by the names of their fields."""
        ...

    def profile(self, client: str, **settings: Any) -> BrowserProfile:
        """Return a profile of an app client: `public`, `basic`, `post`, `awkward` or `rotating`.

        Args:
            client: which; all but the first have a secret or rotate refresh tokens.
            settings: further settings of the profile.
        """
        ...

    def credential(self, client: str, **settings: Any) -> BrowserCredential:
        """Return the credential of such a profile."""
        ...

    def sign_in(self, address: str, *, consents: bool = True, comes_back: bool = True) -> End:
        """Sign in from an address on, in a browser of plain HTTP; or say no."""
        ...

    def wanting_pushed_parameters(self) -> AbstractContextManager[Issuer]:
        """Make it want all parameters pushed."""
        ...

    def giving_no_email_scope(self) -> AbstractContextManager[None]:
        """Make it give `openid` and `offline_access`, and leave out `email`."""
        ...


@dataclass
class SandboxIssuer:
    """The sandbox's sign-in domain."""

    sandbox: Sandbox

    def __post_init__(self) -> None:
        self.address = self.sandbox.issuer
        self.account = self.sandbox.username
        self.no = "button[name=cancel]"

    @property
    def typed(self) -> Mapping[str, str]:
        return {"username": self.sandbox.username, "password": self.sandbox.password}

    def profile(self, client: str, **settings: Any) -> BrowserProfile:
        pool = self.sandbox.pool
        has_secret = client in {"basic", "post", "awkward"}
        app_client = pool.add_app_client(
            client,
            callback_urls=["http://localhost/callback"],
            logout_urls=[f"http://localhost:{settings.get('redirect_ports')}/callback"],
            any_loopback_port=True,
            generate_secret=has_secret,
            rotation=client == "rotating",
        )
        own: dict[str, Any] = {}
        if client == "awkward":
            app_client = pool.change_app_client(app_client.client_id, client_secret="a+b/c: %d&e=é")
        if has_secret:
            own = {
                "client_secret": f"clear:{app_client.client_secret}",
                "client_auth": "post" if client == "post" else "basic",
            }
        return BrowserProfile(
            **{
                "name": "acme",
                "user_pool_id": self.sandbox.user_pool_id,
                "endpoint_url": self.sandbox.endpoint_url,
                "client_id": app_client.client_id,
                "redirect_ports": "0",
                **_CONSENTS,
                **own,
                **settings,
            }
        )

    def credential(self, client: str, **settings: Any) -> BrowserCredential:
        profile = self.profile(client, **settings)
        return BrowserCredential(profile, clock=self.sandbox.clock.now, opens_browser=False)

    def sign_in(self, address: str, *, consents: bool = True, comes_back: bool = True) -> End:
        browser = FormBrowser(self.sandbox, comes_back=comes_back)
        page = browser.open(address)
        if page.action is not None:
            page = browser.sign_in(page)
        if page.action is not None:
            page = browser.submit(page, "consent" if consents else "cancel")
        return End(page.url, page.html)

    @contextmanager
    def wanting_pushed_parameters(self) -> Iterator[Issuer]:
        with self._otherwise(requires_pushed_requests=True):
            yield self

    @contextmanager
    def giving_no_email_scope(self) -> Iterator[None]:
        with self._otherwise(granted_scopes=("openid", "offline_access")):
            yield

    @contextmanager
    def _otherwise(self, **settings: Any) -> Iterator[None]:
        before = self.sandbox.openid.settings
        self.sandbox.openid.change_settings(**settings)
        try:
            yield
        finally:
            self.sandbox.openid.settings = before


@dataclass
class OidcProviderIssuer:
    """npm's oidc-provider."""

    address: str
    account: str = "ada@example.com"
    no: str = 'a[href$="/abort"]'

    @property
    def typed(self) -> Mapping[str, str]:
        return {"login": "ada", "password": "any"}

    def profile(self, client: str, **settings: Any) -> BrowserProfile:
        secret = "a-secret-of-thirty-two-letters-or-more"
        client_id, own = {
            "public": ("public", {}),
            "rotating": ("public", {}),
            "basic": ("confidential", {"client_auth": "basic"}),
            "post": ("posting", {"client_auth": "post"}),
            "awkward": ("awkward+client/1", {"client_auth": "basic"}),
        }[client]
        if client == "awkward":
            secret = "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw="
        if own:
            own = {**own, "client_secret": f"clear:{secret}"}
        return BrowserProfile(
            **{
                "name": "acme",
                "issuer": self.address,
                "client_id": client_id,
                "redirect_ports": "0",
                **_CONSENTS,
                **own,
                **settings,
            }
        )

    def credential(self, client: str, **settings: Any) -> BrowserCredential:
        return BrowserCredential(self.profile(client, **settings), opens_browser=False)

    def sign_in(self, address: str, *, consents: bool = True, comes_back: bool = True) -> End:
        return plain_browser.sign_in(address, consents=consents, comes_back=comes_back)

    @contextmanager
    def wanting_pushed_parameters(self) -> Iterator[Issuer]:
        with oidc_provider("pushed") as issuer:
            yield OidcProviderIssuer(issuer)

    @contextmanager
    def giving_no_email_scope(self) -> Iterator[None]:
        yield  # it has none


@contextmanager
def sandbox_issuer() -> Iterator[Issuer]:
    """Run a sandbox that gives a refresh token only for `offline_access` with consent."""
    from osdu_auth.sandbox import Sandbox

    with Sandbox() as sandbox:
        sandbox.openid.change_settings(
            refresh_token_needs_consent=True,
            response_issuer="right",
            promises_response_issuer=True,
        )
        yield SandboxIssuer(sandbox)


@contextmanager
def oidc_provider_issuer() -> Iterator[Issuer]:
    """Run the provider; skip where it is not installed."""
    with oidc_provider() as issuer:
        yield OidcProviderIssuer(issuer)


ISSUERS: dict[str, Callable[[], AbstractContextManager[Issuer]]] = {
    "sandbox": sandbox_issuer,
    "oidc-provider": oidc_provider_issuer,
}


def answer_pages(issuer: Issuer, tab: Tab, *, consents: bool = True) -> None:
    """Do what an issuer's pages ask of a person in a real browser, as long as they ask."""
    while tab.has("form"):
        asked = [name for name in issuer.typed if tab.has(f"input[name={name}]")]
        for name in asked:
            tab.type(f"input[name={name}]", issuer.typed[name])
        tab.press("form button" if asked or consents else issuer.no)
