"""Each HTTP library, a signed-in session, and servers that record each request."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
import trustme

from adapters.clients import ALL, Client
from adapters.recording_server import RecordingServer, recording_server
from canaries import register
from osdu_auth import MemoryStore, Profile, Secret, Session
from osdu_auth.cognito.challenges import unattended
from session_test_parts import with_own_client
from stored import user_pool_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def profile(profile: Profile, sandbox: Sandbox, tmp_path: Path) -> Profile:
    """A profile with an app client of this test alone."""
    return with_own_client(profile, sandbox, tmp_path)


@pytest.fixture(params=ALL)
def client(request: pytest.FixtureRequest) -> Client:
    name = str(request.param)
    pytest.importorskip(name.partition("-")[0])
    return ALL[name]()


@dataclass(frozen=True)
class SignedIn:
    """A session, and its first token."""

    session: Session
    first: str
    sandbox: Sandbox

    def on(self, platform: RecordingServer) -> SignedIn:
        """Return the same session, with another platform."""
        profile = replace(user_pool_of(self.session).profile, platform_url=platform.url)
        return replace(self, session=Session(profile, store=self.session.store))


@pytest.fixture
def signed_in(profile: Profile, sandbox: Sandbox) -> SignedIn:
    session = Session(replace(profile, auth_flow="USER_PASSWORD_AUTH"), store=MemoryStore())
    session.sign_in(sandbox.username, Secret(sandbox.password), unattended, lambda _: None)
    first = session.token().reveal()
    register(first)
    return SignedIn(session, first, sandbox)


@pytest.fixture
def groups(sandbox: Sandbox) -> str:
    """The URL of a call that any signed-in user may make."""
    return f"{sandbox.platform_url}/api/entitlements/v2/groups"


@pytest.fixture
def platform() -> Iterator[RecordingServer]:
    """A platform that records each request."""
    with recording_server() as end:
        yield end


@pytest.fixture
def other_server() -> Iterator[RecordingServer]:
    """A server that must get no token."""
    with recording_server() as end:
        yield end


@dataclass(frozen=True)
class Secure:
    end: RecordingServer
    ca: str


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Secure]:
    """A platform behind TLS, and the file of its certificate authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    with recording_server(context) as end:
        yield Secure(end, str(ca))


@pytest.fixture(autouse=True)
def no_fault_outlives_a_test(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()
