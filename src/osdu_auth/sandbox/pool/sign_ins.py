"""Sign-ins and their refresh tokens: which are valid, which were replaced, which were revoked.

Invariants: all tokens of one sign-in have the same `origin_jti`. Revoking the sign-in revokes
all of them. A rotated refresh token never lives longer than the first one would have.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from osdu_auth.sandbox.pool.errors import PoolError, invalid_refresh_token, not_authorized
from osdu_auth.sandbox.signing_keys import base64url

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.app_clients import AppClient

SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin"
"""The scope for reading and changing one's own user; sign-ins by the API have no other scope."""

REFRESH_TOKEN_REUSE = "RefreshTokenReuseException"  # noqa: S105 - an error's type
"""The error of a refresh token that was replaced longer ago than the grace period."""

# The lengths, in bytes, of what follows the header of a compact JWE (RFC 7516, section 7.1).
_JWE_PARTS = (256, 12, 800, 16)


@dataclass
class SignIn:
    """One successful sign-in, from which all its tokens come.

    Attributes:
        username: the canonical user name.
        client_id: the app client.
        auth_time: when it happened, in seconds since the epoch.
        refresh_expires: when its refresh tokens end, in seconds since the epoch.
        scope: the scopes of its access tokens, separated by spaces.
        resource: the `aud` of its access tokens, or `None`.
        device_key: the key of its device, known or new, or `None`.
        origin_jti: the id that all its tokens have.
        event_id: the id of the sign-in event; it stays the same at a renewal.
        revoked: whether all its tokens are revoked.
    """

    username: str
    client_id: str
    auth_time: int
    refresh_expires: float
    scope: str = SELF_SERVICE_SCOPE
    device_key: str | None = None
    resource: str | None = None
    origin_jti: str = field(default_factory=lambda: str(uuid4()))
    event_id: str = field(default_factory=lambda: str(uuid4()))
    revoked: bool = False


@dataclass
class RefreshToken:
    """One refresh token.

    Attributes:
        value: the opaque text.
        sign_in: the sign-in that it renews.
        replaced: when it was first exchanged for another, or `None`.
    """

    value: str = field(repr=False)
    sign_in: SignIn
    replaced: float | None = None


class SignIns:
    """The sign-ins of one pool; guarded by the pool's lock."""

    def __init__(self) -> None:
        self._by_origin: dict[str, SignIn] = {}
        self._refresh_tokens: dict[str, RefreshToken] = {}

    def add(self, sign_in: SignIn) -> None:
        """Add a new sign-in."""
        self._by_origin[sign_in.origin_jti] = sign_in

    def by_origin(self, origin_jti: object) -> SignIn | None:
        """Return the sign-in with this `origin_jti`, or `None`."""
        return self._by_origin.get(origin_jti) if isinstance(origin_jti, str) else None

    def new_refresh_token(self, sign_in: SignIn) -> RefreshToken:
        """Return a further refresh token of a sign-in."""
        token = RefreshToken(_opaque_token(), sign_in)
        self._refresh_tokens[token.value] = token
        return token

    def find_refresh_token(self, value: str) -> RefreshToken | None:
        """Return the refresh token with this text, valid or not, or `None`."""
        return self._refresh_tokens.get(value)

    def usable_refresh_token(self, value: str, app_client: AppClient, now: float) -> RefreshToken:
        """Return a refresh token that may be used now.

        Args:
            value: the text that the client sent.
            app_client: the app client that sent it.
            now: the time, in seconds since the epoch.

        Raises:
            PoolError: it is unknown, another app client's, revoked or expired, or it was replaced
                longer ago than the grace period; the last case revokes the sign-in.
        """
        token = self.find_refresh_token(value)
        if token is None or token.sign_in.client_id != app_client.client_id:
            raise invalid_refresh_token()
        sign_in = token.sign_in
        if sign_in.revoked:
            raise not_authorized("Refresh Token has been revoked")
        if now >= sign_in.refresh_expires:
            raise not_authorized("Refresh Token has expired")
        if token.replaced is not None and now >= token.replaced + app_client.grace_period:
            sign_in.revoked = True
            # The API reference has the type; the sentence is not published.
            raise PoolError(REFRESH_TOKEN_REUSE, "Refresh token has been invalidated by rotation.")
        return token

    def revoke_all_of(self, username: str) -> None:
        """Revoke every sign-in of a user."""
        for sign_in in self._by_origin.values():
            if sign_in.username == username:
                sign_in.revoked = True


def _opaque_token() -> str:
    """Return random text in the form of Cognito's refresh tokens: the five parts of a JWE."""
    header = json.dumps({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}).encode()
    parts = [header, *(os.urandom(length) for length in _JWE_PARTS)]
    return ".".join(base64url(part) for part in parts)
