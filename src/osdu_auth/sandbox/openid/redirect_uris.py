"""Whether a URI is one that is registered for an app client."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.app_clients import AppClient

_LOOPBACK = re.compile(
    r"(?P<host>http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::(?P<port>[0-9]{1,5}))?(?P<rest>/.*)?"
)
_HIGHEST_PORT = 65_535


def is_callback(app_client: AppClient, uri: str) -> bool:
    """Tell whether a redirect URI is registered: exactly, or but for the port on loopback.

    Args:
        app_client: The app client.
        uri: The redirect URI, as it was sent.
    """
    if uri in app_client.callback_urls:
        return True
    if not app_client.any_loopback_port:
        return False
    # RFC 8252, section 7.3: any port, and nothing else of it.
    without_port = _without_port(uri)
    return without_port is not None and without_port in {
        _without_port(registered) for registered in app_client.callback_urls
    }


def _without_port(uri: str) -> str | None:
    match = _LOOPBACK.fullmatch(uri)
    if match is None or int(match["port"] or 0) > _HIGHEST_PORT:
        return None
    return match["host"] + (match["rest"] or "")
