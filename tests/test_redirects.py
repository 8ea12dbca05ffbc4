"""osdu-auth follows no redirect, and the target of a redirect gets no request.

The row N-01 of the list of abuse and faults.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from osdu_auth import MemoryStore, Profile, Secret, Session, answers_from
from osdu_auth.errors import KeysUnavailable, OsduAuthError, UnusableReply
from osdu_auth.platform.call import call, probe
from osdu_auth.platform.entitlements import membership
from osdu_auth.stores.saved_session import SavedSession
from osdu_auth.tokens import TokenSet
from osdu_auth.verification.keys.key_fetching import KeySetAddress
from stored import store_session
from wire.scripted_server import ScriptedServer, reply
from wire.test_tls import server_context

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

ACCESS_TOKEN, REFRESH_TOKEN = "access-token-1", "refresh-token-1"
PASSWORD = "Password-to-nobody-else-1"


@dataclass
class Redirecting:
    """Two servers: one that redirects, and one that must get no request.

    Args:
        status, location: of the redirect.
    """

    status: int = 302
    location: str = ""

    @contextmanager
    def running(self, certificate: trustme.LeafCert) -> Iterator[Redirecting]:
        def redirect(connection: socket.socket, _request: bytes) -> None:
            headers = f"Location: {self.location}\r\nContent-Type: application/json\r\n"
            connection.sendall(reply(b"{}", f"{self.status} Moved", headers))

        def welcome(connection: socket.socket, _request: bytes) -> None:
            connection.sendall(reply(b'{"groups": [], "keys": []}'))

        context = server_context(certificate)
        with (
            ScriptedServer(redirect) as self.first,
            ScriptedServer(redirect, context) as self.secure,
            ScriptedServer(welcome) as self.second,
            ScriptedServer(welcome, context) as self.second_secure,
        ):
            yield self

    @property
    def locations(self) -> dict[str, str]:
        """Where to, by kind."""
        first, second = self.first.port, self.second.port
        secure, second_secure = self.secure.port, self.second_secure.port
        return {
            "same host, another path": f"http://127.0.0.1:{first}/elsewhere",
            "itself": f"http://127.0.0.1:{first}/",
            "a path alone": "/elsewhere",
            "another port": f"http://127.0.0.1:{second}/",
            "another name": f"http://localhost:{second}/",
            "no scheme": f"//127.0.0.1:{second}/",
            "https": f"https://localhost:{second_secure}/",
            "https of the same host": f"https://localhost:{secure}/",
            "downgraded": f"http://localhost:{second}/",
            "with a user": f"http://user:password@127.0.0.1:{second}/",
            "with our host as user": f"http://127.0.0.1:{first}@127.0.0.1:{second}/",
            "backslash": f"http:\\\\127.0.0.1:{second}/",
            "upper case": f"HTTP://127.0.0.1:{second}/",
            "a file": "file:///etc/passwd",
            "nowhere": "",
        }


@pytest.fixture(scope="module")
def certificates() -> tuple[trustme.CA, trustme.LeafCert]:
    authority = trustme.CA()
    return authority, authority.issue_cert("localhost")


@pytest.fixture
def redirecting(
    certificates: tuple[trustme.CA, trustme.LeafCert], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Redirecting]:  # fmt: skip
    authority, certificate = certificates
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    # The certificate is trusted, so it is not the reason why a redirect is not followed.
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with Redirecting().running(certificate) as running:
        yield running


def session_at(address: str, transport: Any = "direct") -> Session:
    """A session that has to be renewed at the pool, and is still valid for the platform."""
    profile = Profile(
        name="acme", region="us-east-1", client_id="c", endpoint_url=address, transport=transport,
        platform_url=address, data_partition_id="opendes", auth_flow="USER_PASSWORD_AUTH",
    )  # fmt: skip
    tokens = TokenSet(Secret(ACCESS_TOKEN), 0, 3600, None, Secret(REFRESH_TOKEN))
    store = MemoryStore()
    store_session(store, "acme", SavedSession(tokens, "u", 0, profile.binding))
    return Session(profile, store=store, clock=lambda: 0.0)


def sign_in(session: Session) -> object:
    return session.sign_in("u", Secret(PASSWORD), answers_from())


def sign_out(session: Session) -> object:
    error = session.sign_out().revocation_error
    assert error is not None
    raise error


CALLS: dict[str, Callable[[str], object]] = {
    "sign-in": lambda address: sign_in(session_at(address)),
    "renewal": lambda address: session_at(address).renew(),
    "sign-out": lambda address: sign_out(session_at(address)),
    "sign-in, SDK": lambda address: sign_in(session_at(address, "boto3")),
    "renewal, SDK": lambda address: session_at(address, "boto3").renew(),
    "OSDU": lambda address: call(session_at(address), "POST", "/api/x", b"{}"),
    "groups": lambda address: membership(session_at(address)),
    "info": lambda address: probe(address, "/api/x"),
    "keys": lambda address: KeySetAddress(address, address + "/jwks.json").fetch(),
    "discovery": lambda address: KeySetAddress(address).fetch(),
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("sender", CALLS)
def test_a_redirect_is_an_error_and_its_target_gets_no_request(
    sender: str, status: int, redirecting: Redirecting
) -> None:
    redirecting.status = status
    kinds = redirecting.locations
    # Making the SDK's client takes long; one kind of redirect is enough.
    if sender.endswith("SDK"):
        kinds = {"another port": kinds["another port"]}
    for kind, redirecting.location in kinds.items():
        downgraded = kind in {"downgraded", "https of the same host"}
        asked = redirecting.secure if downgraded else redirecting.first
        scheme, host = ("https", "localhost") if downgraded else ("http", "127.0.0.1")
        asked.requests.clear()
        with pytest.raises(OsduAuthError) as raised:
            CALLS[sender](asked.url(scheme, host).rstrip("/"))
        assert isinstance(raised.value, (UnusableReply, KeysUnavailable)), kind
        assert len(asked.requests) == 1, kind
        assert redirecting.second.requests == redirecting.second_secure.requests == [], kind
        for secret in (ACCESS_TOKEN, REFRESH_TOKEN, PASSWORD, "user:password"):
            assert secret not in str(raised.value)


def test_after_a_redirect_a_session_is_unchanged(redirecting: Redirecting) -> None:
    redirecting.location = redirecting.locations["another port"]
    session = session_at(redirecting.first.url().rstrip("/"))
    before = session.load()
    with pytest.raises(UnusableReply):
        session.renew()
    assert session.load() == before
