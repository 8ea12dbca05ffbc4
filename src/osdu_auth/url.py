"""Url: the one reading of a URL, so that the host that is judged is the host that is called.

The law of this module: a URL is taken apart by one pattern that allows. What that does not name
before the path (a user name, blanks, backslashes, encoded and international characters) is no part
of any URL here. A user name may be a password: it is taken off before anything is shown.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_HIGHEST_PORT = 65_535
_URL = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_](?:[0-9A-Za-z._-]*[0-9A-Za-z_.])?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?#].*)?",
    re.DOTALL,
)
# Patterns that are seldom looked for, and are compiled then.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_USER = r"\A([^/?#]*//)?[^/?#]*@"
_UP_TO_PATH = r"[^/?#]*//[^/?#\\]*"
_USUAL_PORTS = {"https": 443, "http": 80}
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
_LOOPBACK_BYTE = 127
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Url(NamedTuple):
    """A URL of `http` or `https`.

    Args:
        scheme: `https` or `http`.
        host: a name or an address in lower case, without an IPv6 address's brackets.
        port: the TCP port, the usual one of the scheme where none is written.
        path: what follows, query and fragment included, as it is written; it is never shown.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    def __repr__(self) -> str:
        return f"Url({self.origin!r})"

    @property
    def authority(self) -> str:
        """The host and the port, as in a `CONNECT` request."""
        return f"{self._bracketed_host}:{self.port}"

    @property
    def host_header(self) -> str:
        """The host, with the port where it is not the usual one (RFC 9110, section 7.2)."""
        usual = self.port == _USUAL_PORTS[self.scheme]
        return self._bracketed_host if usual else self.authority

    @property
    def origin(self) -> str:
        """Scheme, host and port, one text for all spellings of them; it may be shown."""
        return f"{self.scheme}://{self.host_header}"

    @property
    def is_loopback(self) -> bool:
        """Whether it leads to this very machine, in whatever form a resolver takes for that."""
        host = self.host.removesuffix(".")
        if host == "localhost":
            return True
        if ":" in host:
            from ipaddress import IPv6Address

            address = IPv6Address(host)
            return (address.ipv4_mapped or address).is_loopback
        from socket import inet_aton

        try:
            return inet_aton(host)[0] == _LOOPBACK_BYTE
        except OSError:  # it is no number
            return False

    @property
    def may_carry_secrets(self) -> bool:
        """Whether nothing on the way can read it: it goes over https, or stays on this machine.

        Plain http is for the plain spellings of this machine, which nothing reads otherwise.
        """
        if self.scheme == "https" or self.host in {"localhost", "::1"}:
            return True
        return self.host.startswith("127.") and re.fullmatch(IPV4, self.host) is not None

    @property
    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_url(text: str) -> Url:
    """Read a URL.

    Raises:
        ValueError: it is none; its text is a sentence that says why.
    """
    url = read_url_or_none(text)
    if url is None:
        raise ValueError(_reason_against(text))
    return url


def read_url_or_none(text: str) -> Url | None:
    """Return a URL that was read, None where `text` is none."""
    match = _URL.fullmatch(text)
    if match is None:
        return None
    scheme, host, written_port, path = match.groups()
    scheme = scheme.lower()
    port = int(written_port or _USUAL_PORTS[scheme])
    if not 0 < port <= _HIGHEST_PORT:
        return None
    if host.startswith("["):
        from ipaddress import IPv6Address

        host = host[1:-1]
        try:
            IPv6Address(host)
        except ValueError:
            return None
    return Url(scheme, host.lower(), port, path or "")


def percent_encoded(text: str) -> str:
    """Return a text with all but letters, digits and `-._~` encoded (RFC 3986, section 2.1).

    `urllib.parse.quote` does the same; importing it takes longer than asking an issuer nearby.

    Raises:
        UnicodeEncodeError: it holds a lone surrogate.
    """
    return "".join(
        chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode("utf-8")
    )


def without_user(text: str) -> str:
    """Return a URL, or what was given as one, without what stands before its host's @."""
    return re.sub(_USER, r"\1", text, count=1)


def shown_origin(text: str) -> str:
    """Return what may be shown of where a URL leads, one that is refused included."""
    url = read_url_or_none(without_user(text))
    match = None if "@" in text else re.match(_UP_TO_PATH, text)
    return url.origin if url else match[0] if match else "that address"


def _reason_against(text: str) -> str:
    if not text.isascii():
        return "Only ASCII characters can be used; an international host name is written xn--…."
    if not re.match(_SCHEME, text):
        return "It does not begin with https://."
    if _URL.fullmatch(text):
        return f"Its host is no IP address, or its port no number from 1 to {_HIGHEST_PORT}."
    if "@" in text:
        return "There is a user name in it; an address here has none."
    return "It is not of the form https://host or https://host:port."
