"""A real Chromium signs in: at the sandbox's pages, and at npm's oidc-provider."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

from browsers_of_others.chromium import chromium
from oidc.issuers import ISSUERS, answer_pages
from osdu_auth import ConfigurationError, SignInRefused
from osdu_auth.credentials.credential import SignInInput
from osdu_auth.oidc import pages
from osdu_auth.oidc.questions import BrowserAddressQuestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browsers_of_others.chromium import Tab
    from oidc.issuers import Issuer
    from osdu_auth.credentials.browser import BrowserCredential
    from osdu_auth.credentials.credential import IssuedTokens

pytestmark = pytest.mark.real

READABLE = 4.5  # the contrast of text, at least (WCAG 2.2, success criterion 1.4.3)
PAGES = [page for page in vars(pages).values() if isinstance(page, pages.Page)]


@pytest.fixture(scope="module", params=list(ISSUERS))
def issuer(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    """Each issuer."""
    with ISSUERS[request.param]() as running:
        yield running


@pytest.fixture
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A tab of a browser that has been nowhere yet."""
    with chromium(tmp_path_factory.mktemp("a browser")) as first:
        yield first


class Person(NamedTuple):
    """A person with a Chromium, at one issuer.

    Args:
        issuer: the issuer.
        tab: of the browser.
        consents: what the person says to what is asked for.
    """

    issuer: Issuer
    tab: Tab
    consents: bool = True

    def obtain(self, credential: BrowserCredential) -> IssuedTokens:
        return credential.obtain(SignInInput("", None, cast("Any", self.answer)), None)

    def answer(self, question: object) -> None:
        assert isinstance(question, BrowserAddressQuestion)
        self.tab.open(question.url)
        answer_pages(self.issuer, self.tab, consents=self.consents)
        assert question.until.wait(30)


def test_a_person_signs_in_and_the_page_at_the_end_says_so(issuer: Issuer, tab: Tab) -> None:
    credential = issuer.credential("public")
    issued = Person(issuer, tab).obtain(credential)
    assert issued.account == issuer.account
    assert credential.renew(issued).subject == issued.subject
    _ends_at(tab, "Your sign-in is done")


def test_a_refusal_by_the_person_is_an_error(issuer: Issuer, tab: Tab) -> None:
    with pytest.raises(SignInRefused) as refused:
        Person(issuer, tab, consents=False).obtain(issuer.credential("public"))
    assert refused.value.code == "OA-B314"
    _ends_at(tab, "You are not signed in")


def test_a_failure_after_the_issuer_s_pages_is_shown_in_the_browser(
    issuer: Issuer, tab: Tab
) -> None:
    """The page is shown after the exchange, and so is true."""
    with pytest.raises(ConfigurationError, match="OA-B713"):
        Person(issuer, tab).obtain(issuer.credential("basic", client_secret="clear:wrong"))
    _ends_at(tab, "You are not signed in")


def test_a_signed_in_browser_asks_for_a_password_only_after_a_sign_out(
    issuer: Issuer, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER", "true")  # a program that opens nothing, so the address is shown
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    credential = issuer.credential("public", redirect_ports=str(port))
    Person(issuer, tab).obtain(credential)
    assert not _asks_for_a_password(issuer, tab, credential)

    def sign_out_there(line: str) -> None:
        if line.startswith("http://"):
            tab.open(line)
            if tab.has("button[name=logout]"):
                tab.press("button[name=logout]")

    credential.sign_out_of_browser(sign_out_there)
    assert _asks_for_a_password(issuer, tab, credential)


def _asks_for_a_password(issuer: Issuer, tab: Tab, credential: BrowserCredential) -> bool:
    asked = False

    def answer(question: object) -> None:
        nonlocal asked
        assert isinstance(question, BrowserAddressQuestion)
        tab.open(question.url)
        asked = tab.has("input[type=password]")
        answer_pages(issuer, tab)
        assert question.until.wait(30)

    credential.obtain(SignInInput("", None, cast("Any", answer)), None)
    return asked


def _ends_at(tab: Tab, title: str) -> None:
    """Require that the page says how it went, and shows nothing of its address."""
    assert tab.title == title
    assert tab.text.count(title) == 1
    base, _, query = tab.url.partition("?")
    assert re.fullmatch(r"http://localhost:\d+/callback", base)
    page = tab.value("document.documentElement.outerHTML")
    values = [pair.partition("=")[2] for pair in query.split("&")]
    assert len(values) > 1
    assert not [value for value in values if value in page]


def test_each_page_is_readable_in_light_and_dark_and_has_no_links(tab: Tab) -> None:
    with _serving(PAGES) as (origin, asked):
        for number, page in enumerate(PAGES):
            tab.open(f"{origin}/{number}?code=of-a-sign-in")
            assert tab.title == page.title
            assert page.text in tab.text
            light, dark = (_lightness_in(tab, scheme) for scheme in ("light", "dark"))
            assert light > 0.5 > dark
            assert tab.value("document.scripts.length + document.links.length") == 0
        statuses = [page.status[:3] for page in PAGES if page.status[:3] != "200"]
        complaints = [each for each in tab.complaints() if "favicon" not in each]
        assert len(complaints) == len(statuses), complaints
        # For a page without its own icon a browser requests one, and sends the whole address.
        tab.open(f"{origin}/without-an-icon?code=of-a-sign-in")
        assert asked.icon.wait(30)
    assert asked.paths[:-1] == [f"/{number}" for number in range(len(PAGES))] + ["/without-an-icon"]
    assert asked.paths[-1] == "/favicon.ico"


class _Asked:
    """The requests that a browser sent to a server.

    Attributes:
        paths: without their queries, in order.
        icon: whether it asked for an icon.
    """

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.icon = threading.Event()


@contextmanager
def _serving(shown: list[pages.Page]) -> Iterator[tuple[str, _Asked]]:
    """Serve pages by their numbers; all other addresses are a page without an icon."""
    asked = _Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            asked.paths.append(path)
            number = path[1:]
            if path == "/favicon.ico":
                asked.icon.set()
            if number.isdigit():
                self.wfile.write(shown[int(number)].reply())
            else:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Without")
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def _lightness_in(tab: Tab, scheme: str) -> float:
    """Require that all text can be read in a colour scheme, and return how light the page is."""
    tab.prefer(scheme)
    background = _colour(tab.value("getComputedStyle(document.body).backgroundColor"))
    for selector in ("h1", "p", ".mark"):
        style = f"getComputedStyle(document.querySelector('{selector}'))"
        opacity = float(tab.value(f"{style}.opacity"))
        own = _colour(tab.value(f"{style}.color"))
        seen = tuple(
            opacity * above + (1 - opacity) * below
            for above, below in zip(own, background, strict=True)
        )
        darker, lighter = sorted((_luminance(seen), _luminance(background)))
        assert (lighter + 0.05) / (darker + 0.05) >= READABLE, (scheme, selector)
    return _luminance(background)


def _colour(text: str) -> tuple[float, ...]:
    """Return red, green and blue, each from 0 to 1, of a computed style."""
    numbers = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", text)
    assert numbers is not None, text
    return tuple(int(number) / 255 for number in numbers.groups())


def _luminance(colour: tuple[float, ...]) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, definitions)."""
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour
    ]
    return sum(share * each for share, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
