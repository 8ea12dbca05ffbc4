"""Where `urllib3` has been led by redirects, as its `Retry` notes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urllib3 import Retry
from urllib3.util import parse_url

from osdu_auth.profiles.origin import is_on_platform

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile


def urls_left(retries: object) -> list[str]:
    """Return the URLs that a request was led away from, in their order."""
    history = retries.history if isinstance(retries, Retry) else ()
    return [attempt.url or "" for attempt in history if attempt.redirect_location]


def was_led_away(url: str, retries: object, profile: AnyProfile) -> bool:
    """Say whether redirects lead from the platform, where a request got its token, elsewhere.

    What a URL has for a user name does not count: it goes to the same host.
    """
    if not any(is_on_platform(left, profile) for left in urls_left(retries)):
        return False
    return not is_on_platform(parse_url(url)._replace(auth=None).url, profile)
