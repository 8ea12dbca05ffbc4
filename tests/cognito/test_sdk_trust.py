"""Both transports trust the same authorities, and give the same errors for unusable ones."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import trustme

from osdu_auth.cognito.boto3_transport import Boto3Transport
from osdu_auth.cognito.direct_transport import DirectTransport
from osdu_auth.errors import ConfigurationError, OsduAuthError, Unreachable
from wire.scripted_server import ScriptedServer, reply, sends
from wire.test_tls import server_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANSWER = sends(
    reply(b'{"UserAttributes": []}', headers="Content-Type: application/x-amz-json-1.1\r\n")
)
TRANSPORTS: dict[str, Callable[[str], DirectTransport | Boto3Transport]] = {
    "direct": lambda url: DirectTransport("us-east-1", url),
    "boto3": lambda url: Boto3Transport("us-east-1", url),
}
by_both = pytest.mark.parametrize("transport", TRANSPORTS)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="ACME TLS Inspection")


@pytest.fixture
def pool(authority: trustme.CA) -> Iterator[str]:
    """The address of a user pool with a certificate of a private authority."""
    with ScriptedServer(ANSWER, server_context(authority.issue_cert("localhost"))) as running:
        yield running.url("https", "localhost").rstrip("/")


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "root certificates.pem"
    authority.cert_pem.write_to_path(path)
    return path


def asked(transport: str, address: str) -> None:
    TRANSPORTS[transport](address).call("GetUser", {"AccessToken": "x"})


def refused(transport: str, address: str) -> OsduAuthError:
    with pytest.raises(OsduAuthError) as raised:
        asked(transport, address)
    return raised.value


@by_both
@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_is_trusted_after_the_fix_is_typed(
    transport: str, name: str, pool: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = refused(transport, pool)
    assert (type(error), error.code) == (Unreachable, "OA-N610")
    assert error.fix.endswith("export SSL_CERT_FILE=/path/to/root.pem")
    monkeypatch.setenv(name, str(bundle))
    asked(transport, pool)


@by_both
@pytest.mark.parametrize("name", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_folder_of_authorities_is_trusted(
    transport: str, name: str, pool: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bundle.parent / "folder"
    folder.mkdir()
    # OpenSSL looks for a file whose name is a digest of the subject, as `openssl rehash` makes it.
    (folder / f"{subject_hash(bundle)}.0").write_text(bundle.read_text())
    monkeypatch.setenv(name, str(folder))
    asked(transport, pool)


def subject_hash(certificate: Path) -> str:
    done = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", certificate],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@by_both
def test_the_first_setting_in_the_documented_order_counts(
    transport: str, pool: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = bundle.parent / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(other))
    assert refused(transport, pool).code == "OA-N610"
    monkeypatch.delenv("AWS_CA_BUNDLE")
    asked(transport, pool)


@by_both
@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize(("content", "code"), [(None, "OA-C723"), ("no", "OA-C724")])
def test_an_unusable_bundle_is_named_and_the_fix_unsets_it(
    transport: str,
    name: str,
    content: str | None,
    code: str,
    pool: str,
    bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = bundle.parent / "bundle.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(name, str(path))
    error = refused(transport, pool)
    assert (type(error), error.code) == (ConfigurationError, code)
    assert f"{name}={path}" in error.what
    assert error.fix.endswith(f": unset {name}")
    monkeypatch.delenv(name)
    assert refused(transport, pool).code == "OA-N610"


def test_the_sdk_s_own_setting_counts_where_no_variable_is_set(
    pool: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bundle.parent / "aws-config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    settings.write_text(f"[default]\nca_bundle = {bundle}\n")
    asked("boto3", pool)
    settings.write_text("[default]\nca_bundle = /no/such.pem\n")
    error = refused("boto3", pool)
    assert (error.code, "/no/such.pem" in error.what) == ("OA-C723", True)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    asked("boto3", pool)


def test_a_client_of_the_caller_with_a_missing_bundle_is_a_configuration_error(pool: str) -> None:
    import boto3

    client = boto3.client(
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=pool,
        aws_access_key_id="x",
        aws_secret_access_key="x",
        verify="/no/such.pem",
    )
    with pytest.raises(ConfigurationError) as raised:
        Boto3Transport("us-east-1", None, client).call("GetUser", {"AccessToken": "x"})
    assert (raised.value.code, "verify=PATH" in raised.value.fix) == ("OA-C723", True)


@by_both
@pytest.mark.parametrize(
    ("user", "head", "codes"),
    [
        ("", "Proxy-Authenticate: Basic\r\n", {"OA-N621"}),
        ("user:s3cret@", "Proxy-Authenticate: Basic\r\n", {"OA-N646"}),
        ("user:s3cret@", "Proxy-Authenticate: NTLM\r\n", {"OA-N646", "OA-N647"}),
    ],
)
def test_a_proxy_that_wants_a_sign_in_gives_the_same_error_for_both_transports(
    transport: str, user: str, head: str, codes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK does not show what the proxy offers, so only the status of its answer counts."""
    with ScriptedServer(sends(reply(b"", "407 Proxy Authentication Required", head))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{user}127.0.0.1:{proxy.port}")
        error = refused(transport, "https://pool.example")
    assert error.code in codes
    assert f"127.0.0.1:{proxy.port}" in error.what
    assert "s3cret" not in str(error)
