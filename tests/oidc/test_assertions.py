"""A service account sends an assertion, signed with its key or certificate, or a workload's.

The row O-05 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from canaries import register
from osdu_auth import ConfigurationError, OsduAuthError, Secret
from osdu_auth.oidc.assertions import PRIVATE_KEY, assertion, signer_with_key
from osdu_auth.oidc.client import READY_BASIC
from osdu_auth.oidc.workloads import ASSERTION
from osdu_auth.sandbox import Sandbox
from osdu_auth.sandbox.openid.client_authentication import ASSERTION_TYPE as TYPE
from osdu_auth.sandbox.pool.app_clients import TrustedKey
from wire.scripted_server import ScriptedServer, reply

from .test_service_accounts import TOKEN, credential, refused, service_client

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from osdu_auth.sandbox import AppClient

KEYS: dict[str, Any] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
WORKLOAD, SUBJECT = "https://token.actions.example.com", "repo:acme/osdu:ref:refs/heads/main"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def openid(sandbox: Sandbox) -> Iterator[Callable[..., object]]:
    before = sandbox.openid.settings
    yield sandbox.openid.change_settings
    sandbox.openid.settings = before
    sandbox.faults.clear()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem_of(key: Any, password: bytes | None = None) -> str:
    how = NoEncryption() if password is None else BestAvailableEncryption(password)
    pem: str = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()
    register("".join(pem.splitlines()[2:4]))
    return pem


def public_of(key: Any) -> str:
    public: str = (
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )
    return public


def kept_in(folder: Path, text: str, name: str = "key.pem") -> str:
    file = folder / name
    file.touch(mode=0o600)
    file.write_text(text)
    return f"file:{file}"


def client_with(sandbox: Sandbox, *keys: TrustedKey) -> AppClient:
    made = service_client(sandbox, generate_secret=False)
    return sandbox.pool.change_app_client(made.client_id, trusted_keys=keys)


def certificate_of(key: rsa.RSAPrivateKey, begins: int = 0) -> x509.Certificate:
    """Return a certificate for nine days, which begin in so many days."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "osdu pipeline")])
    begin = datetime.now(timezone.utc) + timedelta(days=begins)
    return (
        x509.CertificateBuilder(name, name, key.public_key(), 7, begin, begin + timedelta(days=9))
    ).sign(key, SHA256())


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("audience", [None, "issuer", "token_endpoint"])
def test_a_private_key_signs_for_each_audience(
    sandbox: Sandbox, tmp_path: Path, openid: Any, algorithm: str, audience: str | None
) -> None:
    key = KEYS[algorithm]()
    openid(assertion_audiences=(audience or "issuer",))
    client = client_with(sandbox, TrustedKey(public_of(key), kid="key-1"))
    given = credential(
        *(sandbox, client, None),
        issuer=sandbox.issuer,
        client_auth="private_key_jwt",
        client_key=kept_in(tmp_path, pem_of(key)),
        client_key_id="key-1",
        assertion_audience=audience,
    )
    assert given.obtain(None, None).account == client.client_id
    assert given.obtain(None, None).account == client.client_id, "each has a jti of its own"
    openid(assertion_audiences=())
    refused(given, "OA-A711")


def test_another_text_can_be_the_audience(
    sandbox: Sandbox, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    client = client_with(sandbox, TrustedKey(public_of(key), audience="urn:acme"))
    given = credential(
        *(sandbox, client, None),
        token_endpoint=sandbox.token_endpoint,
        client_auth="private_key_jwt",
        client_key=kept_in(tmp_path, pem_of(key)),
        assertion_audience="urn:acme",
    )
    assert given.obtain(None, None).account == client.client_id


def test_each_try_sends_a_new_assertion(
    sandbox: Sandbox, tmp_path: Path, key: rsa.RSAPrivateKey, openid: Any
) -> None:
    """The reply to the first try is lost after the issuer has seen its assertion."""
    client = client_with(sandbox, TrustedKey(public_of(key)))
    given = credential(
        *(sandbox, client, None),
        token_endpoint=sandbox.token_endpoint,
        client_auth="private_key_jwt",
        client_key=kept_in(tmp_path, pem_of(key)),
    )
    seen = len(sandbox.openid.assertions_seen)
    sandbox.faults.reply(TOKEN, status=503, times=1)
    assert given.obtain(None, None).account == client.client_id
    assert len(sandbox.openid.assertions_seen) == seen + 1


# The changes in the header and in the claims; None removes a member.
FAULTS: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "no jti": ({}, lambda _: {"jti": None}),
    "no exp": ({}, lambda _: {"exp": None}),
    "exp is over": ({}, lambda good: {"exp": good["iat"] - 1}),
    "exp a day off": ({}, lambda good: {"exp": good["iat"] + 86_400}),
    "nbf later": ({}, lambda good: {"nbf": good["iat"] + 300}),
    "another sub": ({}, lambda _: {"sub": "another"}),
    "another iss": ({}, lambda _: {"iss": "another"}),
    "a stray slash": ({}, lambda good: {"aud": good["aud"] + "/"}),
    "a list of audiences": ({}, lambda good: {"aud": [good["aud"]]}),
    "another alg": ({"alg": "none"}, lambda _: {}),
    "another typ": ({"typ": "at+jwt"}, lambda _: {}),
}


def post(sandbox: Sandbox, fields: dict[str, str], headers: dict[str, str]) -> tuple[int, str]:
    import urllib.error
    import urllib.parse
    import urllib.request

    body = urllib.parse.urlencode(fields).encode()
    asked = urllib.request.Request(sandbox.token_endpoint, body, headers, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=10):
            return 200, ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, str(json.loads(refusal.read())["error"])


def test_the_issuer_refuses_each_fault_of_an_assertion(
    sandbox: Sandbox, key: rsa.RSAPrivateKey
) -> None:
    client = client_with(sandbox, TrustedKey(public_of(key)))
    signer = signer_with_key(Secret(pem_of(key)), None)

    def shown(fault: str = "") -> str:
        made = assertion(
            signer, client.client_id, sandbox.token_endpoint, time.time(), for_issuer=False
        ).reveal()
        if not fault:
            return made
        header, claims = (
            json.loads(urlsafe_b64decode(part + "==")) for part in made.split(".")[:2]
        )
        of_header, of_claims = FAULTS[fault]
        changed = (header | of_header, claims | of_claims(claims))
        told = ({name: text for name, text in part.items() if text is not None} for part in changed)
        signed = ".".join(
            urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in told
        )
        signature = key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    def asked(made: str, **more: str) -> tuple[int, str]:
        fields = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_assertion_type": TYPE,
            "client_assertion": made,
            **more,
        }
        return post(sandbox, fields, {})

    good = shown()
    assert asked(good) == (200, "")
    assert asked(good) == (401, "invalid_client"), "it is good once"
    for fault in FAULTS:
        assert asked(shown(fault)) == (401, "invalid_client"), fault
    head, claims, _ = shown().split(".")
    assert asked(f"{head}.{claims}.AAAA") == (401, "invalid_client")
    assert asked(shown(), client_secret="x") == (400, "invalid_request")
    assert asked(shown(), client_assertion_type="another") == (400, "invalid_request")


def test_the_error_of_a_wrong_clock_says_by_how_much(
    sandbox: Sandbox, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    client = client_with(sandbox, TrustedKey(public_of(key)))
    given = credential(
        *(sandbox, client, None),
        token_endpoint=sandbox.token_endpoint,
        client_auth="private_key_jwt",
        client_key=kept_in(tmp_path, pem_of(key)),
    )
    for offset, side in ((330, "ahead of"), (-330, "behind")):
        now = time.time() + offset
        error = refused(given._replace(clock=partial(float, now)), "OA-A712")
        assert "5 min" in error.what
        assert side in error.what


def test_a_certificate_is_sent_as_entra_requires_it(
    sandbox: Sandbox, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    certificate = certificate_of(key)
    digest = sha256(certificate.public_bytes(Encoding.DER)).digest()
    thumbprint = urlsafe_b64encode(digest).rstrip(b"=").decode()
    client = client_with(sandbox, TrustedKey(public_of(key), thumbprint=thumbprint))
    text = certificate.public_bytes(Encoding.PEM).decode()
    beside = {"client_key": kept_in(tmp_path, text + pem_of(key), "both.pem")}
    apart = {
        "client_key": kept_in(tmp_path, pem_of(key)),
        "client_certificate": kept_in(tmp_path, text, "certificate.pem"),
    }
    for places in (beside, apart):
        given = credential(
            sandbox, client, None, issuer=sandbox.issuer, client_auth="certificate", **places
        )
        assert given.obtain(None, None).account == client.client_id
    other = certificate_of(KEYS["RS256"]()).public_bytes(Encoding.PEM).decode()
    kept_in(tmp_path, other, "certificate.pem")
    refused(given, "OA-A705")
    for begins, said in ((-20, "It expired on "), (20, "It is valid from ")):
        other = certificate_of(key, begins).public_bytes(Encoding.PEM).decode()
        kept_in(tmp_path, other, "certificate.pem")
        assert said in refused(given, "OA-A705").why


BAD_KEYS: dict[str, Callable[[], str]] = {
    "no PEM": lambda: "a-secret-and-no-key",
    "a public key": lambda: public_of(KEYS["ES256"]()),
    "protected by a passphrase": lambda: pem_of(KEYS["ES256"](), b"passphrase"),
    "too short": lambda: pem_of(rsa.generate_private_key(65537, 1024)),
    "of another kind": lambda: pem_of(ed448.Ed448PrivateKey.generate()),
    "of another curve of the same size": lambda: pem_of(ec.generate_private_key(ec.SECP256K1())),
}


@pytest.mark.parametrize("case", BAD_KEYS)
def test_the_error_of_an_unusable_key_does_not_show_the_key(
    case: str, sandbox: Sandbox, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    client = client_with(sandbox, TrustedKey(public_of(key)))
    given = credential(
        *(sandbox, client, None),
        token_endpoint=sandbox.token_endpoint,
        client_auth="private_key_jwt",
        client_key=kept_in(tmp_path, BAD_KEYS[case]()),
    )
    refused(given, "OA-A705")


def test_a_key_on_one_line_gets_its_lines_back(
    sandbox: Sandbox, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", pem_of(key).replace("\n", "\\n"))
    client = client_with(sandbox, TrustedKey(public_of(key)))
    given = credential(
        *(sandbox, client, None),
        token_endpoint=sandbox.token_endpoint,
        client_auth="private_key_jwt",
        client_key="env:ACME_KEY",
    )
    assert given.obtain(None, None).account == client.client_id


# The assertion of a workload, which another issuer has signed.


def workload_token(key: rsa.RSAPrivateKey, audience: str, **claims: Any) -> str:
    now = int(time.time())
    told = {
        "iss": WORKLOAD,
        "sub": SUBJECT,
        "aud": audience,
        "iat": now,
        "exp": now + 300,
        **claims,
    }
    signed = ".".join(
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "RS256", "typ": "JWT"}, told)
    )
    signature = key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
    return f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.fixture
def workload(sandbox: Sandbox, key: rsa.RSAPrivateKey) -> AppClient:
    trusted = TrustedKey(
        public_of(key), issuer=WORKLOAD, subject=SUBJECT, audience="api://AzureADTokenExchange"
    )
    return client_with(sandbox, trusted)


@pytest.mark.parametrize("source", ["azure-workload", "file"])
def test_a_projected_token_is_read_for_every_exchange(
    sandbox: Sandbox,
    workload: AppClient,
    key: rsa.RSAPrivateKey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    file = tmp_path / "azure-identity-token"
    file.touch(mode=0o600)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(file))
    given = credential(
        *(sandbox, workload, None),
        issuer=sandbox.issuer,
        client_auth="federated",
        client_assertion=f"file:{file}" if source == "file" else source,
    )
    for _ in range(2):  # kubelet replaces the file
        file.write_text(workload_token(key, "api://AzureADTokenExchange"))
        assert given.obtain(None, None).account == workload.client_id
        file.write_text("")
        refused(given, "OA-A706")
    file.write_text(workload_token(key, "another audience"))
    refused(given, "OA-A711")
    file.write_text(workload_token(key, "api://AzureADTokenExchange", exp=time.time() - 7200))
    expired = refused(given, "OA-A706")
    assert "expired 2 h 0 min ago" in expired.why
    assert "--client-assertion file:PATH" in expired.fix
    file.unlink()
    assert "--client-assertion file:PATH" in refused(given, "OA-C794").fix
    monkeypatch.delenv("AZURE_FEDERATED_TOKEN_FILE")
    refused(given, "OA-C794" if source == "file" else "OA-A706")


def test_a_job_at_github_requests_its_assertion(
    sandbox: Sandbox,
    workload: AppClient,
    key: rsa.RSAPrivateKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = credential(
        *(sandbox, workload, None),
        issuer=sandbox.issuer,
        client_auth="federated",
        client_assertion="github-actions",
        assertion_audience="api://AzureADTokenExchange",
    )
    error = refused(given, "OA-A706")
    assert "id-token: write" in error.fix
    asked: list[str] = []
    status = "200 OK"

    def github(connection: socket.socket, request: bytes) -> None:
        asked.append(request.decode().lower())
        value = workload_token(key, "api://AzureADTokenExchange")
        body = json.dumps({"count": 1, "value": value}).encode()
        connection.sendall(reply(body, status, "Connection: close\r\n"))

    with ScriptedServer(github) as server:
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", server.url() + "?api-version=2.0")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary-of-the-job")
        register("canary-of-the-job")
        assert given.obtain(None, None).account == workload.client_id
        assert "&audience=api%3a%2f%2fazureadtokenexchange" in asked[0]
        assert "authorization: bearer canary-of-the-job" in asked[0]
        status = "403 Forbidden"
        refused(given, "OA-A706")
        status = "503 Unavailable"
        refused(given, "OA-A602")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://github.example.com/")
    refused(given, "OA-A706")


# A ready value for Basic.


@pytest.mark.parametrize("before", ["", "Basic ", "Authorization: Basic "])
def test_a_ready_value_for_basic_is_sent_unchanged(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    from base64 import b64encode

    client = service_client(sandbox)
    value = b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    register(value)
    monkeypatch.setenv("SERVICE_PRINCIPAL_AUTHORIZATION", before + value)
    given = credential(
        *(sandbox, client, "env:SERVICE_PRINCIPAL_AUTHORIZATION"), client_auth="ready_basic"
    )
    assert given.obtain(None, None).account == client.client_id
    other = service_client(sandbox)
    another = credential(
        *(sandbox, other, "env:SERVICE_PRINCIPAL_AUTHORIZATION"), client_auth="ready_basic"
    )
    refused(another, "OA-A707")
    monkeypatch.setenv("SERVICE_PRINCIPAL_AUTHORIZATION", "no value")
    refused(given, "OA-A707")


@given(text=st.text(max_size=60))
def test_any_value_of_a_member_is_read_or_refused(text: str) -> None:
    """No error but ours, whatever was pasted: of Basic, of a key, of a workload's token."""
    for wanted in (READY_BASIC, PRIVATE_KEY, ASSERTION):
        with suppress(ConfigurationError):
            value = wanted.read(text, "env:X")
            if wanted is PRIVATE_KEY:
                signer_with_key(value, None)


def test_no_error_of_an_assertion_shows_the_key(
    sandbox: Sandbox, tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    client = client_with(sandbox)
    given = credential(
        *(sandbox, client, None),
        token_endpoint=sandbox.token_endpoint,
        client_auth="private_key_jwt",
        client_key=kept_in(tmp_path, pem_of(key)),
    )
    with pytest.raises(OsduAuthError) as raised:
        given.obtain(None, None)
    assert raised.value.code == "OA-A711"
    assert "PRIVATE" not in f"{raised.value} {given!r}"
