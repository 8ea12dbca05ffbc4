"""Authorization codes and pushed requests: what is good once, and for a short time.

The law of this module: a code is for one app client, one redirect URI and one verifier; it is used
up by the first exchange of its app client, good or not; a second one revokes what the first gave.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osdu_auth.sandbox.openid.authorization_request import AuthorizationRequest
    from osdu_auth.sandbox.openid.browsers import SignedInPerson
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.pool.sign_ins import SignIn

PUSHED_SECONDS = 60
"""How long a pushed request is good, in seconds."""

_REMEMBERED_SECONDS = 3600.0
_PUSHED_PREFIX = "urn:ietf:params:oauth:request_uri:"


@dataclass
class Code:
    """One authorization code.

    Attributes:
        value: Its text.
        asked: The request that it answers.
        person: Who signed in.
        has_consent: Whether the person was asked for consent and gave it.
        expires: When it is good no longer, in seconds since the epoch.
        used: Whether it was exchanged, or tried to be.
        sign_in: What it was exchanged for, or `None`.
    """

    value: str = field(repr=False)
    asked: AuthorizationRequest
    person: SignedInPerson
    has_consent: bool
    expires: float
    used: bool = False
    sign_in: SignIn | None = None


class Codes:
    """The codes of one pool; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}

    def add(self, code: Code, now: float) -> None:
        """Keep a new code; those of an hour ago are forgotten."""
        for value, old in list(self._codes.items()):
            if now >= old.expires + _REMEMBERED_SECONDS:
                del self._codes[value]
        self._codes[code.value] = code

    def find(self, value: str) -> Code | None:
        """Return the code with this text, whatever its state, or `None`."""
        return self._codes.get(value)


class PushedRequests:
    """The parameters that were pushed (RFC 9126); guarded by the pool's lock."""

    def __init__(self) -> None:
        self._pushed: dict[str, tuple[Parameters, str, float]] = {}

    def add(self, parameters: Parameters, client_id: str, now: float) -> str:
        """Keep parameters, and return the `request_uri` that stands for them."""
        self._pushed = {uri: pushed for uri, pushed in self._pushed.items() if now < pushed[2]}
        uri = _PUSHED_PREFIX + secrets.token_urlsafe(24)
        self._pushed[uri] = (parameters, client_id, now + PUSHED_SECONDS)
        return uri

    def take(self, uri: str, client_id: str | None, now: float) -> Parameters | None:
        """Return the parameters that a `request_uri` stands for, once; `None` if it is none."""
        parameters, owner, expires = self._pushed.get(uri, (None, None, 0.0))
        if parameters is None or owner != client_id or now >= expires:
            return None
        del self._pushed[uri]
        return parameters
