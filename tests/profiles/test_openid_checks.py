"""The checks of the settings of an OpenID issuer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases import for_each
from osdu_auth import ConfigurationError
from osdu_auth.profiles.openid_checks import (
    check_audience,
    check_authorize_parameters,
    check_client_assertion,
    check_endpoint_hosts,
    check_identity_provider,
    check_issuer,
    check_prompt,
    check_redirect_ports,
    check_scopes,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@for_each(
    "issuer",
    [
        "https://login.example.com",
        "https://login.example.com/",
        "https://Login.Example.com/Realms/OSDU",
        "https://login.example.com:8443/a;b=c/%20",
        "https://[2001:db8::1]/osdu",
        "http://localhost:8080/osdu",
    ],
)
def test_an_issuer_is_kept_character_by_character(issuer: str) -> None:
    assert check_issuer(issuer) == issuer


@for_each(
    "issuer",
    [
        "",
        "login.example.com",
        "ftp://login.example.com",
        "http://login.example.com",
        "http://127.0.0.1.example.com",
        "https://user:password@login.example.com",
        "https://login.example.com?a=b",
        "https://login.example.com#a",
        "https://login.example.com/a b",
        "https://login.example.com/a\\b",
        'https://login.example.com/"',
        "https://login.example.com/\u00e9",
        "https://login.example.com/\n",
        "https://login.example.com:0",
        f"https://login.example.com/{'a' * 512}",
    ],
)
def test_a_text_that_cannot_be_an_issuer_is_refused(issuer: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-B730") as refused:
        check_issuer(issuer)
    assert "password" not in str(refused.value)


# Of each check: its code, texts that are kept as they are, and texts that are refused.
CHECKS: dict[Callable[[str], str], tuple[str, list[str], list[str]]] = {
    check_prompt: ("OA-B735", ["login", "select_account consent"], ["", "Login", "a  b", "a\n"]),
    check_identity_provider: ("OA-B736", ["AcmeEntra", "acme-1"], ["", "a b", "a\x00", "a\u200b"]),
    check_authorize_parameters: (
        "OA-B737",
        ["access_type=offline", "a=b c=d", "a="],
        ["", "a", "=b", "1=b", "a=\u00e9", "state=x", "a=b nonce=x"],
    ),
    check_endpoint_hosts: (
        "OA-B738",
        ["login.example.com", "a.example 10.0.0.1", "2001:db8::1"],
        ["", "Login.example.com", "https://a.example", "a.example:443", "a.example/x", "a b/"],
    ),
    check_redirect_ports: (
        "OA-B732",
        ["0", "8400,18400", "1024", "65535"],
        ["", "80", "65536", "x"],
    ),
    check_audience: ("OA-A701", ["https://osdu.example.com", "api"], ["", "a b", "\u00e9"]),
    check_client_assertion: (
        "OA-A703",
        ["github-actions", "azure-workload", "file:/run/token of pod"],
        ["", "file:", "env:A", "/run/token"],
    ),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_each_setting_is_kept_as_it_is_or_refused_by_its_own_code(
    check: Callable[[str], str],
) -> None:
    code, kept, refused = CHECKS[check]
    for text in kept:
        assert check(text) == text
    for text in refused:
        with pytest.raises(ConfigurationError) as raised:
            check(text)
        assert raised.value.code == code, text


@for_each(
    "text", ["osdu/read osdu/write", "scope=osdu/read osdu/write", " Scope= osdu/read  osdu/write"]
)
def test_scopes_are_words_with_one_blank_between_them(text: str) -> None:
    assert check_scopes(text.strip()) == "osdu/read osdu/write"
    for refused in ("", "scope=", "a\u00e9", 'a"b'):
        with pytest.raises(ConfigurationError, match="OA-B731"):
            check_scopes(refused)


def test_a_parameter_that_the_sign_in_sends_itself_is_named() -> None:
    with pytest.raises(ConfigurationError, match="The sign-in itself sends nonce"):
        check_authorize_parameters("a=b nonce=x")
