"""UserPoolApi: the operations of a user pool that we use, typed, over either transport.

The law of this module: an operation whose repetition could do harm makes exactly one request. What
may be repeated is said at each operation.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Protocol

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
from osdu_auth.secret import Secret
from osdu_auth.url import read_url
from osdu_auth.wire.network_errors import NEVER_SENT, REPLY_LOST
from osdu_auth.wire.progress import waiting_for
from osdu_auth.wire.retries import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from osdu_auth.cognito.app_client import AppClient

Members = dict[str, Any]


class Transport(Protocol):
    """How an operation gets to a user pool and its reply back."""

    # Where the user pool's API is asked, in the form of `check_endpoint_url`.
    address: str
    # What the newest reply's `Date` said; None where there was none.
    date: str | None

    def call(self, operation: str, members: Members) -> Members:
        """Carry out one operation, with exactly one request.

        Args:
            operation: such as `InitiateAuth`.
            members: the members of the request, all of them what JSON can say.

        Raises:
            ServiceError: the pool said no.
            OsduAuthError: no usable answer came.
        """
        ...


class Retry(enum.Enum):
    """After which faults an operation may be made again."""

    NEVER = frozenset[str]()
    # The pool has done nothing yet, or says so.
    IF_NOT_DONE = NEVER_SENT | RETRYABLE
    # Doing it twice is as good as once.
    IF_REPLY_LOST = NEVER_SENT | RETRYABLE | REPLY_LOST


class UserPoolApi:
    """A user pool's operations.

    Args:
        transport: how they get there.
        attempts: how often those are tried that may be repeated.
    """

    def __init__(self, transport: Transport, attempts: RetryPolicy | None = None) -> None:
        self._transport = transport
        self._attempts = attempts or RetryPolicy()

    @property
    def address(self) -> str:
        """Where the pool's API is asked, such as `https://cognito-idp.us-east-1.amazonaws.com`."""
        return self._transport.address

    @property
    def date(self) -> str | None:
        """The `Date` of the pool's newest reply (RFC 9110, section 6.6.1); None without one."""
        return self._transport.date

    @property
    def host(self) -> str:
        """The host, and a port that is not the usual one, that the operations go to."""
        return read_url(self._transport.address).host_header

    def begin_sign_in(
        self, app_client: AppClient, flow: str, parameters: Mapping[str, str | Secret]
    ) -> AuthenticationResult | ChallengeReply:
        """Begin a sign-in (`InitiateAuth`).

        It is repeated only if the pool has not looked at the password: each wrong one counts
        towards the lockout.

        Args:
            app_client: which app client signs in.
            flow: such as `USER_SRP_AUTH`.
            parameters: `USERNAME`, what else the flow wants, and `SECRET_HASH` where there is a
                client secret.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
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
            app_client: which app client signs in.
            challenge: what was asked.
            responses: `USERNAME`, the answer, and `SECRET_HASH` where there is a client secret.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
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

        It is repeated even if the answer was lost: within the grace period a rotated token still
        works, and after it the session is lost with or without the repetition.

        Args:
            app_client: which app client the refresh token was issued to.
            refresh_token: the newest one.
            device_key: of the device that signed in; None where the pool does not remember any.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
        """
        members = {"RefreshToken": refresh_token, **_identity(app_client)}
        if device_key is not None:
            members["DeviceKey"] = device_key
        reply = self.call("GetTokensFromRefreshToken", members, Phase.RENEWAL, Retry.IF_REPLY_LOST)
        return read_result(reply)

    def renew_by_flow(
        self, app_client: AppClient, parameters: Mapping[str, str | Secret]
    ) -> AuthenticationResult:
        """Renew in the older way (`InitiateAuth`, `REFRESH_TOKEN_AUTH`), which never rotates.

        Args:
            app_client: which app client the refresh token was issued to.
            parameters: `REFRESH_TOKEN`, `SECRET_HASH` where there is a client secret, and
                `DEVICE_KEY` where the pool remembers devices.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
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
            refresh_token: the newest one; None for tokens without one, for which nothing is sent.

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
            access_token: the user's; it has to be valid still.

        Raises:
            SessionEnded: the access token is no longer valid; renew it first.
            OsduAuthError: the pool did not do it.
        """
        self.call("GlobalSignOut", {"AccessToken": access_token}, Phase.SIGNED_IN, Retry.NEVER)

    def get_client_token(
        self, app_client: AppClient, scopes: tuple[str, ...]
    ) -> AuthenticationResult:
        """Get a token of an app client's own (`GetClientToken`); it may be repeated.

        Args:
            app_client: which; it has a secret, and no flow for people.
            scopes: what is asked for; empty for all that it has.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
        """
        members: Members = {"ClientId": app_client.client_id, "Secret": app_client.client_secret}
        if scopes:
            members["Scopes"] = list(scopes)
        reply = self.call("GetClientToken", members, Phase.SERVICE, Retry.IF_REPLY_LOST)
        return read_client_token(reply)

    def get_user(self, access_token: Secret) -> User:
        """Ask the pool who the user is, and whether the token is still good there (`GetUser`).

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
        """
        members = {"AccessToken": access_token}
        return read_user(self.call("GetUser", members, Phase.SIGNED_IN, Retry.IF_REPLY_LOST))

    def call(self, operation: str, members: Members, phase: Phase, repeat: Retry) -> Members:
        """Carry out an operation, secrets revealed at the last moment, refusals as our errors.

        Args:
            operation: such as `InitiateAuth`.
            members: the members of the request.
            phase: what is going on.
            repeat: after which faults it may be made again.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
        """

        def once() -> Members:
            try:
                return self._transport.call(operation, _revealed(members))
            except ServiceError as refusal:
                from osdu_auth.cognito.service_errors.table import error_for

                raise error_for(refusal.without(_secrets_in(members)), phase) from None

        with waiting_for(self.address):
            return self._attempts.run(once, lambda error: error.code in repeat.value)


def _identity(app_client: AppClient) -> Members:
    """The members by which these operations know an app client: the secret itself, not its hash."""
    identity: Members = {"ClientId": app_client.client_id}
    if app_client.client_secret is not None:
        identity["ClientSecret"] = app_client.client_secret
    return identity


def _revealed(value: Any) -> Any:
    """Return the members with their secrets as text, at the last moment before they leave."""
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
