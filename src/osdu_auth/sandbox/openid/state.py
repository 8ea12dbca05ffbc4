"""The state of the sign-in domain; whoever reads or changes it holds the pool's lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.openid.browsers import Browsers
from osdu_auth.sandbox.openid.codes import Codes, PushedRequests
from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.user_pool import UserPool


class OpenIdState:
    """What the endpoints share.

    Attributes:
        pool: The user pool.
        settings: How the domain behaves.
        origin: Where the endpoints are; known once the sandbox listens.
        codes: The authorization codes.
        pushed: The pushed requests.
        browsers: The browsers.
        assertions_seen: The ids of the assertions that app clients have shown.
    """

    def __init__(self, pool: UserPool) -> None:
        self.pool = pool
        self.settings = OpenIdSettings()
        self.origin = ""
        self.codes = Codes()
        self.pushed = PushedRequests()
        self.browsers = Browsers(pool.name)
        self.assertions_seen: set[str] = set()

    def change_settings(self, **settings: Any) -> OpenIdSettings:
        """Change settings by the names `OpenIdSettings` has, and return them all."""
        with self.pool.lock:
            self.settings = replace(self.settings, **settings)
            return self.settings
