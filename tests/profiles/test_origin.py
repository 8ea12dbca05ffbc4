"""A URL in any spelling is on the platform if its scheme, host and port are the platform's."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth import ConfigurationError, Profile
from osdu_auth.profiles.origin import is_in_clear, is_on_platform, require_origin

PLATFORM = "https://osdu.acme.com"


def profile(platform_url: str | None = PLATFORM) -> Profile:
    return Profile("acme", "us-east-1", "abc", platform_url=platform_url)


@for_each(
    "url",
    [
        "https://osdu.acme.com/api/x",
        "https://osdu.acme.com/",
        "https://osdu.acme.com",
        "https://osdu.acme.com?a=b",
        "https://osdu.acme.com:443/api",
        "HTTPS://OSDU.ACME.COM/api",
        "https://osdu.acme.com/a@b:c//d",
    ],
)
def test_every_spelling_of_the_platform_is_on_it(url: str) -> None:
    assert is_on_platform(url, profile())


@for_each(
    "url",
    [
        "http://osdu.acme.com/",
        "https://osdu.acme.com:444/",
        "https://osdu.acme.com:80/",
        "https://osdu.acme.com.attacker.example/",
        "https://osdu.acme.com@attacker.example/",
        "https://osdu.acme.com:443@attacker.example/",
        "https://attacker.example\\@osdu.acme.com/",
        "https://osdu.acme.com\\@attacker.example/",
        "https://osdu.acme.com\\.attacker.example/",
        "https://user:password@osdu.acme.com/",
        "https://osdu.acme.com:bad/",
        "https://osdu.ac\nme.com/",
        "https://osdu.acme.com\n",
        "\thttps://osdu.acme.com/",
        "https://sub.osdu.acme.com/",
        "https://osdu.acme.co/m/",
        "https:/osdu.acme.com/",
        "https:osdu.acme.com/",
        "//osdu.acme.com/",
        "osdu.acme.com/",
        "https://[::1",
        "",
        "https://s3.amazonaws.com/bucket?X-Amz-Signature=osdu.acme.com",
    ],
)
def test_no_other_address_is_on_the_platform(url: str) -> None:
    assert not is_on_platform(url, profile())
    with pytest.raises(ConfigurationError) as error:
        require_origin(url, profile())
    assert error.value.code == "OA-C791"


@pytest.mark.parametrize("library", ["httpx", "httpx2", "yarl"])
def test_the_url_object_of_an_http_library_is_read_as_text(library: str) -> None:
    kind = pytest.importorskip(library).URL
    require_origin(kind(f"{PLATFORM}/api"), profile())
    with pytest.raises(ConfigurationError, match=r"not for https://attacker\.example"):
        require_origin(kind("https://attacker.example/api"), profile())


def test_a_user_name_before_the_right_host_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError) as refused:
        require_origin("https://ada:hunter2@osdu.acme.com/api", profile())
    told = str(refused.value)
    assert "user name" in told
    assert "https://osdu.acme.com" in told
    assert "ada" not in told
    assert "hunter2" not in told
    assert "It is sent only to" not in told


@given(st.text(max_size=40))
def test_every_path_after_the_platform_s_slash_is_on_the_platform(rest: str) -> None:
    """The fast comparison is right: no parser reads such a URL as one of another host."""
    url = f"{PLATFORM}/{rest}"
    assert is_on_platform(url, profile())
    assert urlsplit(url).netloc == "osdu.acme.com"
    assert urllib3.util.parse_url(url).host == "osdu.acme.com"


@given(st.text("osdu.acme.com:443@\\/?#%0 \t\n", max_size=30))
def test_the_fast_comparison_allows_no_more_than_the_full_one(rest: str) -> None:
    url = f"{PLATFORM}{rest}"
    if is_on_platform(url, profile()):
        parts = urllib3.util.parse_url(url)
        assert (parts.host, parts.port or 443) == ("osdu.acme.com", 443)


def test_a_profile_without_a_platform_is_an_error() -> None:
    with pytest.raises(ConfigurationError) as error:
        is_on_platform("https://osdu.acme.com/", profile(None))
    assert error.value.code == "OA-C790"


def test_only_a_platform_on_http_gets_tokens_in_clear() -> None:
    assert is_in_clear("http://localhost:8080")
    assert not is_in_clear("https://osdu.example.com")
    assert not is_in_clear(None)
