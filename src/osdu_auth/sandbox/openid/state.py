"""The state of the sign-in domain: authorization codes, pushed requests, browsers, settings.

The pool's lock guards all of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.openid.browsers import Browsers
from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings

if TYPE_CHECKING:
    from osdu_auth.sandbox.openid.authorization_request import AuthorizationRequest
    from osdu_auth.sandbox.openid.browsers import SignedInUser
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.pool.sign_ins import SignIn
    from osdu_auth.sandbox.pool.user_pool import UserPool

PUSHED_SECONDS = 60
"""How long a pushed request is valid, in seconds."""

_REMEMBERED_SECONDS = 3600.0
_PUSHED_PREFIX = "urn:ietf:params:oauth:request_uri:"


@dataclass
class AuthorizationCode:
    """One authorization code.

    Invariant: a code is for one app client, one redirect URI and one verifier. The app client's
    first exchange uses it up, even if it is refused; a second one revokes the tokens of the first.

    Attributes:
        value: the text of the code.
        authorization: the authorization request that it answers.
        signed_in: the user who signed in.
        has_consent: whether the user was asked for consent and gave it.
        expires: when it ends, in seconds since the epoch.
        used: whether its app client has tried to exchange it.
        sign_in: the sign-in that its exchange made, or `None`.
    """

    value: str = field(repr=False)
    authorization: AuthorizationRequest
    signed_in: SignedInUser
    has_consent: bool
    expires: float
    used: bool = False
    sign_in: SignIn | None = None


class AuthorizationCodes:
    """The codes of one pool; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._codes: dict[str, AuthorizationCode] = {}

    def add(self, code: AuthorizationCode, now: float) -> None:
        """Keep a new code, and forget codes that ended an hour ago."""
        for value, old in list(self._codes.items()):
            if now >= old.expires + _REMEMBERED_SECONDS:
                del self._codes[value]
        self._codes[code.value] = code

    def find(self, value: str) -> AuthorizationCode | None:
        """Return the code with this text, used or not, or `None`."""
        return self._codes.get(value)


class PushedRequests:
    """The pushed authorization requests (RFC 9126); guarded by the pool's lock."""

    def __init__(self) -> None:
        self._pushed: dict[str, tuple[Parameters, str, float]] = {}

    def add(self, parameters: Parameters, client_id: str, now: float) -> str:
        """Keep parameters, and return their `request_uri`."""
        self._pushed = {uri: pushed for uri, pushed in self._pushed.items() if now < pushed[2]}
        uri = _PUSHED_PREFIX + secrets.token_urlsafe(24)
        self._pushed[uri] = (parameters, client_id, now + PUSHED_SECONDS)
        return uri

    def take(self, uri: str, client_id: str | None, now: float) -> Parameters | None:
        """Return the parameters of a `request_uri`, once; `None` if it is not valid."""
        parameters, owner, expires = self._pushed.get(uri, (None, None, 0.0))
        if parameters is None or owner != client_id or now >= expires:
            return None
        del self._pushed[uri]
        return parameters


class OpenIdState:
    """The state that the endpoints share.

    Attributes:
        pool: the user pool.
        settings: how the domain behaves.
        origin: the origin of the endpoints; known once the sandbox listens.
        codes: the authorization codes.
        pushed: the pushed requests.
        browsers: the browsers.
        assertions_seen: the ids of the assertions that app clients have sent.
    """

    def __init__(self, pool: UserPool) -> None:
        self.pool = pool
        self.settings = OpenIdSettings()
        self.origin = ""
        self.codes = AuthorizationCodes()
        self.pushed = PushedRequests()
        self.browsers = Browsers(pool.name)
        self.assertions_seen: set[str] = set()

    def change_settings(self, **settings: Any) -> OpenIdSettings:
        """Change settings, by the names that `OpenIdSettings` has, and return all of them."""
        with self.pool.lock:
            self.settings = replace(self.settings, **settings)
            return self.settings
