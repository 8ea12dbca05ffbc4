"""The browser's session at the issuer is ended, or the error says why not."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from osdu_auth.errors import SignInRefused
from osdu_auth.oidc.metadata import IssuerMetadata
from osdu_auth.oidc.sign_out import sign_out

METADATA = IssuerMetadata(
    "https://issuer.example",
    "https://issuer.example/authorize",
    "https://issuer.example/token",
    "https://issuer.example/jwks",
    end_session_endpoint="https://issuer.example/logout",
)


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "true")


def test_the_error_of_a_browser_that_does_not_come_back_names_the_address_to_register() -> None:
    said: list[str] = []
    with pytest.raises(SignInRefused, match="OA-B321") as refused:
        sign_out(METADATA, "an-id", (0,), said.append, patience=0.1)
    parameters = parse_qs(urlsplit(said[-1]).query)
    [uri] = parameters["logout_uri"]
    assert parameters["client_id"] == ["an-id"]
    assert str(refused.value.fix) == (
        f"Ask the administrator to register {uri} as a sign-out URL of the app client an-id."
    )


def test_at_another_issuer_the_browser_stays_on_the_issuer_s_page() -> None:
    said: list[str] = []
    sign_out(METADATA, "an-id", None, said.append)
    assert "https://issuer.example/logout?client_id=an-id" in said


def test_an_issuer_without_a_sign_out_page_is_an_error() -> None:
    with pytest.raises(SignInRefused, match="OA-B322"):
        sign_out(METADATA._replace(end_session_endpoint=None), "an-id", None, print)


def test_a_page_whose_address_has_parameters_keeps_them() -> None:
    said: list[str] = []
    page = "https://issuer.example/logout?p=b2c_1"
    sign_out(METADATA._replace(end_session_endpoint=page), "an-id", None, said.append)
    assert f"{page}&client_id=an-id" in said
