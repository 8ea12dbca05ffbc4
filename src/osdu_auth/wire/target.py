"""Target: where a call goes, read strictly from a URL.

The host that is connected to is the host that was matched here: there is one reading of a URL, and
what it does not match (userinfo, backslashes, blanks, fragments, raw non-ASCII) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Run
from osdu_auth.profiles.addresses import is_loopback_host
from osdu_auth.text import printable

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z.])?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-\"$-\[\]-~]*)?"  # visible ASCII but "#" and "\" (RFC 3986, section 3.3)
)
_USUAL_PORT = {"https": 443, "http": 80}
_HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class Target:
    """Where a call goes.

    Args:
        scheme: `https` or `http`.
        host: a name or an address in lower case, without an IPv6 address's brackets.
        port: the TCP port.
        path: the path with its query; it is never shown.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host and the port, as in a `CONNECT` request."""
        return f"{self._bracketed_host}:{self.port}"

    @property
    def host_header(self) -> str:
        """The host, with the port where it is not the usual one (RFC 9110, section 7.2)."""
        usual = self.port == _USUAL_PORT[self.scheme]
        return self._bracketed_host if usual else self.authority

    @property
    def origin(self) -> str:
        """What an error may show of this target."""
        return f"{self.scheme}://{self.host_header}"

    @property
    def is_loopback(self) -> bool:
        """Whether this is the very machine that the program runs on."""
        return is_loopback_host(self._bracketed_host)

    @property
    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read_target(url: str) -> Target:
    """Read a URL.

    Args:
        url: `https://host[:port][/path][?query]`, or the same with `http` for this machine itself.

    Raises:
        ConfigurationError: OA-C721 it is not such a URL; OA-C720 it would go out in clear.
    """
    match = _URL.fullmatch(url)
    port = int(match["port"] or _USUAL_PORT[match["scheme"]]) if match else 0
    if match is None or not 0 < port <= _HIGHEST_PORT:
        raise ConfigurationError(
            "That is not a URL that can be called.",
            code="OA-C721",
            why="A URL here is https://, a host, perhaps a port and a path, all in visible ASCII.",
            fix="Check --endpoint-url and --platform-url: " + Run("init"),
        )
    host = match["host"].strip("[]").lower()
    target = Target(match["scheme"], host, port, match["path"] or "/")
    if target.scheme == "http" and not target.is_loopback:
        raise ConfigurationError(
            f"{printable(target.origin, 100)} is not called over plain http.",
            code="OA-C720",
            why="Passwords and tokens would cross the network in clear.",
            fix=f"Use https://{printable(target.host, 100)}; plain http is for this machine alone.",
        )
    return target
