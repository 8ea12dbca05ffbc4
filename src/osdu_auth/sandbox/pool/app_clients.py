"""App clients: what an application may request from the pool, and how it authenticates."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from osdu_auth.sandbox.pool.errors import invalid_parameter, not_authorized

DEFAULT_AUTH_FLOWS = frozenset(
    {"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"}
)
"""The flows that Amazon Cognito allows an app client by default."""

DEFAULT_OAUTH_SCOPES = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")
"""The scopes that an app client may ask the sign-in pages for by default."""


@dataclass(frozen=True)
class TrustedKey:
    """A key that signs assertions, which an app client may send instead of a secret.

    Attributes:
        public_key: the key that its assertions are signed by, as PEM.
        kid: the `kid` that their header must have; empty for none.
        thumbprint: the `x5t#S256` that their header must have, for the key of a certificate.
        issuer: the `iss` of the assertions; empty for the app client's id.
        subject: the `sub` of the assertions; empty for the app client's id.
        audience: the `aud` of the assertions; empty for `OpenIdSettings.assertion_audiences`.
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
        client_id: its id.
        name: its name.
        client_secret: its secret; `None` for a public app client.
        explicit_auth_flows: the `ALLOW_...` names of the flows that it may use.
        access_token_validity: the life of access tokens.
        id_token_validity: the life of id tokens.
        refresh_token_validity: the life of refresh tokens from the sign-in; a rotation does not
            extend it.
        auth_session_validity: how long a challenge may be answered.
        rotation: whether a renewal replaces the refresh token.
        grace_period: how long a replaced refresh token still works.
        prevent_user_existence_errors: whether an unknown user looks like a wrong password.
        callback_urls: the URLs to which the sign-in pages may redirect a browser; compared exactly.
        logout_urls: the URLs to which the logout endpoint may redirect; compared exactly.
        allowed_oauth_scopes: the scopes that it may ask the sign-in pages for.
        allowed_oauth_flows: the grants that it may use there: `code`.
        any_loopback_port: whether a callback URL on loopback is valid for every port (RFC 8252,
            section 7.3). At Amazon Cognito it is not.
        former_client_secret: the secret before the present one, which is valid too: an app client
            may have two (Amazon Cognito API reference, "AddUserPoolClientSecret").
        trusted_keys: the keys whose assertions it may send instead of a secret, as with other
            issuers.
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
    grace_period: int
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
        """Check the hash of a first request; a public app client must not send a hash.

        Args:
            received: the `SECRET_HASH` parameter.
            username: the user name exactly as it was sent.

        Raises:
            PoolError: the hash is missing, wrong, or sent for a public app client.
        """
        if self.client_secret is None and received is not None:
            # Users report this type of error; AWS does not publish the sentence.
            raise invalid_parameter(
                f"Client {self.client_id} is configured without secret but SECRET_HASH was received"
            )
        self.check_secret_hash(received, username)

    def check_secret_hash(
        self,
        received: str | None,
        username: str,
        mismatch: str = "Unable to verify secret hash for client {client_id}",
    ) -> None:
        """Check the hash of a later request; ignore it for a public app client.

        Args:
            received: the `SECRET_HASH` parameter.
            username: the user name that must have been hashed.
            mismatch: the sentence for a wrong hash.

        Raises:
            PoolError: it is missing or wrong.
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
            raise not_authorized(mismatch.format(client_id=self.client_id))

    def accepts_secret(self, received: str | None) -> bool:
        """Say whether a secret is valid for this app client; a public one accepts any secret."""
        if self.client_secret is None:
            return True
        given = (received or "").encode()
        return any(hmac.compare_digest(secret.encode(), given) for secret in self._secrets)


def _secret_hash(client_secret: str, username: str, client_id: str) -> str:
    """Return the secret hash (Amazon Cognito developer guide, "Computing secret hash values")."""
    message = (username + client_id).encode()
    return base64.b64encode(
        hmac.new(client_secret.encode(), message, hashlib.sha256).digest()
    ).decode()
