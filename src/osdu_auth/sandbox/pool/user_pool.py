"""The state of one user pool: users, app clients, challenge sessions, sign-ins.

The law of this module: whoever reads or changes this state holds `lock`. Operations are called
with it held; the methods that tests call take it themselves.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox import identities

from .app_clients import DEFAULT_AUTH_FLOWS, AppClient
from .challenge_sessions import ChallengeSessions
from .errors import unknown_app_client
from .pool_settings import PoolSettings
from .sign_ins import SignIns
from .users import User, UserStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from osdu_auth.sandbox.clock import SandboxClock
    from osdu_auth.sandbox.signing_keys import SigningKeys

_HOUR = 3600
_DAY = 24 * _HOUR


class UserPool:
    """A user pool whose users sign in with their e-mail address or their canonical name.

    Attributes:
        user_pool_id: The pool's id, `{region}_{nine letters and digits}`.
        issuer: The `iss` of its tokens; known once the sandbox listens.
        settings: What holds for all its users; may be replaced.
        clock: The time.
        keys: The keys that sign.
        lock: Guards everything here.
        challenge_sessions: The open questions.
        sign_ins: The sign-ins and their refresh tokens.
    """

    def __init__(self, region: str, clock: SandboxClock, keys: SigningKeys) -> None:
        self.user_pool_id = identities.user_pool_id(region)
        self.issuer = ""
        self.settings = PoolSettings()
        self.clock = clock
        self.keys = keys
        self.lock = threading.RLock()
        self.challenge_sessions = ChallengeSessions()
        self.sign_ins = SignIns()
        self._users: dict[str, User] = {}
        self._app_clients: dict[str, AppClient] = {}

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

    def app_client(self, client_id: str) -> AppClient:
        """Return an app client.

        Raises:
            PoolError: `ResourceNotFoundException` if there is none with this id.
        """
        with self.lock:
            app_client = self._app_clients.get(client_id)
        if app_client is None:
            raise unknown_app_client(client_id)
        return app_client

    def has_app_client(self, client_id: object) -> bool:
        """Tell whether the pool has an app client with this id."""
        with self.lock:
            return client_id in self._app_clients

    def add_user(
        self,
        *,
        email: str,
        password: str | None = None,
        status: UserStatus = UserStatus.CONFIRMED,
        enabled: bool = True,
        attributes: Mapping[str, str] | None = None,
        pool_groups: Iterable[str] = (),
    ) -> User:
        """Add a user with a new canonical name.

        Args:
            email: The e-mail address to sign in with.
            password: The password, temporary if the status is `FORCE_CHANGE_PASSWORD`;
                `None` makes one.
            status: The state of the account.
            enabled: Whether the user is let in.
            attributes: Further attributes, such as `given_name`.
            pool_groups: The pool's groups the user is in.

        Raises:
            ValueError: If the e-mail address is taken.
        """
        with self.lock:
            if self.find_user(email) is not None:
                raise ValueError(f"{email} is taken")
            user = User(
                username=identities.user_id(),
                email=email,
                password=identities.password() if password is None else password,
                status=status,
                enabled=enabled,
                attributes=dict(attributes or {}),
                pool_groups=tuple(pool_groups),
            )
            if status is UserStatus.FORCE_CHANGE_PASSWORD:
                validity = self.settings.temporary_password_validity
                user.temporary_password_expires = self.clock.now() + validity
            self._users[user.username] = user
            return user

    def find_user(self, name: str) -> User | None:
        """Return the user with this canonical name or e-mail address, in any case, or `None`."""
        wanted = name.lower()
        with self.lock:
            return next(
                (u for u in self._users.values() if wanted in {u.username, u.email.lower()}), None
            )

    def user(self, name: str) -> User:
        """Return the user with this canonical name or e-mail address.

        Raises:
            KeyError: If there is none.
        """
        user = self.find_user(name)
        if user is None:
            raise KeyError(name)
        return user

    def delete_user(self, name: str) -> None:
        """Delete a user; tokens that are out stay what they are."""
        with self.lock:
            del self._users[self.user(name).username]

    def set_enabled(self, name: str, *, enabled: bool) -> None:
        """Disable or enable a user, as an administrator does."""
        with self.lock:
            self.user(name).enabled = enabled

    def require_reset(self, name: str) -> None:
        """Put a user into `RESET_REQUIRED`, as an administrator's password reset does."""
        with self.lock:
            self.user(name).status = UserStatus.RESET_REQUIRED
