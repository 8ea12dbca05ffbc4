"""Discovery: an issuer's metadata is used only if it is clearly the issuer's own (K-05)."""

from __future__ import annotations

import json
import ssl
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from osdu_auth import IssuerKeys, KeysUnavailable, Unchecked, Verifier
from osdu_auth.verification.keys.key_fetching import FETCH_DEADLINE
from verification.key_server import KeyServer
from verification.minting import NOW, claims, jwks, mint, rsa_jwk
from wire.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Issuer:
    """An issuer on loopback, whose metadata and key set a test sets."""

    def __init__(self, server: KeyServer) -> None:
        self.server = server
        self.name = server.url
        self.metadata = self.told()
        self.status = 200
        self.headers: dict[str, str] = {}
        server.before = self._answer
        self._key_set = server.body

    def told(self, **members: Any) -> bytes:
        """Valid metadata; a given member replaces the valid one, and None removes a member."""
        every = {"issuer": self.name, "jwks_uri": f"{self.name}/keys"} | members
        return json.dumps(every).encode()

    def verifier(self) -> Verifier:
        return Verifier(
            issuer=self.name,
            audience=Unchecked("a test"),
            keys=IssuerKeys(self.name),
            clock=lambda: NOW,
        )

    def token(self) -> str:
        return mint(payload=claims(iss=self.name))

    def _answer(self) -> None:
        is_metadata = self.server.paths[-1].endswith("/.well-known/openid-configuration")
        self.server.body = self.metadata if is_metadata else self._key_set
        self.server.status = self.status if is_metadata else 200
        self.server.headers = self.headers if is_metadata else {}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with KeyServer() as running:
        yield Issuer(running)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"authorization_endpoint": "javascript:alert(1)", "scopes_supported": ["openid"]},
        {"jwks": jwks(rsa_jwk("attacker"))},
        {"id_token_signing_alg_values_supported": ["none"]},
    ],
    ids=lambda members: ", ".join(members) or "as it is",
)
def test_keys_are_found_by_the_issuers_own_metadata(issuer: Issuer, members: Any) -> None:
    issuer.metadata = issuer.told(**members)
    issuer.verifier().verify(issuer.token())
    assert issuer.server.paths == ["/.well-known/openid-configuration", "/keys"]


OTHER_ISSUERS: list[Any] = [
    *(None, 1, True, "", " ", [], {}, "https://evil.example", ["{}"], "{}/", "{}/.", "{}\0", " {}"),
    *("{} ", "{}?", "{}#", "{}:80", "{}.", "{}/..", "https://evil.example/{}", "{}@evil.example"),
]


@pytest.mark.parametrize("name", OTHER_ISSUERS, ids=repr)
def test_metadata_of_another_issuer_is_not_used(issuer: Issuer, name: Any) -> None:
    told = name.replace("{}", issuer.name) if isinstance(name, str) else name
    told = [issuer.name] if name == ["{}"] else told
    issuer.metadata = issuer.told(issuer=told)
    with pytest.raises(KeysUnavailable, match="OA-N673"):
        issuer.verifier().verify(issuer.token())
    assert len(issuer.server.paths) == 1


@pytest.mark.parametrize("change", [str.upper, str.title, lambda name: name.replace("1", "\uff11")])
def test_an_issuer_is_compared_letter_by_letter(issuer: Issuer, change: Any) -> None:
    issuer.metadata = issuer.told(issuer=change(issuer.name))
    with pytest.raises(KeysUnavailable, match="OA-N673"):
        issuer.verifier().verify(issuer.token())


NO_ADDRESSES: list[Any] = [
    *(None, 1, True, [], {}, ["{}/keys"], "", " ", "keys", "/keys", "//127.0.0.1/keys"),
    *("file:///etc/passwd", "data:,x", "javascript:x", "ftp://127.0.0.1/", "gopher://127.0.0.1/"),
    *("http://evil.example/keys", "http://127.0.0.1.evil.example/", "http://localhost.example/"),
    *(
        "http://127.0.0.1@evil.example/",
        "https://x@evil.example\\@",
        "http://evil.example#@127.0.0.1",
    ),
    *("http://127.1/keys", "http://0x7f000001/keys", "http://2130706433/", "http://0177.0.0.1/"),
    *(
        "http://[::1",
        "http://[::ffff:127.0.0.1]/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
    ),
    *(" {}/keys", "{}/keys\n", "{}/a b", "{}/keys\0", "{}/keys#x", "{}\\keys", "HTTP://127.0.0.1/"),
    *("http://169.254.169.254/latest/", "http://\u24c1ocalhost/", "http://localhost\u3002/"),
]


@pytest.mark.parametrize("address", NO_ADDRESSES, ids=repr)
def test_a_forbidden_address_of_a_key_set_is_not_called(issuer: Issuer, address: Any) -> None:
    told = address.replace("{}", issuer.name) if isinstance(address, str) else address
    issuer.metadata = issuer.told(jwks_uri=told)
    with pytest.raises(KeysUnavailable, match=r"OA-N673|OA-C72[01]"):
        issuer.verifier().verify(issuer.token())
    assert len(issuer.server.paths) == 1


FAULTS: dict[str, Any] = {
    "nothing": {"metadata": b""},
    "a list": {"metadata": b"[]"},
    "a page": {"metadata": b"<html>"},
    "no JSON": {"metadata": b"{"},
    "UTF-16": {"metadata": "{}".encode("utf-16")},
    "not found": {"status": 404},
    "an error": {"status": 500},
    "no content": {"status": 203},
    "moved": {"status": 301, "headers": {"Location": "/other"}},
    "compressed": {"headers": {"Content-Encoding": "gzip"}},
    "more than a mebibyte": {"metadata": b" " * 1024 * 1024 + b"{}"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_metadata_that_cannot_be_parsed_is_not_used(issuer: Issuer, fault: str) -> None:
    for name, value in FAULTS[fault].items():
        setattr(issuer, name, value)
    with pytest.raises(KeysUnavailable, match=r"OA-N67[0-3]"):
        issuer.verifier().verify(issuer.token())
    assert len(issuer.server.paths) == 1


@pytest.mark.parametrize("name", ["issuer", "jwks_uri", "x"])
def test_metadata_with_a_member_twice_is_not_used(issuer: Issuer, name: str) -> None:
    told = json.loads(issuer.told(x="x"))
    twice = issuer.told(x="x")[:-1] + f',"{name}":{json.dumps(told[name])}}}'.encode()
    issuer.metadata = twice
    with pytest.raises(KeysUnavailable, match="OA-N672"):
        issuer.verifier().verify(issuer.token())


def test_no_key_set_is_asked_for_after_the_metadata_has_used_up_the_time_of_the_fetch(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock of the machine: the time passes while the issuer sends its metadata.
    clock = SimpleNamespace(monotonic=lambda: FETCH_DEADLINE + 0.5 if issuer.server.paths else 0.0)
    monkeypatch.setattr("osdu_auth.verification.keys.key_fetching.time", clock)
    with pytest.raises(KeysUnavailable, match="OA-N670"):
        issuer.verifier().verify(issuer.token())
    assert issuer.server.paths == ["/.well-known/openid-configuration"]


def test_an_https_issuers_metadata_cannot_lead_to_a_plain_http_server_of_this_machine(
    issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    told: dict[str, str] = {}
    answer = partial(_answer_in_json, told, jwks())
    with ScriptedServer(answer, context) as https_end:
        name = https_end.url("https", "localhost").removesuffix("/")
        token = mint(payload=claims(iss=name))
        for jwks_uri, is_good in ((f"{name}/keys", True), (f"{issuer.name}/keys", False)):
            told |= {"issuer": name, "jwks_uri": jwks_uri}
            verifier = Verifier(
                issuer=name,
                audience=Unchecked("a test"),
                keys=IssuerKeys(name),
                clock=lambda: NOW,
            )
            if is_good:
                verifier.verify(token)
            else:
                with pytest.raises(KeysUnavailable, match="OA-N673"):
                    verifier.verify(token)
    assert issuer.server.fetches == 0


def _answer_in_json(metadata: object, keys: object, connection: Any, request: bytes) -> None:
    told = metadata if b"openid-configuration" in request else keys
    connection.sendall(reply(json.dumps(told).encode()))
