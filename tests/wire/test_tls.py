"""Certificates: which are trusted, and the errors of the others."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from osdu_auth.errors import ConfigurationError, Unreachable
from osdu_auth.wire import send
from wire.scripted_server import ScriptedServer, reply, sends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANSWER = sends(reply(b"{}"))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="ACME TLS Inspection")


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "root certificates.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[ScriptedServer]:
    with ScriptedServer(ANSWER, server_context(authority.issue_cert("localhost"))) as running:
        yield running


def code_of(url: str) -> tuple[str, str]:
    with pytest.raises(Unreachable) as raised:
        send("GET", url, {})
    return raised.value.code, str(raised.value)


def test_an_unknown_authority_is_refused_with_its_name_and_the_fix(server: ScriptedServer) -> None:
    code, text = code_of(server.url("https", "localhost"))
    assert code == "OA-N610"
    assert "ACME TLS Inspection" in text
    assert "export SSL_CERT_FILE=" in text
    assert server.requests == []


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_is_trusted_where_a_setting_names_it(
    name: str, server: ScriptedServer, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, bundle)
    assert send("GET", server.url("https", "localhost"), {}).status == 200
    monkeypatch.delenv(name)
    assert code_of(server.url("https", "localhost"))[0] == "OA-N610"  # no setting stayed


def test_the_first_setting_in_the_documented_order_counts(
    server: ScriptedServer, bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(other))
    assert code_of(server.url("https", "localhost"))[0] == "OA-N610"
    monkeypatch.delenv("AWS_CA_BUNDLE")
    assert send("GET", server.url("https", "localhost"), {}).status == 200


def test_the_fix_sets_the_variable_that_counts(
    server: ScriptedServer, bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    command = code_of(server.url("https", "localhost"))[1].rpartition("export ")[2]
    name, _, blank = command.partition(" [")[0].partition("=")
    assert (name, blank) == ("REQUESTS_CA_BUNDLE", "/path/to/root.pem")
    monkeypatch.setenv(name, bundle)
    assert send("GET", server.url("https", "localhost"), {}).status == 200


def test_a_certificate_of_another_host_is_refused(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with ScriptedServer(ANSWER, server_context(authority.issue_cert("other.example"))) as server:
        assert code_of(server.url("https", "localhost"))[0] == "OA-N612"
        assert code_of(server.url("https", "127.0.0.1"))[0] == "OA-N612"


@pytest.mark.parametrize("days", [(-20, -10), (10, 20)])
def test_a_certificate_outside_its_validity_is_refused(
    days: tuple[int, int], authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    today = dt.datetime.now(dt.timezone.utc)
    begin, end = (today + dt.timedelta(days=day) for day in days)
    leaf = authority.issue_cert("localhost", not_before=begin, not_after=end)
    with ScriptedServer(ANSWER, server_context(leaf)) as server:
        code, text = code_of(server.url("https", "localhost"))
    assert code == "OA-N611"
    assert "clock" in text


def test_a_server_without_tls_or_with_an_old_one_is_refused(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with ScriptedServer(sends(b"HTTP/1.1 400 \r\n\r\n"), reads_a_request=False) as plain:
        assert code_of(plain.url("https", "localhost"))[0] in {"OA-N606", "OA-N607", "OA-N608"}
    old = server_context(authority.issue_cert("localhost"))
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with ScriptedServer(ANSWER, old) as server:
        assert code_of(server.url("https", "localhost"))[0] == "OA-N608"


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize(
    ("content", "code"), [(None, "OA-C723"), ("", "OA-C724"), ("not a certificate", "OA-C724")]
)
def test_an_unusable_bundle_is_a_configuration_error(
    name: str, content: str | None, code: str, server: ScriptedServer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(name, str(path))
    with pytest.raises(ConfigurationError) as raised:
        send("GET", server.url("https", "localhost"), {})
    assert raised.value.code == code
    assert name in str(raised.value)
    assert server.requests == []


def test_a_missing_directory_of_certificates_is_a_configuration_error(
    server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="OA-C723"):
        send("GET", server.url("https", "localhost"), {})
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'none'}:{tmp_path}")
    assert code_of(server.url("https", "localhost"))[0] == "OA-N610"


def test_nothing_in_this_package_turns_verification_off() -> None:
    import osdu_auth.wire

    (folder,) = osdu_auth.wire.__path__
    from pathlib import Path

    sources = "".join(path.read_text() for path in Path(folder).glob("*.py"))
    for switch in ("CERT_NONE", "CERT_OPTIONAL", "check_hostname", "_create_unverified_context"):
        assert switch not in sources
