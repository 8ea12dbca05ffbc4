"""A browser without a screen: it keeps cookies, follows redirects and fills in forms."""

from __future__ import annotations

from html.parser import HTMLParser
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox


class Page(HTMLParser):
    """A page as a browser has it.

    Attributes:
        url: its URL; where it is on another server, the URL that the browser was sent to.
        status: the HTTP status; 0 for a page of another server, which is not asked for.
        headers: the headers, by lower-case names.
        html: the HTML text.
        fields: the inputs of its form, with their values.
        buttons: the buttons that have a name.
        texts: the texts between the tags.
    """

    def __init__(self, url: str, status: int, headers: dict[str, str], html: str) -> None:
        super().__init__()
        self.url, self.status, self.headers, self.html = url, status, headers, html
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert given["method"] == "post"
            self.action = given["action"]
        elif tag == "input" and given["type"] != "radio":
            self.fields[given["name"]] = given["value"]
        elif tag == "button" and "name" in given:
            self.buttons[given["name"]] = given["value"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def title(self) -> str:
        return self.html.partition("<title>")[2].partition("</title>")[0]

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the URL; each comes once."""
        pairs = parse_qsl(urlsplit(self.url).query, keep_blank_values=True)
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)


class FormBrowser:
    """One browser with its own cookies, at one sandbox.

    Args:
        sandbox: the sandbox.
        comes_back: whether it goes on to other servers, such as a listener on this machine.
    """

    def __init__(self, sandbox: Sandbox, *, comes_back: bool = False) -> None:
        self._sandbox = sandbox
        self._comes_back = comes_back
        self.cookies: dict[str, str] = {}
        self.visited: list[str] = []

    def open(self, url: str, form: dict[str, str] | None = None) -> Page:
        """Open a URL, follow its redirects, and return the page."""
        for _ in range(10):
            self.visited.append(url)
            page = self._request(url, form)
            location = page.headers.get("location")
            if location is None:
                return page
            url, form = urljoin(url, location), None
            if not url.startswith(self._sandbox.endpoint_url + "/") and not self._comes_back:
                return Page(url, 0, page.headers, "")
        raise AssertionError("the redirects do not end")

    def submit(self, page: Page, button: str | None = None, **filled: str) -> Page:
        """Send a page's form with some fields filled in."""
        assert page.action is not None, page.html
        form = {**page.fields, **filled}
        if button is not None:
            form[button] = page.buttons[button]
        return self.open(urljoin(page.url, page.action), form)

    def sign_in(self, page: Page, username: str = "", password: str = "") -> Page:
        """Send the form of a user name and a password, by default those of the sandbox's user."""
        sandbox = self._sandbox
        return self.submit(
            page, username=username or sandbox.username, password=password or sandbox.password
        )

    def _request(self, url: str, form: dict[str, str] | None) -> Page:
        parts = urlsplit(url)
        is_own = url.startswith(self._sandbox.endpoint_url + "/")
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        connection = HTTPConnection(host, parts.port, timeout=20)
        headers = {"Host": parts.netloc}
        if is_own and self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(
                "GET" if form is None else "POST",
                f"{parts.path}?{parts.query}" if parts.query else parts.path,
                None if form is None else urlencode(form),
                headers,
            )
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for name, value in response.getheaders():
            if is_own and name == "Set-Cookie":
                self._keep(value)
        received = {name.lower(): value for name, value in response.getheaders()}
        return Page(url, response.status, received, text)

    def _keep(self, cookie: str) -> None:
        pair, _, attributes = cookie.partition(";")
        assert "HttpOnly" in attributes
        assert "SameSite=Lax" in attributes
        name, _, value = pair.partition("=")
        if "Max-Age=0" in attributes:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
