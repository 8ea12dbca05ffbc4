"""Addresses: which addresses a setting may have, and in which form they are kept.

Tokens and passwords are sent to these addresses. So an accepted address is built again from its
parts, each of which was checked. No part can have a user name, a query, a fragment, blanks, or
encoded or international characters.
"""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import ExampleValue
from osdu_auth.input_text import value_in
from osdu_auth.text import printable
from osdu_auth.url import Url, is_ipv4, read_url, read_url_or_none

_PATH_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"  # neither empty, nor "." or "..", nor encoded
# A resolver reads a last label that begins with a digit as a number (0x7f.1, 2130706433).
_HOST_NAME = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME_LENGTH = 253
_LONGEST_SUGGESTION = 120  # characters


def check_origin(text: str) -> str:
    """Return `text` as an origin, `scheme://host[:port]`: https, or http for this machine only.

    Without a scheme a host gets https; this machine needs a scheme, as it may have either. Upper
    case, the usual port and a trailing slash are removed, so that an origin has one spelling. Host
    names are ASCII: an international name is given as `xn--…`.

    Raises:
        ConfigurationError: OA-C705.
    """
    try:
        origin, path = _read(_with_scheme(text))
        if not path:
            return origin
        suggestion = origin
        reason = "Only scheme, host and port are allowed here, without a path."
    except ValueError as error:
        suggestion, reason = _suggestion(text), str(error)
    raise _refusal(text, reason, "OA-C705", suggestion)


def check_endpoint_url(text: str) -> str:
    """Return `text` as the address of a pool's API: an origin, and a path if a gateway has one.

    Raises:
        ConfigurationError: OA-C706.
    """
    try:
        return "".join(_read(_with_scheme(text)))
    except ValueError as error:
        reason = str(error)
    raise _refusal(text, reason, "OA-C706", _suggestion(text, keeps_path=True))


def _with_scheme(text: str) -> str:
    """Add https to a host name with a dot that has no scheme."""
    address = f"https://{text}"
    url = None if "/" in text else read_url_or_none(address)
    return address if url and "." in url.host and not url.is_loopback else text


def _read(text: str) -> tuple[str, str]:
    """Return the origin and the path of an address.

    Raises:
        ValueError: it is not an address that may be used; the text says why.
    """
    url = read_url(text)
    path = url.path.removesuffix("/")
    if not _is_host(url):
        raise ValueError(_reason_against_host(url.host))
    if not url.may_carry_secrets:
        raise ValueError(
            "Passwords and tokens are sent over https; plain http is only for this machine."
        )
    segments = path.split("/")
    if segments[0] or not all(re.fullmatch(_PATH_SEGMENT, segment) for segment in segments[1:]):
        raise ValueError("What follows the host is not a plain path.")
    return url.origin, path


def _is_host(url: Url) -> bool:
    if ":" in url.host or is_ipv4(url.host):
        return True
    return len(url.host) <= _HOST_NAME_LENGTH and re.fullmatch(_HOST_NAME, url.host) is not None


def _reason_against_host(host: str) -> str:
    if "_" in host:
        return "Its host has an underscore, which the name of a host cannot have (RFC 1123)."
    return "Its host is neither a host name nor an IP address."


def _suggestion(text: str, *, keeps_path: bool = False) -> str:
    """Return an accepted address that is like `text`, or an example."""
    trimmed = value_in(text)
    rest = trimmed.partition("://")[2]
    bare, plain = rest.partition("/")[0], re.split("[?#]", rest)[0]
    with_path = (f"https://{plain}",) if keeps_path and len(plain) <= _LONGEST_SUGGESTION else ()
    for guess in (
        *(trimmed, f"http://{trimmed}", f"https://{trimmed}"),
        *(*with_path, f"https://{bare}"),
    ):
        try:
            return "".join(_read(guess))
        except ValueError:
            continue
    return "https://osdu.example.com"


def _refusal(text: str, reason: str, code: str, suggestion: str) -> ConfigurationError:
    # The part before an @ may be a password, or the name of a false host: it is not shown.
    shown = "That" if "@" in text else f'"{printable(text, 80)}"'
    return ConfigurationError(
        f"{shown} cannot be used as an address.",
        code=code,
        why=reason,
        fix=ExampleValue(suggestion),
    )
