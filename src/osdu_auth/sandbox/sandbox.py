"""The class `Sandbox`: the values that a user needs, start and stop.

`start` returns when the sandbox listens, within 150 ms of the call. Slow imports and work (HTTP
parsing, cryptography, two RSA keys) come after the socket is open.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox import identities
from osdu_auth.sandbox.clock import SandboxClock
from osdu_auth.sandbox.dispatcher import Dispatcher
from osdu_auth.sandbox.fault_injection import InjectedFaults
from osdu_auth.sandbox.listener import LOOPBACK, Listener
from osdu_auth.sandbox.openid import provider
from osdu_auth.sandbox.openid.openid_settings import AUTHORIZE, TOKEN
from osdu_auth.sandbox.openid.state import OpenIdState
from osdu_auth.sandbox.platform.osdu_platform import WORKSHOP_GROUPS, OsduPlatform
from osdu_auth.sandbox.pool import pool_api
from osdu_auth.sandbox.pool.pool_settings import ORIGINAL, check_issuer_type, issuers_of
from osdu_auth.sandbox.pool.sign_ins import SELF_SERVICE_SCOPE
from osdu_auth.sandbox.pool.user_pool import UserPool
from osdu_auth.sandbox.pool.users import UserStatus
from osdu_auth.sandbox.request_log import RequestLog
from osdu_auth.sandbox.signing_keys import SigningKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from osdu_auth.sandbox.pool.pool_settings import Issuers

_FLOWS = (
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
)
_KEPT_NAMES = (
    *("user_pool_id", "client_id", "client_secret", "public_client_id", "browser_client_id"),
    *("service_client_id", "service_client_secret", "password", "temporary_password"),
)
_CALLBACKS = tuple(
    f"http://{host}:{port}/callback"
    for host in ("localhost", "127.0.0.1", "[::1]")
    for port in (8400, 18400, 28400)
)
_WAIT_FOR_KEYS_SECONDS = 1.0
_HIGHEST_PORT = 65_535


class Sandbox:
    """A local user pool and a small OSDU platform, as a context manager or by start and stop.

    Its ids, secrets and keys are random and new; after `stop` it can be started again, and is then
    the same pool on the same port.

    Args:
        port: the loopback port; with 0 the operating system chooses.
        issuer_type: which of its two issuers the pool's tokens name: `original`, or `updated`, as
            AWS recommends (Amazon Cognito API reference, "IssuerConfigurationType").
        kept: the values that `values_to_keep` of a former sandbox returned; the new sandbox has
            the ids and users of the former one.

    Raises:
        ValueError: `kept`, the type of issuer or the port is not valid.

    Attributes:
        issuer_type: the issuer that the tokens name, `original` or `updated`.
        region: the AWS region in its ids.
        user_pool_id: the pool's id.
        client_id: an app client with a secret.
        client_secret: that secret.
        public_client_id: an app client without a secret.
        service_client_id: an app client that gets tokens for itself (client credentials).
        service_client_secret: its secret.
        service_scope: the scope of that app client.
        browser_client_id: an app client without a secret, for sign-in in a browser; its callback
            URLs are `/callback` on the ports 8400, 18400 and 28400 of this machine.
        username: a confirmed user's e-mail address; the canonical name is a UUID.
        password: that user's password.
        new_username: the e-mail address of a user who has not signed in yet.
        temporary_password: that user's temporary password.
        data_partition_id: the platform's one data partition.
        clock: the time, which tests may move.
        faults: the faults that tests inject.
        requests: the log of the requests, redacted.
        outbox: the codes that were sent by e-mail and text message.
        pool: the user pool's state.
        openid: the state of its sign-in domain, with `change_settings`.
        platform: the platform's state.
    """

    def __init__(
        self,
        port: int = 0,
        issuer_type: str = ORIGINAL,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        if type(port) is not int or not 0 <= port <= _HIGHEST_PORT:
            raise ValueError(f"a port is a number from 0 to {_HIGHEST_PORT}")
        self.issuer_type = check_issuer_type(issuer_type)
        self.region = "us-east-1"
        self.data_partition_id = "opendes"
        self.service_scope = "osduOnAws/osduOnAWSService"
        self.username = "workshop.user@example.com"
        self.password = identities.password()
        self.new_username = "new.colleague@example.com"
        self.temporary_password = identities.password()
        self.clock = SandboxClock()
        self.faults = InjectedFaults()
        self.requests = RequestLog()
        self._keys = SigningKeys()
        self.pool = UserPool(self.region, self.clock, self._keys)
        self.outbox = self.pool.outbox
        self.openid = OpenIdState(self.pool)
        self.platform = OsduPlatform(self.pool, self.data_partition_id)
        self.user_pool_id = self.pool.user_pool_id
        self._port = port
        self._listener: Listener | None = None
        self._stopping = threading.Event()
        self._add_app_clients()
        self._add_users()
        if kept is not None:
            from osdu_auth.sandbox.kept_sandbox import restore

            attributes = {name: getattr(self, name) for name in _KEPT_NAMES}
            for name, text in restore(self.pool, kept, attributes).items():
                setattr(self, name, text)
            if self.pool.find_user(self.username) is not None:
                self.platform.add_to_groups(self.username, WORKSHOP_GROUPS)
        self.platform.groups.add(self.service_client_id, WORKSHOP_GROUPS)

    def start(self) -> Self:
        """Listen, and return this sandbox.

        Raises:
            OSError: the port is taken.
            RuntimeError: it is already started.
        """
        if self._listener is not None:
            raise RuntimeError("the sandbox is already started")
        self._stopping.clear()
        dispatcher = Dispatcher(
            openid=partial(provider.answer, self.openid),
            pool=partial(pool_api.answer, self.pool),
            platform=self.platform.answer,
            faults=self.faults,
            requests=self.requests,
            clock=self.clock,
            wait=self._stopping.wait,
        )
        self._listener = Listener(self._port, dispatcher.answer)
        self._port = self._listener.port
        self.pool.issuer = self.issuer
        self.pool.issuers = self._issuers
        self.openid.origin = self.endpoint_url
        self._keys.make_in_background()
        return self

    def stop(self) -> None:
        """Close every connection and end every thread; a second call does nothing."""
        if self._listener is None:
            return
        self._stopping.set()
        self._listener.stop()
        self._keys.wait(_WAIT_FOR_KEYS_SECONDS)
        self._listener = None

    @property
    def endpoint_url(self) -> str:
        """The pool's API: what boto3 calls `endpoint_url`.

        Raises:
            RuntimeError: the sandbox was not started yet, and no port was given.
        """
        if self._port == 0:
            raise RuntimeError("the sandbox has no address before it is started")
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def issuer(self) -> str:
        """The `iss` of every token: a loopback address, which differs from AWS's."""
        return self._issuers.named

    @property
    def _issuers(self) -> Issuers:
        return issuers_of(self.issuer_type, self.endpoint_url, self.user_pool_id)

    @property
    def platform_url(self) -> str:
        """The platform's address; its routes are below `/api`."""
        return self.endpoint_url

    @property
    def port(self) -> int:
        """The port that it listens on; 0 before the operating system has chosen one."""
        return self._port

    def values_to_keep(self) -> dict[str, Any]:
        """Return ids, secrets and users, from which `Sandbox(kept=…)` makes the same sandbox."""
        from osdu_auth.sandbox.kept_sandbox import values_to_keep

        attributes = {"port": self._port, **{name: getattr(self, name) for name in _KEPT_NAMES}}
        for name, email in (
            ("password", self.username),
            ("temporary_password", self.new_username),
        ):
            user = self.pool.find_user(email)
            if user is not None:  # The user may have chosen another password.
                attributes[name] = user.password
        return values_to_keep(self.pool, attributes)

    @property
    def authorization_endpoint(self) -> str:
        """The URL at which a browser signs in."""
        return self.endpoint_url + AUTHORIZE

    @property
    def token_endpoint(self) -> str:
        """The URL at which codes and refresh tokens are exchanged."""
        return self.endpoint_url + TOKEN

    def values(self) -> dict[str, str]:
        """Return the values that a client needs, by the names of its settings."""
        return {
            "region": self.region,
            "user_pool_id": self.user_pool_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "public_client_id": self.public_client_id,
            "browser_client_id": self.browser_client_id,
            "service_client_id": self.service_client_id,
            "service_client_secret": self.service_client_secret,
            "service_scope": self.service_scope,
            "username": self.username,
            "password": self.password,
            "new_username": self.new_username,
            "temporary_password": self.temporary_password,
            "endpoint_url": self.endpoint_url,
            "issuer": self.issuer,
            "authorization_endpoint": self.authorization_endpoint,
            "token_endpoint": self.token_endpoint,
            "platform_url": self.platform_url,
            "data_partition_id": self.data_partition_id,
        }

    def issue_tokens(
        self,
        username: str | None = None,
        *,
        client_id: str | None = None,
        scopes: Iterable[str] = (SELF_SERVICE_SCOPE,),
    ) -> dict[str, Any]:
        """Return an `AuthenticationResult` without a sign-in, for tests that need only tokens.

        Args:
            username: the user; by default the workshop's.
            client_id: the app client; by default the one with a secret.
            scopes: the access token's scopes, such as those of a sign-in page.
        """
        from osdu_auth.sandbox.pool.tokens import new_sign_in

        with self.pool.lock:
            user = self.pool.user(username or self.username)
            app_client = self.pool.app_client(client_id or self.client_id)
            return new_sign_in(self.pool, app_client, user, scopes)

    def _add_app_clients(self) -> None:
        confidential = self.pool.add_app_client("workshop", explicit_auth_flows=_FLOWS)
        public = self.pool.add_app_client(
            "workshop-public", generate_secret=False, explicit_auth_flows=_FLOWS
        )
        self.client_id = confidential.client_id
        self.client_secret = confidential.client_secret or ""
        self.public_client_id = public.client_id
        browser = self.pool.add_app_client(
            "workshop-browser",
            generate_secret=False,
            explicit_auth_flows=("ALLOW_REFRESH_TOKEN_AUTH",),
            callback_urls=_CALLBACKS,
            logout_urls=_CALLBACKS,
        )
        self.browser_client_id = browser.client_id
        service = self.pool.add_app_client(
            "workshop-service",
            explicit_auth_flows=("ALLOW_CLIENT_TOKEN_AUTH",),
            allowed_oauth_flows=("client_credentials",),
            allowed_oauth_scopes=(self.service_scope,),
        )
        self.service_client_id = service.client_id
        self.service_client_secret = service.client_secret or ""

    def _add_users(self) -> None:
        user = self.pool.add_user(
            email=self.username,
            password=self.password,
            attributes={"given_name": "Ada", "family_name": "Workshop"},
        )
        self.platform.add_to_groups(user.email, WORKSHOP_GROUPS)
        self.pool.add_user(
            email=self.new_username,
            password=self.temporary_password,
            status=UserStatus.FORCE_CHANGE_PASSWORD,
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "stopped" if self._listener is None else self.endpoint_url
        return f"<Sandbox {self.user_pool_id} {state}>"
