"""There is one parser of URLs, and it is strict about the host."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.url import read_url, read_url_or_none, shown_origin
from osdu_auth.wire.http_call import read_target
from osdu_auth.wire.proxies import proxy_for

PLAIN = ["localhost", "LOCALHOST", "127.0.0.1", "127.255.255.254", "[::1]"]
OTHER_SPELLINGS = [
    *("localhost.", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1"),
    *("[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]"),
]
ELSEWHERE = [
    *("localhost.example", "notlocalhost", "127.0.0.1.example", "128.0.0.1", "0.0.0.0", "10.0.0.1"),
    *("[::]", "[::2]", "[::ffff:10.0.0.1]", "[fe80::1]", "x127.0.0.1", "127.example", "1270.0.0.1"),
]


@for_each("host", PLAIN + OTHER_SPELLINGS)
def test_every_spelling_of_this_machine_is_recognized_and_uses_no_proxy(host: str) -> None:
    assert read_url(f"https://{host}:8443/x").is_loopback
    assert proxy_for(read_target(f"https://{host}/"), {"HTTPS_PROXY": "http://proxy:3128"}) is None


@for_each("host", ELSEWHERE)
def test_no_other_machine_is_taken_for_this_one(host: str) -> None:
    assert not read_url(f"https://{host}/").is_loopback
    assert not read_url(f"http://{host}/").may_carry_secrets


@pytest.mark.parametrize("host", OTHER_SPELLINGS)
def test_plain_http_is_for_the_plain_spellings_of_this_machine(host: str) -> None:
    assert all(read_url(f"http://{plain}/").may_carry_secrets for plain in PLAIN)
    assert not read_url(f"http://{host}/").may_carry_secrets
    assert read_url(f"https://{host}/").may_carry_secrets


def test_all_spellings_of_an_origin_are_one_text() -> None:
    spellings = ["https://A.example", "HTTPS://a.EXAMPLE:443/x?y", "https://a.example#z"]
    assert {read_url(text).origin for text in spellings} == {"https://a.example"}
    assert read_url("http://[::1]:80/").origin == "http://[::1]"
    assert read_url("http://[::1]:80/").authority == "[::1]:80"


def test_a_path_which_may_contain_a_signature_is_in_no_repr() -> None:
    assert "signature" not in repr(read_url("https://a.example/x?signature=1"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:hunter2@a.example/x?y=hunter2", "https://a.example"),
        ("https://ada:hunter2/x@a.example", "that address"),
        ("https://ada:hunter2@b\u00fccher.example/", "that address"),
        ("https://b\u00fccher.example/x", "https://b\u00fccher.example"),
        ("ada:hunter2@a.example", "that address"),
        ("https://a.example:99999/hunter2", "https://a.example:99999"),
        ("hunter2", "that address"),
    ],
)
def test_the_shown_part_of_a_url_contains_no_user_name_and_no_path(text: str, shown: str) -> None:
    assert shown_origin(text) == shown


@given(st.text(max_size=40) | st.from_regex(r"https?://[a-zK0-9.@:/#?\\\[\] \t\u212a-]{0,40}"))
def test_another_parser_reads_a_url_in_the_same_way(text: str) -> None:
    url = read_url_or_none(text)
    if url is not None:
        parts = urlsplit(text)
        assert (parts.scheme, parts.hostname) == (url.scheme, url.host)
        assert (parts.port or {"https": 443, "http": 80}[url.scheme]) == url.port
        assert parts.username is None
        assert read_url(url.origin).origin == url.origin
    else:
        with pytest.raises(ValueError, match=r"\.$"):
            read_url(text)
