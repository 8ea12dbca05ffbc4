"""Tokens go only where they belong: to the origin of the profile's OSDU platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, Run
from osdu_auth.text import printable
from osdu_auth.url import read_url, read_url_or_none, shown_origin, without_user

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile


def require_platform_url(profile: AnyProfile) -> str:
    """Return the origin of the profile's OSDU platform.

    Raises:
        ConfigurationError: the profile names none.
    """
    if profile.platform_url is None:
        raise ConfigurationError(
            f'The profile "{profile.name}" has no platform URL.',
            code="OA-C790",
            why="Without it nobody can say where its tokens belong.",
            fix=Run(
                "init", "--platform-url", Blank("https://YOUR-OSDU-HOST"), profile=profile.name
            ),
        )
    return profile.platform_url


def is_on_platform(url: str, profile: AnyProfile) -> bool:
    """Say whether a URL has the scheme, host and port of the platform (RFC 6454, section 4).

    Raises:
        ConfigurationError: the profile names no platform.
    """
    platform_url = profile.platform_url or require_platform_url(profile)
    # Whatever takes a URL apart ends its authority at the first slash after the two, so one that
    # begins with the very text of the platform's, which a profile has checked, is on the platform.
    if url.startswith(platform_url + "/"):
        return True
    read = read_url_or_none(url)
    return read is not None and read.origin == read_url(platform_url).origin


def is_in_clear(platform_url: str | None) -> bool:
    """Say whether tokens go to the platform in clear: over http, and so on this machine alone.

    A proxy would read them, so that they are kept from every one.

    Args:
        platform_url: a profile's, or a URL on the platform as an HTTP library writes it.
    """
    return platform_url is not None and platform_url.startswith("http:")


def require_origin(url: object, profile: AnyProfile) -> None:
    """Refuse a URL whose scheme, host or port is not the platform's.

    Args:
        url: where a token is about to be sent; its text counts, as that of `httpx.URL`.
        profile: whose token it is.

    Raises:
        ConfigurationError: the token does not belong there.
    """
    url = str(url)
    if is_on_platform(url, profile):
        return
    shown = printable(shown_origin(url), 100)
    if is_on_platform(without_user(url), profile):
        raise ConfigurationError(
            f"The address {shown} was given with a user name, which it has no use for here.",
            code="OA-C791",
            why=f'The token of "{profile.name}" says who calls. What was given is not shown.',
            fix=f"Leave out what stands before the @: {shown}/…",
        )
    raise ConfigurationError(
        f'The token of "{profile.name}" is not for {shown}.',
        code="OA-C791",
        why=f"It goes to {profile.platform_url} and nowhere else.",
        fix="Send other requests without auth=, or use the profile of that platform.",
    )
