"""A service account gets the same answers at the sandbox and at npm's oidc-provider.

The latter was written by others, who read the same rules; `make test-real` runs it.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from issuers_of_others.oidc_provider import oidc_provider
from osdu_auth import OsduAuthError
from osdu_auth.credentials.client_credentials import ClientCredentials
from osdu_auth.profiles.profile import ServiceProfile
from osdu_auth.sandbox import Sandbox
from osdu_auth.sandbox.pool.app_clients import TrustedKey
from osdu_auth.sandbox.signing_keys import base64url

from .test_assertions import pem_of, public_of
from .test_service_accounts import service_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_SECRET = "a-secret-of-thirty-two-letters-or-more"
_AWKWARD = "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw="
KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Services:
    """An issuer, and the ids and secrets of its app clients: basic, post, awkward, key."""

    issuer: str
    clients: dict[str, tuple[str, str | None]]
    wrong_scope: str

    def credential(self, client: str, **settings: Any) -> ClientCredentials:
        client_id, secret = self.clients[client]
        auth = {"awkward": "basic", "key": "private_key_jwt"}.get(client, client)
        told = {"client_auth": auth, "scopes": "osdu", **settings}
        if secret is not None:
            told.setdefault("client_secret", f"clear:{secret}")
        return ClientCredentials(ServiceProfile("ci", client_id, issuer=self.issuer, **told))


@contextmanager
def sandbox_services() -> Iterator[Services]:
    """Run the sandbox."""
    with Sandbox() as sandbox:
        pool, clients = sandbox.pool, {}
        for name, secret in (("basic", _SECRET), ("post", _SECRET), ("awkward", _AWKWARD)):
            made = service_client(sandbox, allowed_oauth_scopes=("osdu",))
            pool.change_app_client(made.client_id, client_secret=secret)
            clients[name] = (made.client_id, secret)
        made = service_client(sandbox, generate_secret=False, allowed_oauth_scopes=("osdu",))
        pool.change_app_client(made.client_id, trusted_keys=(TrustedKey(public_of(KEY)),))
        yield Services(sandbox.issuer, {**clients, "key": (made.client_id, None)}, "other")


@contextmanager
def provider_services() -> Iterator[Services]:
    """Run the provider; skip where it is not installed."""
    numbers = KEY.public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256"}
    with oidc_provider(json.dumps({"jwks": {"keys": [jwk]}})) as issuer:
        clients: dict[str, tuple[str, str | None]] = {
            "basic": ("service-basic", _SECRET),
            "post": ("service-post", _SECRET),
            "awkward": ("service+awkward/1", _AWKWARD),
            "key": ("service-key", None),
        }
        yield Services(issuer, clients, "other")


FAR_ENDS: dict[str, Callable[[], AbstractContextManager[Services]]] = {
    "sandbox": sandbox_services,
    "oidc-provider": provider_services,
}


@pytest.fixture(
    scope="module", params=["sandbox", pytest.param("oidc-provider", marks=pytest.mark.real)]
)
def services(request: pytest.FixtureRequest) -> Iterator[Services]:
    """Each issuer."""
    with FAR_ENDS[request.param]() as running:
        yield running


@pytest.fixture
def key(tmp_path: Path) -> str:
    """The reference to the private key."""
    file = tmp_path / "key.pem"
    file.touch(mode=0o600)
    file.write_text(pem_of(KEY))
    return f"file:{file}"


def refused(given: ClientCredentials) -> str:
    with pytest.raises(OsduAuthError) as raised:
        given.obtain(None, None)
    return raised.value.code


@pytest.mark.parametrize("client", ["basic", "post", "awkward"])
def test_a_secret_gets_a_token(services: Services, client: str) -> None:
    issued = services.credential(client).obtain(None, None)
    assert issued.account == services.clients[client][0]
    assert 0 < issued.tokens.expires_at - issued.tokens.issued_at <= 3600
    assert issued.tokens.refresh_token is None
    assert issued.notes == ()


def test_a_wrong_secret_is_an_error(services: Services) -> None:
    assert refused(services.credential("basic", client_secret="clear:another")) == "OA-A710"


def test_a_scope_that_the_app_client_does_not_have_is_an_error(services: Services) -> None:
    assert refused(services.credential("basic", scopes=services.wrong_scope)) == "OA-A714"


@pytest.mark.parametrize("audience", ["issuer", "token_endpoint"])
def test_a_key_gets_tokens_for_each_audience(services: Services, key: str, audience: str) -> None:
    given = services.credential("key", client_key=key, assertion_audience=audience)
    assert given.obtain(None, None).account == services.clients["key"][0]
    assert given.obtain(None, None).account == services.clients["key"][0]


def test_faults_of_an_assertion_are_errors(services: Services, key: str) -> None:
    given = services.credential("key", client_key=key)
    stray = replace(given.profile, assertion_audience=services.issuer + "//")
    assert refused(given._replace(profile=stray)) == "OA-A711"
    for offset in (330, -330):
        assert refused(given._replace(clock=partial(float, time.time() + offset))) == "OA-A712"
