"""The state of one user pool: users, app clients, challenge sessions, sign-ins.

Invariant: code that reads or changes this state holds `lock`. `pool_api` and the sign-in domain
hold it while they answer a request; the methods that tests call acquire it themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.outbox import Outbox
from osdu_auth.sandbox.pool.app_clients import DEFAULT_AUTH_FLOWS, DEFAULT_OAUTH_SCOPES, AppClient
from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSessions
from osdu_auth.sandbox.pool.confirmation_codes import AttemptLimits, ConfirmationCodes
from osdu_auth.sandbox.pool.devices import Devices
from osdu_auth.sandbox.pool.errors import unknown_app_client, unknown_device
from osdu_auth.sandbox.pool.pool_settings import DeviceTracking, Issuers
from osdu_auth.sandbox.pool.sign_ins import SignIns
from osdu_auth.sandbox.pool.user_directory import UserDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from osdu_auth.sandbox.clock import SandboxClock
    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, PendingSignIn
    from osdu_auth.sandbox.pool.devices import Device
    from osdu_auth.sandbox.signing_keys import SigningKeys

_HOUR = 3600
_DAY = 24 * _HOUR


class UserPool(UserDirectory):
    """A user pool whose users sign in with their e-mail address or their canonical name.

    Attributes:
        region: the AWS region in its ids.
        user_pool_id: the pool's id, `{region}_{nine letters and digits}`.
        issuer: the `iss` of its tokens; known once the sandbox listens.
        issuers: where it publishes metadata and keys; known once the sandbox listens.
        keys: the keys that sign.
        challenge_sessions: the challenges that wait for an answer.
        sign_ins: the sign-ins and their refresh tokens.
        devices: the devices that have keys.
        confirmation_codes: the codes that confirm an address or a new password.
        attempt_limits: the attempts of the last hour.
        outbox: the codes that were sent.
    """

    def __init__(self, region: str, clock: SandboxClock, keys: SigningKeys) -> None:
        super().__init__(clock)
        self.region = region
        self.user_pool_id = identities.user_pool_id(region)
        self.issuer = ""
        self.issuers = Issuers("", ())
        self.keys = keys
        self.challenge_sessions = ChallengeSessions()
        self.sign_ins = SignIns()
        self.devices = Devices()
        self.confirmation_codes = ConfirmationCodes()
        self.attempt_limits = AttemptLimits()
        self.outbox = Outbox()
        self._app_clients: dict[str, AppClient] = {}

    @property
    def name(self) -> str:
        """The pool's name in password proofs: its id after the underscore."""
        return self.user_pool_id.partition("_")[2]

    def add_app_client(  # noqa: PLR0913 - an app client's settings, by name
        self,
        name: str,
        *,
        generate_secret: bool = True,
        explicit_auth_flows: Iterable[str] | None = None,
        access_token_validity: int = _HOUR,
        id_token_validity: int = _HOUR,
        refresh_token_validity: int = 30 * _DAY,
        auth_session_validity: int = 180,
        rotation: bool = False,
        grace_period: int = 0,
        prevent_user_existence_errors: bool = True,
        callback_urls: Iterable[str] = (),
        logout_urls: Iterable[str] = (),
        allowed_oauth_scopes: Iterable[str] = DEFAULT_OAUTH_SCOPES,
        allowed_oauth_flows: Iterable[str] = ("code",),
        any_loopback_port: bool = False,
    ) -> AppClient:
        """Add an app client with a new id; see `AppClient` for the settings, in seconds.

        Args:
            name: its name.
            generate_secret: whether it has a secret.
            explicit_auth_flows: the `ALLOW_...` names; `None` is Cognito's default set, which does
                not hold `ALLOW_USER_PASSWORD_AUTH`.
            access_token_validity: the life of access tokens, in seconds.
            id_token_validity: the life of id tokens, in seconds.
            refresh_token_validity: the life of refresh tokens, in seconds.
            auth_session_validity: how long a challenge may be answered, in seconds.
            rotation: whether a renewal replaces the refresh token.
            grace_period: how long a replaced refresh token still works, in seconds.
            prevent_user_existence_errors: whether an unknown user looks like a wrong password.
            callback_urls: the URLs to which the sign-in pages may redirect a browser; empty for an
                app client that does not use the pages.
            logout_urls: the URLs to which the logout endpoint may redirect a browser.
            allowed_oauth_scopes: the scopes that it may ask the sign-in pages for.
            allowed_oauth_flows: the grants that it may use at the sign-in domain.
            any_loopback_port: whether a callback URL on loopback is valid for every port.
        """
        flows = DEFAULT_AUTH_FLOWS if explicit_auth_flows is None else explicit_auth_flows
        app_client = AppClient(
            client_id=identities.app_client_id(),
            name=name,
            client_secret=identities.app_client_secret() if generate_secret else None,
            explicit_auth_flows=frozenset(flows),
            access_token_validity=access_token_validity,
            id_token_validity=id_token_validity,
            refresh_token_validity=refresh_token_validity,
            auth_session_validity=auth_session_validity,
            rotation=rotation,
            grace_period=grace_period,
            prevent_user_existence_errors=prevent_user_existence_errors,
            callback_urls=tuple(callback_urls),
            logout_urls=tuple(logout_urls),
            allowed_oauth_scopes=tuple(allowed_oauth_scopes),
            allowed_oauth_flows=tuple(allowed_oauth_flows),
            any_loopback_port=any_loopback_port,
        )
        with self.lock:
            self._app_clients[app_client.client_id] = app_client
        return app_client

    def change_app_client(self, client_id: str, **settings: Any) -> AppClient:
        """Change settings of an app client, by the names that `AppClient` has, and return it."""
        with self.lock:
            changed = replace(self.app_client(client_id), **settings)
            self._app_clients[client_id] = changed
            return changed

    def rotate_client_secret(self, client_id: str, *, keep_former: bool = True) -> str:
        """Give an app client a new secret, as AWS Secrets Manager may each week, and return it.

        Args:
            client_id: the app client.
            keep_former: whether the former secret stays valid until the next rotation.
        """
        with self.lock:
            former = self.app_client(client_id).client_secret if keep_former else None
            secret = identities.app_client_secret()
            self.change_app_client(client_id, client_secret=secret, former_client_secret=former)
            return secret

    def replace_app_client(self, client_id: str, app_client: AppClient) -> None:
        """Put an app client, of any id, in the place of the one with this id."""
        with self.lock:
            del self._app_clients[client_id]
            self._app_clients[app_client.client_id] = app_client

    def app_client(self, client_id: str) -> AppClient:
        """Return an app client.

        Raises:
            PoolError: `ResourceNotFoundException`: there is no app client with this id.
        """
        app_client = self.find_app_client(client_id)
        if app_client is None:
            raise unknown_app_client(client_id)
        return app_client

    def find_app_client(self, client_id: str) -> AppClient | None:
        """Return the app client with this id, or `None`."""
        with self.lock:
            return self._app_clients.get(client_id)

    @property
    def tracks_devices(self) -> bool:
        """Whether the pool gives devices keys."""
        return self.settings.device_tracking is not DeviceTracking.OFF

    def device_of(self, pending: PendingSignIn) -> Device | None:
        """Return the device that a sign-in names; `None` if it names no device.

        Raises:
            PoolError: `ResourceNotFoundException`: the user has no such device.
        """
        if pending.device_key is None or not self.tracks_devices:
            return None
        device = self.devices.find_confirmed(pending.device_key, pending.user.username)
        if device is None:
            raise unknown_device()
        return device

    def open_session(
        self, pending: PendingSignIn, challenge: str, seconds: float | None = None
    ) -> ChallengeSession:
        """Return a new session of a sign-in.

        Args:
            pending: the sign-in.
            challenge: the challenge's name.
            seconds: how long it may be answered; by default as the app client's setting says.
        """
        now = self.clock.now()
        if seconds is None:
            seconds = self.app_client(pending.client_id).auth_session_validity
        return self.challenge_sessions.open(pending, challenge, expires=now + seconds, now=now)

    def has_app_client(self, client_id: object) -> bool:
        """Say whether the pool has an app client with this id."""
        with self.lock:
            return client_id in self._app_clients
