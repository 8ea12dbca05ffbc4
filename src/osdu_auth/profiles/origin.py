"""A token is sent only to the origin of its profile's OSDU platform."""

from __future__ import annotations

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Run
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.text import printable
from osdu_auth.url import read_url, read_url_or_none, shown_origin, without_user

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile


def require_platform_url(profile: AnyProfile) -> str:
    """Return the origin of the profile's OSDU platform.

    Raises:
        ConfigurationError: OA-C790: the profile names no platform.
    """
    if profile.platform_url is None:
        raise ConfigurationError(
            f'The profile "{profile.name}" has no platform URL.',
            code="OA-C790",
            why="Tokens are sent only to that address.",
            fix=Run(
                "init", "--platform-url", Blank("https://YOUR-OSDU-HOST"), profile=profile.name
            ),
        )
    return profile.platform_url


def is_on_platform(url: str, profile: AnyProfile) -> bool:
    """Return whether a URL has the scheme, host and port of the platform (RFC 6454, section 4).

    Raises:
        ConfigurationError: OA-C790: the profile names no platform.
    """
    platform_url = profile.platform_url or require_platform_url(profile)
    # Every URL parser ends the host at the first slash after `//`. So a URL that begins with the
    # checked text of the platform's URL and a slash is on the platform.
    if url.startswith(platform_url + "/"):
        return True
    read = read_url_or_none(url)
    return read is not None and read.origin == read_url(platform_url).origin


def is_in_clear(platform_url: str | None) -> bool:
    """Return whether tokens go to the platform in clear: by http, to this machine only.

    Such requests are not sent through a proxy, as it could read the token.

    Args:
        platform_url: a profile's, or a URL on the platform as an HTTP library writes it.
    """
    return platform_url is not None and platform_url.startswith("http:")


def require_origin(url: object, profile: AnyProfile) -> None:
    """Refuse a URL whose scheme, host or port is not the platform's.

    Args:
        url: where the token would be sent, as text or as an object such as `httpx.URL`.
        profile: the profile of the token.

    Raises:
        ConfigurationError: OA-C791: the URL is not on the platform.
    """
    url = str(url)
    if is_on_platform(url, profile):
        return
    shown = printable(shown_origin(url), 100)
    if is_on_platform(without_user(url), profile):
        raise ConfigurationError(
            f"The address {shown} was given with a user name, which is not allowed here.",
            code="OA-C791",
            why=f'The token of "{profile.name}" says who calls. The user name is not shown.',
            fix=f"Leave out what is before the @: {shown}/…",
        )
    raise ConfigurationError(
        f'The token of "{profile.name}" is not for {shown}.',
        code="OA-C791",
        why=f"It is sent only to {profile.platform_url}.",
        fix="Send other requests without auth=, or use the profile of that platform.",
    )
