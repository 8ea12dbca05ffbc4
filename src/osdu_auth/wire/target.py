"""Where a call goes: a URL that can be called, and no plain http but to this machine itself."""

from __future__ import annotations

import re

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Run
from osdu_auth.text import printable
from osdu_auth.url import Url, read_url_or_none

# Visible ASCII but "#" and "\" (RFC 3986, section 3.3).
_PATH_AND_QUERY = re.compile(r"(?:/[!-\"$-\[\]-~]*)?")


def read_target(text: str) -> Url:
    """Return the URL of a call, with the path that is asked for.

    Args:
        text: `https://host[:port][/path][?query]`, or the same with `http` for this machine itself.

    Raises:
        ConfigurationError: OA-C721 it is not such a URL; OA-C720 it would go out in clear.
    """
    url = read_url_or_none(text) if text.startswith(("https:", "http:")) else None
    if url is None or not _PATH_AND_QUERY.fullmatch(url.path):
        raise ConfigurationError(
            "That is not a URL that can be called.",
            code="OA-C721",
            why="A URL here is https://, a host, perhaps a port and a path, all in visible ASCII.",
            fix="Check endpoint_url and platform_url: " + Run("init"),
        )
    if not url.may_carry_secrets:
        raise ConfigurationError(
            f"{printable(url.origin, 100)} is not called over plain http.",
            code="OA-C720",
            why="Passwords and tokens would cross the network in clear.",
            fix=f"Use https://{printable(url.host, 100)}; plain http is for this machine alone.",
        )
    return url if url.path else url._replace(path="/")
