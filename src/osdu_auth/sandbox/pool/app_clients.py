"""App clients: what an application may ask of the pool, and how it proves itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from osdu_auth.sandbox.pool.errors import invalid_parameter, not_authorized

DEFAULT_AUTH_FLOWS = frozenset(
    {"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"}
)
"""What Amazon Cognito allows an app client whose flows were never set."""

DEFAULT_OAUTH_SCOPES = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")
"""What an app client may ask the sign-in pages for, unless it is set otherwise."""


@dataclass(frozen=True)
class TrustedKey:
    """What an app client may show instead of a secret.

    Attributes:
        public_key: The key that its assertions are signed by, as PEM.
        kid: The id that their header has to name; empty for none.
        thumbprint: The `x5t#S256` that their header has to have, for the key of a certificate.
        issuer: Who signs, and says so; empty for the app client itself.
        subject: Whom it is to name; empty for the app client.
        audience: Whom it has to be for; empty for what the settings say.
    """

    public_key: str
    kid: str = ""
    thumbprint: str = ""
    issuer: str = ""
    subject: str = ""
    audience: str = ""


@dataclass(frozen=True)
class AppClient:
    """One app client. All durations are in seconds.

    Attributes:
        client_id: Its id.
        name: What people call it.
        client_secret: Its secret, or `None` for a public one.
        explicit_auth_flows: The `ALLOW_...` names of the flows it may use.
        access_token_validity: The life of access tokens.
        id_token_validity: The life of id tokens.
        refresh_token_validity: The life of refresh tokens, from sign-in, rotation or not.
        auth_session_validity: How long a challenge may be answered.
        rotation: Whether a renewal replaces the refresh token.
        grace: How long a replaced refresh token still works.
        prevent_user_existence_errors: Whether an unknown user looks like a wrong password.
        callback_urls: Where the sign-in pages may send a browser back to, exactly.
        logout_urls: Where the logout endpoint may send a browser, exactly.
        allowed_oauth_scopes: The scopes that it may ask the sign-in pages for.
        allowed_oauth_flows: The grants that it may use there: `code`.
        any_loopback_port: Whether a callback URL on loopback stands for every port (RFC 8252,
            section 7.3), which Amazon Cognito's does not.
        former_client_secret: The secret before the present one, which is taken as well: an app
            client may have two (Amazon Cognito API reference, "AddUserPoolClientSecret").
        trusted_keys: What it may show instead of a secret, which is another issuer's way.
    """

    client_id: str
    name: str
    client_secret: str | None = field(repr=False)
    explicit_auth_flows: frozenset[str]
    access_token_validity: int
    id_token_validity: int
    refresh_token_validity: int
    auth_session_validity: int
    rotation: bool
    grace: int
    prevent_user_existence_errors: bool
    callback_urls: tuple[str, ...] = ()
    logout_urls: tuple[str, ...] = ()
    allowed_oauth_scopes: tuple[str, ...] = ()
    allowed_oauth_flows: tuple[str, ...] = ()
    any_loopback_port: bool = False
    former_client_secret: str | None = field(default=None, repr=False)
    trusted_keys: tuple[TrustedKey, ...] = ()

    @property
    def _secrets(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.client_secret, self.former_client_secret)))

    def check_first_secret_hash(self, received: str | None, username: str) -> None:
        """Check the hash of a first request; a public app client must not send one.

        Args:
            received: The `SECRET_HASH` parameter.
            username: The user name exactly as it was sent.

        Raises:
            PoolError: If it is missing, wrong, or sent for a public app client.
        """
        if self.client_secret is None and received is not None:
            # The type is reported by others; the sentence is not published.
            raise invalid_parameter(
                f"Client {self.client_id} is configured without secret but SECRET_HASH was received"
            )
        self.check_secret_hash(received, username)

    def check_secret_hash(
        self,
        received: str | None,
        username: str,
        wrong: str = "Unable to verify secret hash for client {client_id}",
    ) -> None:
        """Check the hash of a later request; a public app client's is ignored.

        Args:
            received: The `SECRET_HASH` parameter.
            username: The user name that must have been hashed.
            wrong: The sentence for a hash that does not fit.

        Raises:
            PoolError: If it is missing or wrong.
        """
        if self.client_secret is None:
            return
        if received is None:
            raise not_authorized(
                f"Client {self.client_id} is configured with secret "
                "but SECRET_HASH was not received"
            )
        hashes = [_secret_hash(secret, username, self.client_id) for secret in self._secrets]
        if not any(hmac.compare_digest(each.encode(), received.encode()) for each in hashes):
            raise not_authorized(wrong.format(client_id=self.client_id))

    def knows_secret(self, received: str | None) -> bool:
        """Tell whether a raw secret is this app client's; a public one does not ask."""
        if self.client_secret is None:
            return True
        given = (received or "").encode()
        return any(hmac.compare_digest(secret.encode(), given) for secret in self._secrets)


def _secret_hash(client_secret: str, username: str, client_id: str) -> str:
    """Return the hash Amazon Cognito's developer guide defines under "secret hash"."""
    message = (username + client_id).encode()
    return base64.b64encode(
        hmac.new(client_secret.encode(), message, hashlib.sha256).digest()
    ).decode()
