"""The connection checks of `osdu-auth doctor`: certificates, and failures."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import trustme

from adapters.recording_server import recording_server
from osdu_auth.doctor.finding import Level
from osdu_auth.doctor.network import connection

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_doctor_names_the_signer_of_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA(organization_name="Acme Inspection")
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with recording_server(context) as server:
        finding = connection("platform-connection", server.url)
    assert finding.level is Level.OK, finding
    assert "Acme Inspection signed its certificate" in finding.what
    assert {fact.name: fact.value for fact in finding.facts}["certificate_issuer"] == (
        "Acme Inspection"
    )


def test_doctor_finds_an_untrusted_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA(organization_name="Acme Inspection").issue_cert("127.0.0.1").configure_cert(context)
    with recording_server(context) as server:
        finding = connection("platform-connection", server.url)
    assert (finding.level, finding.code) == (Level.FAIL, "OA-N610"), finding
    assert finding.fix


def test_doctor_finds_an_unreachable_host() -> None:
    finding = connection("platform-connection", "https://127.0.0.1:9")
    assert (finding.level, finding.exit_code) == (Level.FAIL, 6)
