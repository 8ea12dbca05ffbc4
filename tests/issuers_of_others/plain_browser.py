"""A browser without a screen: it follows addresses and fills in forms by plain HTTP.

For the development pages of npm's oidc-provider; as a program it takes the address as its argument,
as `BROWSER=` wants it.
"""

from __future__ import annotations

import re
import sys
from http.cookiejar import CookieJar
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

_MOST = 20  # steps


class End(NamedTuple):
    """Where a browser ended.

    Args:
        url: the address.
        text: the page; empty where it was not asked for.
    """

    url: str
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("<title>")[2].partition("</title>")[0]


class _Stay(HTTPRedirectHandler):
    """Follows nothing by itself."""

    def redirect_request(self, *_: object) -> None:
        return None


def sign_in(
    address: str, username: str = "ada", *, consents: bool = True, comes_back: bool = True
) -> End:
    """Sign in at a provider's pages, and return where it ends.

    Args:
        address: where the sign-in begins.
        username: who signs in; that provider takes any password.
        consents: whether the person consents; else says no.
        comes_back: whether the browser goes on to other servers, such as a listener.
    """
    opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay())
    provider = urlsplit(address).netloc
    form: dict[str, str] | None = None
    for _ in range(_MOST):
        if urlsplit(address).netloc != provider and not comes_back:
            return End(address, "")
        data = urlencode(form).encode() if form is not None else None
        try:
            response = opener.open(Request(address, data), timeout=20)
        except HTTPError as error:
            response = error
        with response:
            body: str = response.read().decode()
        location = response.headers.get("Location")
        form = None
        if location:
            address = urljoin(address, location)
            continue
        action = re.search(r'<form[^>]+action="([^"]+)"', body)
        if action is None:
            return End(address, body)
        prompt = re.search(r'name="prompt" value="([a-z]+)"', body)
        if prompt is not None and prompt[1] == "consent" and not consents:
            address = urljoin(address, re.findall(r'href="([^"]+/abort)"', body)[0])
            continue
        address = urljoin(address, action[1])
        form = {"prompt": prompt[1] if prompt else "", "login": username, "password": "x"}
    raise RuntimeError(f"it does not end: {address.partition('?')[0]}")


if __name__ == "__main__":
    sign_in(sys.argv[1], *sys.argv[2:3])
