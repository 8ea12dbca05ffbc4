"""The state of one user pool: users, app clients, challenge sessions, sign-ins.

The law of this module: whoever reads or changes this state holds `lock`. Operations are called
with it held; the methods that tests call take it themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.outbox import Outbox
from osdu_auth.sandbox.pool.app_clients import DEFAULT_AUTH_FLOWS, DEFAULT_OAUTH_SCOPES, AppClient
from osdu_auth.sandbox.pool.attempt_limits import AttemptLimits
from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSessions
from osdu_auth.sandbox.pool.confirmation_codes import ConfirmationCodes
from osdu_auth.sandbox.pool.devices import Devices
from osdu_auth.sandbox.pool.errors import unknown_app_client
from osdu_auth.sandbox.pool.issuers import Issuers
from osdu_auth.sandbox.pool.sign_ins import SignIns
from osdu_auth.sandbox.pool.strangers import Strangers
from osdu_auth.sandbox.pool.user_directory import UserDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from osdu_auth.sandbox.clock import SandboxClock
    from osdu_auth.sandbox.signing_keys import SigningKeys

_HOUR = 3600
_DAY = 24 * _HOUR


class UserPool(UserDirectory):
    """A user pool whose users sign in with their e-mail address or their canonical name.

    Attributes:
        region: The AWS region it pretends to be in.
        user_pool_id: The pool's id, `{region}_{nine letters and digits}`.
        issuer: The `iss` of its tokens; known once the sandbox listens.
        issuers: Where it publishes its documents; known once the sandbox listens.
        keys: The keys that sign.
        challenge_sessions: The open questions.
        sign_ins: The sign-ins and their refresh tokens.
        devices: The devices that have keys.
        confirmation_codes: The codes that are awaited outside sign-ins.
        attempt_limits: What was tried in the last hour.
        outbox: The codes that were sent.
        strangers: The users who do not exist.
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
        self.strangers = Strangers()
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
        grace: int = 0,
        prevent_user_existence_errors: bool = True,
        callback_urls: Iterable[str] = (),
        logout_urls: Iterable[str] = (),
        allowed_oauth_scopes: Iterable[str] = DEFAULT_OAUTH_SCOPES,
        allowed_oauth_flows: Iterable[str] = ("code",),
        any_loopback_port: bool = False,
    ) -> AppClient:
        """Add an app client with a new id; see `AppClient` for the settings, in seconds.

        Args:
            name: What people call it.
            generate_secret: Whether it has a secret.
            explicit_auth_flows: The `ALLOW_...` names; `None` is Cognito's default set,
                which does not hold `ALLOW_USER_PASSWORD_AUTH`.
            access_token_validity: The life of access tokens, in seconds.
            id_token_validity: The life of id tokens, in seconds.
            refresh_token_validity: The life of refresh tokens, in seconds.
            auth_session_validity: How long a challenge may be answered, in seconds.
            rotation: Whether a renewal replaces the refresh token.
            grace: How long a replaced refresh token still works, in seconds.
            prevent_user_existence_errors: Whether an unknown user looks like a wrong password.
            callback_urls: Where the sign-in pages may send a browser back to; none for an app
                client that has no use of them.
            logout_urls: Where the logout endpoint may send a browser.
            allowed_oauth_scopes: The scopes that it may ask the sign-in pages for.
            allowed_oauth_flows: The grants that it may use there.
            any_loopback_port: Whether a callback URL on loopback stands for every port.
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
            grace=grace,
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
        """Change settings of an app client by the names `AppClient` has, and return it."""
        with self.lock:
            changed = replace(self.app_client(client_id), **settings)
            self._app_clients[client_id] = changed
            return changed

    def rotate_client_secret(self, client_id: str, *, keep_former: bool = True) -> str:
        """Give an app client a new secret, as AWS Secrets Manager may each week, and return it.

        Args:
            client_id: The app client.
            keep_former: Whether the one before is taken until the next rotation.
        """
        with self.lock:
            former = self.app_client(client_id).client_secret if keep_former else None
            secret = identities.app_client_secret()
            self.change_app_client(client_id, client_secret=secret, former_client_secret=former)
            return secret

    def replace_app_client(self, client_id: str, app_client: AppClient) -> None:
        """Put an app client, of whatever id, in the place of the one with this id."""
        with self.lock:
            del self._app_clients[client_id]
            self._app_clients[app_client.client_id] = app_client

    def app_client(self, client_id: str) -> AppClient:
        """Return an app client.

        Raises:
            PoolError: `ResourceNotFoundException` if there is none with this id.
        """
        app_client = self.find_app_client(client_id)
        if app_client is None:
            raise unknown_app_client(client_id)
        return app_client

    def find_app_client(self, client_id: str) -> AppClient | None:
        """Return the app client with this id, or `None`."""
        with self.lock:
            return self._app_clients.get(client_id)

    def has_app_client(self, client_id: object) -> bool:
        """Tell whether the pool has an app client with this id."""
        with self.lock:
            return client_id in self._app_clients
