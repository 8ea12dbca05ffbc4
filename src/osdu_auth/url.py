"""Url: the one parser of URLs, so that the host that is checked is the host that is called.

Invariant: one pattern lists what a URL may contain before its path. Everything else there (a user
name, spaces, backslashes, percent-encoded and international characters) makes the URL invalid. A
user name may be a password, so it is removed before any part of a URL is shown.
"""

from __future__ import annotations

import re

from osdu_auth.light_typing import NamedTuple

_HIGHEST_PORT = 65_535
_URL = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_](?:[0-9A-Za-z._-]*[0-9A-Za-z_.])?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?#].*)?",
    re.DOTALL,
)
# These patterns are rarely needed, so they are compiled when they are used.
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_USER = r"\A([^/?#]*//)?[^/?#]*@"
_UP_TO_PATH = r"[^/?#]*//[^/?#\\]*"
_USUAL_PORTS = {"https": 443, "http": 80}
_LOOPBACK_BYTE = 127
_IPV4_BYTES = frozenset(map(str, range(256)))
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Url(NamedTuple):
    """A URL of `http` or `https`.

    Args:
        scheme: `https` or `http`.
        host: a name or an address in lower case, without an IPv6 address's brackets.
        port: the TCP port, the usual one of the scheme where none is written.
        path: the rest as it is written, with query and fragment; it is never shown.
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
        """Scheme, host and port in one normal form; it may be shown."""
        return f"{self.scheme}://{self.host_header}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, in every spelling that a resolver accepts."""
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
        except OSError:  # the host is not an IPv4 address
            return False

    @property
    def may_carry_secrets(self) -> bool:
        """Whether no other computer can read a request: it uses https, or stays on this machine.

        For http only the usual spellings of this machine are accepted, which every program reads
        in the same way.
        """
        if self.scheme == "https" or self.host in {"localhost", "::1"}:
            return True
        return self.host.startswith("127.") and is_ipv4(self.host)

    @property
    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_url(text: str) -> Url:
    """Read a URL.

    Raises:
        ValueError: the text is not a URL; the error's text is a sentence that says why.
    """
    url = read_url_or_none(text)
    if url is None:
        raise ValueError(_why_invalid(text))
    return url


def read_url_or_none(text: str) -> Url | None:
    """Return the URL; None where the text is not a URL."""
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


def is_ipv4(host: str) -> bool:
    """Say whether a host is an IPv4 address in its usual form, of four decimal numbers."""
    parts = host.split(".")
    return len(parts) == 4 and _IPV4_BYTES.issuperset(parts)  # noqa: PLR2004


def percent_encoded(text: str) -> str:
    """Return a text with all but letters, digits and `-._~` encoded (RFC 3986, section 2.1).

    `urllib.parse.quote` does the same; importing it takes longer than a request to a near issuer.

    Raises:
        UnicodeEncodeError: it contains a lone surrogate.
    """
    return "".join(
        chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode("utf-8")
    )


def without_user(text: str) -> str:
    """Return a URL, valid or not, without the user name and password before the @ of its host."""
    return re.sub(_USER, r"\1", text, count=1)


def shown_origin(text: str) -> str:
    """Return the part of a URL that may be shown, even where the URL is invalid."""
    url = read_url_or_none(without_user(text))
    match = None if "@" in text else re.match(_UP_TO_PATH, text)
    return url.origin if url else match[0] if match else "that address"


def _why_invalid(text: str) -> str:
    if not text.isascii():
        return "Only ASCII characters can be used; an international host name is written xn--…."
    if not re.match(_SCHEME, text):
        return "It does not begin with https://."
    if _URL.fullmatch(text):
        return f"Its host is not an IP address, or its port is not from 1 to {_HIGHEST_PORT}."
    if "@" in text:
        return "It contains a user name, which is not allowed here."
    return "It is not of the form https://host or https://host:port."
