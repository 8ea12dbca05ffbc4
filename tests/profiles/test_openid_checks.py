"""The checks of the settings of an OpenID issuer."""

from __future__ import annotations

import pytest

from cases import for_each
from osdu_auth import ConfigurationError
from osdu_auth.profiles.openid_checks import check_issuer


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
