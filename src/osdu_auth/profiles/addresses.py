"""Addresses: what may stand behind `https://` in a setting, and how it is written once accepted.

The law of this module: tokens and passwords travel to these addresses, so an address is taken apart
by one pattern that allows, and is put together again from its parts. What the pattern does not name
(userinfo, query, fragment, blanks, encoded and international characters) cannot come through.
"""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.text import printable

_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_AUTHORITY = r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?"
_PATH_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"  # neither empty, nor "." or "..", nor encoded
# A last label that begins with a digit is a number to a resolver (0x7f.1, 2130706433).
_HOST_NAME = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME_LENGTH = 253
_IPV4_PART = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_IPV4_PART}(?:\.{_IPV4_PART}){{3}}"
_USUAL_PORT = {"https": 443, "http": 80}
_HIGHEST_PORT = 65535


def check_origin(text: str) -> str:
    """Return `text` as an origin, `scheme://host[:port]`: https, or http for this machine alone.

    Case and the usual port are evened out and a trailing slash is dropped, so that two spellings of
    one origin are one text. Host names are ASCII: an international name is given as `xn--…`.

    Raises:
        ConfigurationError: OA-C705.
    """
    url, reason = _read(text)
    path = _path_of(url)
    if url and not path:
        return url
    reason = reason or "Only scheme, host and port belong here, not what follows them."
    suggestion = url.removesuffix(path) or _suggestion(text)
    raise _refusal(text, reason, code="OA-C705", typed=f"--platform-url {suggestion}")


def check_endpoint_url(text: str) -> str:
    """Return `text` as the address of a pool's API: an origin, and a path where there is a gateway.

    Raises:
        ConfigurationError: OA-C706.
    """
    url, reason = _read(text)
    if url:
        return url
    raise _refusal(text, reason, code="OA-C706", typed=f"--endpoint-url {_suggestion(text)}")


def is_loopback_host(host: str) -> bool:
    """Say whether `host`, as in an address and in lower case, is this machine and nothing else."""
    in_loopback_net = re.fullmatch(_IPV4, host) is not None and host.startswith("127.")
    return host in {"localhost", "[::1]"} or in_loopback_net


def _read(text: str) -> tuple[str, str]:
    """Return the address to use and "", or "" and the reason why there is none."""
    if not text.isascii():  # before anything is made lower-case: the Kelvin sign becomes a k
        return "", "Only ASCII characters can be used; an international host name is written xn--…."
    slash = text.find("/", len(text.partition("://")[0]) + 3)
    authority, path = (text[:slash], text[slash:]) if slash >= 0 else (text, "")
    parts = re.fullmatch(_AUTHORITY, authority.lower())
    if parts is None:
        return "", _reason_against_form(text)
    scheme, host, port_text = parts.groups()
    port = int(port_text or _USUAL_PORT[scheme])
    path = path.removesuffix("/")
    reason = _reason_against_parts(scheme, host, port, path)
    shown_port = "" if port == _USUAL_PORT[scheme] else f":{port}"
    return ("", reason) if reason else (f"{scheme}://{host}{shown_port}{path}", "")


def _reason_against_form(text: str) -> str:
    if not re.match(_SCHEME, text):
        return "It does not begin with https://."
    if "@" in text:
        return "There is a user name in it; an address here has none."
    return "It is not of the form https://host or https://host:port."


def _reason_against_parts(scheme: str, host: str, port: int, path: str) -> str:
    if not _is_host(host):
        return "Its host is neither a host name nor an IP address."
    if scheme == "http" and not is_loopback_host(host):
        return "Passwords and tokens travel over https; plain http is for this machine alone."
    if not 0 < port <= _HIGHEST_PORT:
        return f"A port is a number from 1 to {_HIGHEST_PORT}."
    if not all(re.fullmatch(_PATH_SEGMENT, segment) for segment in path.split("/")[1:]):
        return "What follows the host is not a plain path."
    return ""


def _is_host(host: str) -> bool:
    if host.startswith("["):
        from ipaddress import IPv6Address

        try:
            IPv6Address(host[1:-1])
        except ValueError:
            return False
        return True
    if re.fullmatch(_IPV4, host):
        return True
    return len(host) <= _HOST_NAME_LENGTH and re.fullmatch(_HOST_NAME, host) is not None


def _path_of(url: str) -> str:
    slash = url.find("/", len("https://"))
    return url[slash:] if slash >= 0 else ""


def _suggestion(text: str) -> str:
    """Return the address that `text` probably meant, an example where that cannot be said."""
    trimmed = text.strip()
    bare = trimmed.partition("://")[2].partition("/")[0]
    guesses = (trimmed, f"https://{trimmed}", f"https://{bare}")
    good = (url for url, _ in map(_read, guesses) if url)
    return next(good, "https://osdu.example.com")


def _refusal(text: str, reason: str, *, code: str, typed: str) -> ConfigurationError:
    # What stands before an @ is a password, or somebody else's host in disguise: not repeated.
    shown = "That" if "@" in text else f'"{printable(text, 80)}"'
    return ConfigurationError(
        f"{shown} cannot be used as an address.",
        code=code,
        why=reason,
        fix=f"Give it as in: {typed}",
    )
