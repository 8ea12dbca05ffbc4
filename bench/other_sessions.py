"""Sessions of ours and of other libraries, each with a token that it takes for expired."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.token_endpoint import LONG, TENANT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.token_endpoint import TokenEndpoint
    from osdu_auth import Sandbox

    Ask = Callable[[], object]

SCOPE = "https://osdu.example/.default"
ID = "22222222-2222-4222-8222-222222222222"


@dataclass(frozen=True)
class Kind:
    """A library, and what is prepared for it.

    Args:
        name: what it is, and which of its calls hands out tokens.
        open: gives a session with an expired token, as a function that asks it for one.
        renewals: how often its token endpoint renewed until now.
        open_shared: the same of a store that processes share; None where it has none.
        store: that store, in words.
    """

    name: str
    open: Callable[[], Ask]
    renewals: Callable[[], int]
    open_shared: Callable[[], Ask] | None = None
    store: str = "none"


def botocore(endpoint: TokenEndpoint, folder: Path) -> Kind:
    """Container credentials, which are what botocore renews over HTTP on any host."""
    del folder

    def open_one() -> Ask:
        from botocore.credentials import ContainerProvider

        environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": endpoint.http + "/credentials"}
        ask: Ask = ContainerProvider(environment).load().get_frozen_credentials
        return ask

    return Kind("botocore, `get_frozen_credentials()`", open_one, lambda: endpoint.given)


def google_auth(endpoint: TokenEndpoint, folder: Path) -> Kind:
    """A user's credentials with a refresh token."""
    del folder

    def open_one() -> Ask:
        from datetime import datetime

        from google.auth.transport.requests import Request
        from google.oauth2.credentials import Credentials

        credentials = Credentials(
            token="expired",
            refresh_token="refresh",
            token_uri=endpoint.http + "/google",
            client_id="client",
            client_secret="secret",
            expiry=datetime(2020, 1, 1),  # noqa: DTZ001 - it wants naive ones
        )
        request = Request()

        def ask() -> object:
            headers: dict[str, str] = {}
            credentials.before_request(request, "GET", "https://osdu.example/", headers)
            return headers

        return ask

    return Kind("google-auth, `before_request()`", open_one, lambda: endpoint.given)


def azure_identity(endpoint: TokenEndpoint, folder: Path) -> Kind:
    """A client with a secret."""

    def open_one() -> Ask:
        from azure.identity import ClientSecretCredential

        credential = ClientSecretCredential(
            TENANT,
            ID,
            "secret",
            authority=f"https://{endpoint.https_host}",
            disable_instance_discovery=True,
            connection_verify=str(folder / "ca.pem"),
        )
        credential.get_token(SCOPE)
        return lambda: credential.get_token(SCOPE)

    return Kind("azure-identity, `get_token()`", open_one, lambda: endpoint.given)


def msal(endpoint: TokenEndpoint, folder: Path) -> Kind:
    """A user with a refresh token; processes share the cache file of Microsoft's own extension."""

    def open_one(cache: Any = None) -> Ask:
        import requests
        from msal import PublicClientApplication

        http = requests.Session()
        http.verify = str(folder / "ca.pem")
        application = PublicClientApplication(
            ID,
            authority=f"https://{endpoint.https_host}/{TENANT}",
            instance_discovery=False,
            http_client=http,
            token_cache=cache,
        )
        application.acquire_token_by_refresh_token("refresh", [SCOPE])
        account = application.get_accounts()[0]
        return lambda: application.acquire_token_silent([SCOPE], account)["access_token"]

    def open_shared() -> Ask:
        from msal_extensions import FilePersistence, PersistedTokenCache

        return open_one(PersistedTokenCache(FilePersistence(str(folder / "msal.bin"))))

    return Kind(
        "msal, `acquire_token_silent()`",
        open_one,
        lambda: endpoint.given,
        open_shared,
        "msal-extensions' cache file",
    )


def pycognito(sandbox: Sandbox) -> Kind:
    """A user of the sandbox's pool, without boto3's search for credentials of AWS."""
    client_id, issued = expired_tokens(sandbox, rotation=False)

    def open_one() -> Ask:
        from pycognito import Cognito

        user = Cognito(
            sandbox.user_pool_id,
            client_id,
            user_pool_region=sandbox.region,
            access_key="none",
            secret_key="none",
            access_token=issued["AccessToken"],
            refresh_token=issued["RefreshToken"],
            boto3_client_kwargs={"endpoint_url": sandbox.endpoint_url},
        )
        user.get_keys()

        def ask() -> object:
            user.check_token()
            return user.access_token

        return ask

    return Kind(
        "pycognito, `check_token()`", open_one, lambda: sandbox.requests.count("InitiateAuth")
    )


def ours(sandbox: Sandbox, folder: Path) -> Kind:
    """A session whose refresh token is good for one use, with no grace, in its usual files."""
    from osdu_auth import Profile, Secret, Session
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import SessionKey
    from osdu_auth.tokens import TokenSet

    client_id, issued = expired_tokens(sandbox, rotation=True)
    profile = Profile(
        name="bench",
        region=sandbox.region,
        client_id=client_id,
        platform_url=sandbox.platform_url,
        user_pool_id=sandbox.user_pool_id,
        endpoint_url=sandbox.endpoint_url,
    )
    store = FileStore(str(folder / "state"))
    tokens = TokenSet(
        access_token=Secret(issued["AccessToken"]),
        issued_at=time.time() - 3,
        expires_at=time.time() - 1,
        refresh_token=Secret(issued["RefreshToken"]),
    )
    key = SessionKey("bench", profile.binding)
    with store.open(key) as held:
        held.save(SavedSession(tokens, "user", time.time(), key.binding))

    def open_one() -> Ask:
        return Session(profile, store=store).token

    return Kind(
        "osdu-auth, `session.token()`",
        open_one,
        lambda: sandbox.requests.count("GetTokensFromRefreshToken"),
        open_one,
        "private files",
    )


def expired_tokens(sandbox: Sandbox, *, rotation: bool) -> tuple[str, dict[str, Any]]:
    """Return an app client's id and tokens of it that have expired; its next ones live long."""
    client = sandbox.pool.add_app_client(
        "bench",
        generate_secret=False,
        explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
        access_token_validity=1,
        rotation=rotation,
    )
    issued = sandbox.issue_tokens(client_id=client.client_id)
    sandbox.pool.change_app_client(client.client_id, access_token_validity=LONG)
    time.sleep(2.1)
    return client.client_id, issued


def everybody(endpoint: TokenEndpoint, sandbox: Sandbox, folder: Path) -> list[Callable[[], Kind]]:
    """Return what prepares each of them, ours first.

    Args:
        endpoint: plays the token endpoints.
        sandbox: plays the user pool.
        folder: where `ca.pem` lies, and files may.
    """
    return [
        partial(ours, sandbox, folder),
        *(
            partial(make, endpoint, folder)
            for make in (botocore, google_auth, azure_identity, msal)
        ),
        partial(pycognito, sandbox),
    ]
