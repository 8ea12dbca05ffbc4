"""The proxy of a call, by the environment variables.

`https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY`: the first that is set counts. Where none is
set, the system's own setting counts on Windows and macOS. `http_proxy` is ignored: plain http is
used only for this machine, and a call to this machine never goes to a proxy.

`no_proxy` or `NO_PROXY` lists the hosts that are called directly: `*`, a domain with its subdomains
(with or without a leading dot), an address, or a network such as `10.0.0.0/8`; each may end in
`:port`.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.input_text import odd_character_in, unquoted, value_in, without_invisible_ends
from osdu_auth.secret import Secret
from osdu_auth.text import printable
from osdu_auth.url import Url, read_url_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.fixes import Fix

_PROXY_SETTINGS = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_EXEMPTION_SETTINGS = ("no_proxy", "NO_PROXY")

_PROXY_URL = re.compile(r"(?:http://)?(?:(?P<user>.*)@)?(?P<place>[^@]*)", re.IGNORECASE)
_EXEMPTION = re.compile(r"(?P<host>\[[^\]]+\]|[^:]+|[0-9a-f:.]+(?:/[0-9]+)?)(?::(?P<port>[0-9]+))?")


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy that tunnels (RFC 9110, section 9.3.6).

    Args:
        host: its name or address, without the brackets of an IPv6 address.
        port: its TCP port.
        authorization: the value of `Proxy-Authorization`; None where its URL names no user.
        setting: the variable that names the proxy; for a system setting, the one to use instead.
    """

    host: str
    port: int
    authorization: Secret | None = None
    setting: str = field(default="HTTPS_PROXY", compare=False)

    @property
    def shown(self) -> str:
        """Host and port, which an error may show."""
        return Url("http", self.host, self.port).authority


def proxy_for(target: Url, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy of a call to `target`; None where the call is direct.

    Args:
        target: the URL that is called.
        environment: the environment variables.

    Raises:
        ConfigurationError: OA-C722: the setting names no HTTP proxy.
    """
    if target.is_loopback:
        return None
    name = next((name for name in _PROXY_SETTINGS if value_in(environment.get(name, ""))), None)
    if name is None:
        return _system_proxy(target)
    if _is_exempted(target, environment):
        return None
    return _read_proxy(environment[name], name)


def cleaned_proxy_url(target: Url, environment: Mapping[str, str]) -> str | None:
    """Return the corrected URL of a proxy for the AWS SDK, which does not correct it itself.

    Args:
        target: the URL that is called.
        environment: the environment variables.

    Returns:
        The URL without the quotes and invisible characters around it; None where there are none,
        or where no proxy is used.
    """
    name = next((name for name in _PROXY_SETTINGS if environment.get(name)), None)
    if name is None or _is_exempted(target, environment):
        return None
    bare = _without_ends(environment[name])
    return None if bare == environment[name] else bare


def token_to_proxy_error(origin: str, fix: str | Fix) -> ConfigurationError:
    """Return the error of a call whose token or password a proxy could read.

    Args:
        origin: the origin of the call: `http://host:port` of this machine, or one that a proxy
            forwards to.
        fix: what to type, so that the call goes to no proxy.
    """
    return ConfigurationError(
        f"A call to {printable(origin, 100)} would go to a proxy, and nothing was sent.",
        code="OA-C729",
        why="The proxy would read the token or the password in it.",
        fix=fix,
    )


def no_proxy_command(host: str, environment: Mapping[str, str]) -> Fix:
    """Return the command after which programs call a host directly.

    It sets the lower-case variable, which has priority where both are set, and keeps its entries.

    Args:
        host: a name or an address, without brackets.
        environment: the environment variables.
    """
    from osdu_auth.fixes import Export

    name = next((name for name in _EXEMPTION_SETTINGS if environment.get(name)), None)
    others = environment[name].split(",") if name else []
    return Export("no_proxy", ",".join([*others, host]))


def _is_exempted(target: Url, environment: Mapping[str, str]) -> bool:
    name = next((name for name in _EXEMPTION_SETTINGS if environment.get(name)), None)
    return name is not None and is_exempt(target, environment[name])


def is_exempt(target: Url, exemptions: str) -> bool:
    """Say whether `NO_PROXY` exempts a target.

    Args:
        target: the URL that is called.
        exemptions: the value of `NO_PROXY`, separated by commas or blanks.
    """
    entries = map(value_in, re.split(r"[,\s]+", value_in(exemptions).lower()))
    return any(_covers(entry, target) for entry in entries if entry)


def _covers(entry: str, target: Url) -> bool:
    if entry == "*":
        return True
    match = _EXEMPTION.fullmatch(entry)
    if match is None or (match["port"] and int(match["port"][:6]) != target.port):
        return False
    host = match["host"].strip("[]")
    if "/" in host:
        return _is_in_network(target.host, host)
    domain = host.removeprefix("*").strip(".")
    host_name = target.host.rstrip(".")
    return bool(domain) and (host_name == domain or host_name.endswith("." + domain))


def _is_in_network(host: str, network: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _read_proxy(url: str, name: str) -> Proxy:
    from osdu_auth.fixes import Unset

    match = _PROXY_URL.fullmatch(_without_ends(url))
    place = read_url_or_none(f"http://{match['place']}") if match else None
    if match is None or place is None or place.path not in {"", "/"}:
        raise ConfigurationError(
            f"{name} does not name an HTTP proxy.",
            code="OA-C722",
            why=f"{_odd_character_in_host(match)} Its form is http://host:port; https and SOCKS "
            "proxies cannot be used.".strip(),
            fix="Set it to http://PROXY-HOST:PORT, or: " + Unset(name)
            if name in _PROXY_SETTINGS
            else "Set it to http://PROXY-HOST:PORT.",
        )
    setting = name if name in _PROXY_SETTINGS else _PROXY_SETTINGS[1]
    return Proxy(place.host, place.port, _basic_credentials(match["user"]), setting)


def schemes_of(challenge: str) -> list[str]:
    """Return the kinds of sign-in that a proxy offers (`Proxy-Authenticate`, RFC 9110, 11.7.1).

    Args:
        challenge: the header's value; several challenges are joined by commas.
    """
    without_texts = re.sub(r'"(?:[^"\\]|\\.)*"', '""', challenge)
    return re.findall(r"(?:^|,)\s*([A-Za-z][\w-]*)(?=\s*(?:,|$)|\s+[\w-]+)", without_texts)


def _without_ends(url: str) -> str:
    """Return a URL without the invisible characters and quotes around it; its bytes do not change.

    Bytes that are not UTF-8 may be a password in another encoding.
    """
    return unquoted(without_invisible_ends(url))


def _odd_character_in_host(match: re.Match[str] | None) -> str:
    """Return a sentence about odd characters in host and port; the user part is not shown."""
    return odd_character_in(match["place"]) if match else ""


def _basic_credentials(userinfo: str | None) -> Secret | None:
    """Return the `Basic` credentials of a URL's userinfo (RFC 7617).

    As in curl, characters written with % are decoded; all others keep the bytes that the variable
    has.
    """
    if not userinfo:
        return None
    from base64 import b64encode
    from urllib.parse import unquote_to_bytes

    user, _, password = userinfo.partition(":")
    pair = b":".join(
        unquote_to_bytes(each.encode("utf-8", "surrogateescape")) for each in (user, password)
    )
    return Secret("Basic " + b64encode(pair).decode("ascii"))


def _system_proxy(target: Url) -> Proxy | None:
    if sys.platform not in {"win32", "darwin"}:
        return None
    from urllib.request import getproxies, proxy_bypass

    url = getproxies().get("https")
    return None if not url or proxy_bypass(target.host) else _read_proxy(url, "the system's proxy")
