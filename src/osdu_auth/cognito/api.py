"""UserPoolApi: the operations of a user pool that osdu-auth uses, typed, for both transports.

Invariant: an operation that could do harm if it were repeated makes exactly one request. Each
operation says when it may be retried.
"""

from __future__ import annotations

import enum

from osdu_auth.cognito.app_client import require_text
from osdu_auth.cognito.replies import (
    AuthenticationResult,
    ChallengeReply,
    User,
    read_authentication,
    read_client_token,
    read_result,
    read_user,
)
from osdu_auth.cognito.service_errors import RETRYABLE, Phase, ServiceError
from osdu_auth.light_typing import TYPE_CHECKING, Protocol
from osdu_auth.secret import Secret
from osdu_auth.url import read_url
from osdu_auth.wire.network_errors import NEVER_SENT, REPLY_LOST
from osdu_auth.wire.progress import waiting_for
from osdu_auth.wire.retries import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from osdu_auth.cognito.app_client import AppClient

    Members = dict[str, Any]


class Transport(Protocol):
    """Sends an operation to a user pool and returns the reply."""

    # The address of the user pool's API, in the form of `check_endpoint_url`.
    address: str
    # The `Date` of the newest reply; None where it had none.
    date: str | None

    def call(self, operation: str, members: Members) -> Members:
        """Carry out one operation, with exactly one request.

        Args:
            operation: such as `InitiateAuth`.
            members: the members of the request, all of types that JSON has.

        Raises:
            ServiceError: the pool refused.
            OsduAuthError: no usable answer came.
        """
        ...


class Retry(enum.Enum):
    """After which errors an operation may be retried."""

    NEVER = frozenset[str]()
    # Retried only if the request did not arrive, or the pool says that it did nothing.
    IF_NOT_DONE = NEVER_SENT | RETRYABLE
    # Retried also if the reply was lost: doing it twice has the same effect as doing it once.
    IF_REPLY_LOST = NEVER_SENT | RETRYABLE | REPLY_LOST


class UserPoolApi:
    """A user pool's operations.

    Args:
        transport: sends the operations.
        retry_policy: how often an operation is tried if it may be retried.
    """

    def __init__(self, transport: Transport, retry_policy: RetryPolicy | None = None) -> None:
        self._transport = transport
        self._retry_policy = retry_policy or RetryPolicy()

    @property
    def address(self) -> str:
        """The address of the pool's API, such as `https://cognito-idp.us-east-1.amazonaws.com`."""
        return self._transport.address

    @property
    def date(self) -> str | None:
        """The `Date` of the pool's newest reply (RFC 9110, section 6.6.1); None without one."""
        return self._transport.date

    @property
    def host(self) -> str:
        """The host that the operations go to, with the port if it is not the usual one."""
        return read_url(self._transport.address).host_header

    def begin_sign_in(
        self, app_client: AppClient, flow: str, parameters: Mapping[str, str | Secret]
    ) -> AuthenticationResult | ChallengeReply:
        """Begin a sign-in (`InitiateAuth`).

        It is retried only if the pool has not checked the password, because each wrong password
        counts towards the lockout.

        Args:
            app_client: the app client that signs in.
            flow: the Cognito `AuthFlow`, such as `USER_SRP_AUTH`.
            parameters: `USERNAME`, the flow's other parameters, and `SECRET_HASH` where there is a
                client secret.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """
        members = {
            "AuthFlow": flow,
            "ClientId": app_client.client_id,
            "AuthParameters": dict(parameters),
        }
        reply = self.call("InitiateAuth", members, Phase.SIGN_IN, Retry.IF_NOT_DONE)
        return read_authentication(reply)

    def answer_challenge(
        self,
        app_client: AppClient,
        challenge: ChallengeReply,
        responses: Mapping[str, str | Secret],
    ) -> AuthenticationResult | ChallengeReply:
        """Answer a challenge (`RespondToAuthChallenge`), with exactly one request.

        Args:
            app_client: the app client that signs in.
            challenge: the challenge that is answered.
            responses: `USERNAME`, the answer, and `SECRET_HASH` where there is a client secret.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """
        members: Members = {
            "ClientId": app_client.client_id,
            "ChallengeName": challenge.name,
            "ChallengeResponses": dict(responses),
        }
        if challenge.session is not None:
            members["Session"] = challenge.session
        reply = self.call("RespondToAuthChallenge", members, Phase.SIGN_IN, Retry.NEVER)
        return read_authentication(reply)

    def get_tokens_from_refresh_token(
        self, app_client: AppClient, refresh_token: Secret, device_key: Secret | None = None
    ) -> AuthenticationResult:
        """Renew (`GetTokensFromRefreshToken`), whether or not refresh tokens rotate.

        It is retried even if the reply was lost. Within the grace period a rotated refresh token
        still works; after it the session is lost whether or not the request is repeated.

        Args:
            app_client: the app client that the refresh token was issued to.
            refresh_token: the newest refresh token.
            device_key: the key of the device that signed in; None where the pool remembers none.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """
        members = {"RefreshToken": refresh_token, **_identity(app_client)}
        if device_key is not None:
            members["DeviceKey"] = device_key
        reply = self.call("GetTokensFromRefreshToken", members, Phase.RENEWAL, Retry.IF_REPLY_LOST)
        return read_result(reply)

    def renew_by_flow(
        self, app_client: AppClient, parameters: Mapping[str, str | Secret]
    ) -> AuthenticationResult:
        """Renew by the older operation (`InitiateAuth`, `REFRESH_TOKEN_AUTH`), which never rotates.

        Args:
            app_client: the app client that the refresh token was issued to.
            parameters: `REFRESH_TOKEN`, `SECRET_HASH` where there is a client secret, and
                `DEVICE_KEY` where the pool remembers devices.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """
        members = {
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": app_client.client_id,
            "AuthParameters": dict(parameters),
        }
        reply = self.call("InitiateAuth", members, Phase.RENEWAL, Retry.IF_REPLY_LOST)
        return read_result(reply)

    def revoke_token(self, app_client: AppClient, refresh_token: Secret | None) -> None:
        """End the session of a refresh token (`RevokeToken`), with exactly one request.

        Access tokens that were issued before stay good until they expire, for services that check
        them without asking the pool.

        Args:
            app_client: the app client that the refresh token was issued to.
            refresh_token: the newest refresh token; if it is None, nothing is sent.

        Raises:
            OsduAuthError: the pool did not do it; the refresh token is still valid.
        """
        if refresh_token is None:
            return
        members = {"Token": refresh_token, **_identity(app_client)}
        self.call("RevokeToken", members, Phase.SIGN_OUT, Retry.NEVER)

    def global_sign_out(self, access_token: Secret) -> None:
        """End all sessions of a user, on all computers (`GlobalSignOut`), with exactly one request.

        Args:
            access_token: the user's access token, still valid.

        Raises:
            SessionEnded: the access token is no longer valid; renew it first.
            OsduAuthError: the pool did not do it.
        """
        self.call("GlobalSignOut", {"AccessToken": access_token}, Phase.SIGNED_IN, Retry.NEVER)

    def get_client_token(
        self, app_client: AppClient, scopes: tuple[str, ...]
    ) -> AuthenticationResult:
        """Get an app client's own token (`GetClientToken`); it may be retried.

        Args:
            app_client: the app client; it has a secret, and no flow for people.
            scopes: the scopes to ask for; empty for all scopes of the app client.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """
        members: Members = {"ClientId": app_client.client_id, "Secret": app_client.client_secret}
        if scopes:
            members["Scopes"] = list(scopes)
        reply = self.call("GetClientToken", members, Phase.SERVICE, Retry.IF_REPLY_LOST)
        return read_client_token(reply)

    def get_user(self, access_token: Secret) -> User:
        """Ask the pool who the user is, and whether the token is still valid there (`GetUser`).

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """
        members = {"AccessToken": access_token}
        return read_user(self.call("GetUser", members, Phase.SIGNED_IN, Retry.IF_REPLY_LOST))

    def call(self, operation: str, members: Members, phase: Phase, retry: Retry) -> Members:
        """Carry out an operation; reveal secrets only at the end, and raise refusals as our errors.

        Args:
            operation: such as `InitiateAuth`.
            members: the members of the request.
            phase: what the operation is part of.
            retry: after which errors it may be retried.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """

        def once() -> Members:
            try:
                return self._transport.call(operation, _revealed(members))
            except ServiceError as refusal:
                from osdu_auth.cognito.service_errors.table import error_for

                raise error_for(refusal.without(_secrets_in(members)), phase) from None

        with waiting_for(self.address):
            return self._retry_policy.run(once, lambda error: error.code in retry.value)


def _identity(app_client: AppClient) -> Members:
    """Return the members that name an app client here: with the secret itself, not its hash."""
    identity: Members = {"ClientId": app_client.client_id}
    if app_client.client_secret is not None:
        identity["ClientSecret"] = app_client.client_secret
    return identity


def _revealed(value: Any) -> Any:
    """Return the members with their secrets as plain text, just before they are sent."""
    if isinstance(value, Secret):
        value = value.reveal()
    if isinstance(value, str):
        require_text(value, "answer")
        return value
    if isinstance(value, dict):
        return {name: _revealed(inner) for name, inner in value.items()}
    return value


def _secrets_in(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    if isinstance(value, dict):
        for inner in value.values():
            yield from _secrets_in(inner)
