"""Tokens go only where they belong: to the origin of the profile's OSDU platform."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from osdu_auth.errors import ConfigurationError
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import Profile

_DEFAULT_PORTS = {"https": 443, "http": 80}


def require_platform_url(profile: Profile) -> str:
    """Return the origin of the profile's OSDU platform.

    Raises:
        ConfigurationError: the profile names none.
    """
    if profile.platform_url is None:
        raise ConfigurationError(
            f'The profile "{profile.name}" has no platform URL.',
            code="OA-C790",
            why="Without it nobody can say where its tokens belong.",
            fix=f"osdu-auth init -p {profile.name} --platform-url https://YOUR-OSDU-HOST",
        )
    return profile.platform_url


def require_origin(url: str, profile: Profile) -> None:
    """Refuse a URL whose scheme, host or port is not the platform's (RFC 6454, section 4).

    Args:
        url: where a token is about to be sent.
        profile: whose token it is.

    Raises:
        ConfigurationError: the token does not belong there.
    """
    platform_url = require_platform_url(profile)
    if _origin(url) != _origin(platform_url):
        raise ConfigurationError(
            f'The token of "{profile.name}" is not for {printable(_shown(url), 100)}.',
            code="OA-C791",
            why=f"It goes to {platform_url} and nowhere else.",
            fix="Send other requests without auth=, or use the profile of that platform.",
        )


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc or "\\" in url:
        return None
    return parts.scheme, parts.hostname, port


def _shown(url: str) -> str:
    """The origin as text, without what a URL may carry in secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "that address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
