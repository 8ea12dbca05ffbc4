"""Every setting is checked completely before it becomes a part of an address, header or path."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles import checks

if TYPE_CHECKING:
    from collections.abc import Callable

REGIONS = [
    "us-east-1",
    "eu-central-2",
    "ap-southeast-6",
    "us-gov-west-1",
    "cn-northwest-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "eusc-de-east-1",
]
ENDLESS = "https://osdu.example.com" + "/a" * 20_000 + "?"


@for_each("region", REGIONS)
def test_a_region_of_every_aws_partition_is_accepted(region: str) -> None:
    assert checks.check_region(region) == region
    assert checks.region_of_user_pool(f"{region}_Ab12Cd34E") == region


BAD_REGIONS = [
    "",
    "us-east-1\n",
    "\nus-east-1",
    " us-east-1",
    "us-east-1_Ab12Cd34E",
    "x@attacker.com:443/#",
    "us-east-1.attacker.com",
    "us-east-1/../x",
    "us-east-1#",
    "us-east-1?x",
    "us-east-1\x00",
    "us-east-\u0661",
    "us_east_1",
    "us-east",
    "us--east-1",
    "-east-1",
    "us-east-0",
    "aws-cn-global",
    "u\u0455-east-1",
    "us-east-1%0d%0a",
]


@for_each("text", BAD_REGIONS)
def test_a_text_that_is_not_a_region_is_refused_with_a_region_to_type(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_region(text)
    assert raised.value.code == "OA-C701"
    checks.check_region(raised.value.fix.rpartition(" ")[2])


def test_a_pool_id_in_the_place_of_the_region_is_recognised() -> None:
    with pytest.raises(ConfigurationError, match="looks like a user pool's id") as raised:
        checks.check_region("eu-west-1_Ab12Cd34E")
    assert raised.value.fix == "Give it as in: eu-west-1"


@for_each(
    "text",
    [
        "us-east-1",
        "us-east-1_",
        "us-east-1_a\n",
        "us-east-1_a b",
        "us-east-1_a/../b",
        "x@attacker.com:443/#_a",
        "us-east-1_" + "a" * 46,
        "_abc",
        "us-east-1_é",
    ],
)
def test_a_text_that_is_not_a_user_pool_id_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_user_pool_id(text)
    assert raised.value.code == "OA-C702"
    checks.check_user_pool_id(raised.value.fix.rpartition(" ")[2])


def test_a_user_pool_id_of_the_greatest_length_is_accepted() -> None:
    longest = "us-east-1_" + "a" * 45
    assert checks.check_user_pool_id(longest) == longest


@for_each("text", ["", "a b", "a\n", "a" * 129, "a/b", "é", "a-b"])
def test_a_text_that_is_not_a_client_id_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_client_id(text)
    assert raised.value.code == "OA-C703"
    assert raised.value.what == "That is not an app client's id."


@for_each("text", ["alice", "alice@acme.com", "+15551234", "Ålice", "a" * 128, "李"])
def test_a_user_name_is_used_as_typed(text: str) -> None:
    assert checks.check_username(text) == text


@for_each("text", ["", "a b", "a\n", "\x1b[2J", "a" * 129, "a\u202eb", "a\udc80"])
def test_a_user_name_with_blanks_or_controls_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_username(text)
    assert raised.value.code == "OA-C704"


@for_each(
    ("text", "origin"),
    [
        ("https://osdu.acme.com", "https://osdu.acme.com"),
        ("https://osdu.acme.com/", "https://osdu.acme.com"),
        ("HTTPS://OSDU.Acme.COM:443/", "https://osdu.acme.com"),
        ("https://osdu.acme.com:8443", "https://osdu.acme.com:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://10.1.2.3", "https://10.1.2.3"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:41873", "http://127.0.0.1:41873"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_two_spellings_of_an_origin_become_one(text: str, origin: str) -> None:
    assert checks.check_origin(text) == origin


BAD_ADDRESSES = [
    "",
    "//osdu.acme.com",
    "http://osdu.acme.com",
    "ftp://osdu.acme.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    "https:///x",
    "https:/osdu.acme.com",
    "https:osdu.acme.com",
    "http://localhost:80@attacker",
    "https://osdu.acme.com@attacker.com",
    "https://user:secret@osdu.acme.com",
    "https://osdu.acme.com#@attacker.com",
    "https://osdu.acme.com?x=1",
    "https://osdu.acme.com#x",
    "https://osdu.acme.com\\@attacker.com",
    "https://osdu.acme.com\n",
    "https://osdu.acme.com\r\nHost: x",
    "https://osdu.acme.com\t",
    " https://osdu.acme.com",
    "https://osdu.acme.com:0",
    "https://osdu.acme.com:65536",
    "https://osdu.acme.com:",
    "https://osdu.acme.com:\u0668",
    "https://osdu.acme.com:-1",
    "https://osdu.acme.com:80:80",
    "https://bücher.example",
    "https://osdu。acme.com",
    "https://osdu.ac\u212ae.com",
    "https://osdu.acme.com\u200b",
    "https://osdu%2eacme.com",
    "https://.acme.com",
    "https://osdu..acme.com",
    "https://-osdu.acme.com",
    "https://" + "a" * 64 + ".com",
    "https://" + "a." * 127 + "com",
    "https://0x7f.1",
    "https://2130706433",
    "https://127.1",
    "https://256.1.1.1",
    "https://010.0.0.1",
    "https://[::1",
    "https://[::g]",
    "https://[fe80::1%25eth0]",
    "https://[::1]x",
    "http://127.0.0.1.attacker.com",
    "http://localhost.attacker.com",
    "http://[::ffff:127.0.0.1]",
    "http://0.0.0.0",
    ENDLESS,
]


@for_each("check", [checks.check_origin, checks.check_endpoint_url])
@for_each("text", BAD_ADDRESSES)
def test_an_address_that_could_lead_elsewhere_is_refused_with_one_to_type(
    check: Callable[[str], str], text: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check(text)
    assert raised.value.code in {"OA-C705", "OA-C706"}
    assert "attacker" not in raised.value.what or "@" not in text
    assert "secret" not in str(raised.value)
    assert len(str(raised.value)) < 600
    check(raised.value.fix.rpartition(" ")[2])


@for_each("check", [checks.check_origin, checks.check_endpoint_url])
@for_each(
    ("text", "understood"),
    [
        ("osdu.acme.com", "https://osdu.acme.com"),
        ("OSDU.acme.com:8443", "https://osdu.acme.com:8443"),
        ("10.1.2.3", "https://10.1.2.3"),
    ],
)
def test_a_host_of_a_domain_without_a_scheme_gets_https(
    check: Callable[[str], str], text: str, understood: str
) -> None:
    assert check(text) == understood


@for_each(
    ("text", "suggestion"),
    [
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1:8411", "http://127.0.0.1:8411"),
        ("osdu", "https://osdu"),
    ],
)
def test_an_ambiguous_address_is_refused_with_the_likelier_one(text: str, suggestion: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_origin(text)
    assert raised.value.fix == f"Give it as in: {suggestion}"


def test_the_suggested_address_of_an_endpoint_keeps_its_path() -> None:
    for text in ("http://login.acme.com/oauth2/token", "https://login.acme.com/oauth2/token?a=b"):
        with pytest.raises(ConfigurationError) as raised:
            checks.check_endpoint_url(text)
        assert raised.value.fix == "Give it as in: https://login.acme.com/oauth2/token"
    with pytest.raises(ConfigurationError) as raised:
        checks.check_endpoint_url("http://alice:pass@login.acme.com/token")
    assert "pass" not in f"{raised.value} {raised.value.fix}"


@pytest.mark.parametrize("text", ["https://osdu_dev.acme.com", "https://osdu.ac_me.com:8443"])
def test_a_host_with_an_underscore_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ConfigurationError, match="has an underscore"):
        checks.check_origin(text)


@pytest.mark.parametrize(
    ("text", "understood"), [("US-EAST-1", "us-east-1"), ("Eu-West-1", "eu-west-1")]
)
def test_a_region_in_capitals_is_accepted(text: str, understood: str) -> None:
    assert checks.check_region(text) == understood
    assert checks.check_user_pool_id(f"{text}_Ab12") == f"{understood}_Ab12"


@for_each("text", ["mars-1", "useast1", "us-east", "virginia"])
def test_the_reason_against_a_region_does_not_describe_the_text_itself(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_region(text)
    assert raised.value.why == (
        "A region is a part of the world, a direction and a number, as in us-east-1."
    )


def test_an_origin_has_no_path_and_an_endpoint_may_have_a_plain_one() -> None:
    assert checks.check_endpoint_url("https://gw.acme.com/prod/") == "https://gw.acme.com/prod"
    with pytest.raises(ConfigurationError) as raised:
        checks.check_origin("https://osdu.acme.com/api")
    assert raised.value.fix.endswith(" https://osdu.acme.com")
    for path in ("/..", "/a/../b", "/.", "//a", "/a//b", "/%2e%2e", "/a b", "/a;b", "/a@b", "/a:b"):
        with pytest.raises(ConfigurationError):
            checks.check_endpoint_url("https://gw.acme.com" + path)


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z0-9.@:/#?\\\[\]-]{0,40}"))
@example("https://a@b")
def test_an_accepted_origin_means_the_same_to_another_parser(text: str) -> None:
    try:
        origin = checks.check_origin(text)
    except ConfigurationError:
        return
    parts = urlsplit(origin)
    assert checks.check_origin(origin) == origin
    assert (parts.path, parts.query, parts.fragment, parts.username) == ("", "", "", None)
    assert f"{parts.scheme}://{parts.netloc}" == origin
    assert parts.hostname
    assert parts.hostname in text.lower()
    assert (
        parts.scheme == "https"
        or parts.hostname in {"localhost", "::1"}
        or (parts.hostname.startswith("127."))
    )


@given(st.text(max_size=80))
def test_a_check_returns_or_raises_our_error_for_every_text(text: str) -> None:
    for check in (
        checks.check_region,
        checks.check_user_pool_id,
        checks.check_client_id,
        checks.check_username,
        checks.check_origin,
        checks.check_endpoint_url,
        checks.check_data_partition_id,
        checks.check_profile_name,
    ):
        error = None
        try:
            assert check(text)
        except ConfigurationError as caught:
            error = caught
        assert error is None or (error.fix and "\n" not in str(error))


@for_each("text", ["osdu", "acme-prod.v2_x", "A"])
def test_a_data_partition_id_is_accepted(text: str) -> None:
    assert checks.check_data_partition_id(text) == text


@for_each("text", ["", "a b", "a\r\nX: y", "a/b", "é", "a" * 129])
def test_a_data_partition_id_that_cannot_be_a_header_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_data_partition_id(text)
    assert raised.value.code == "OA-C707"


@for_each("text", ["acme", "a", "0.b-c_D", "a" * 64, "console", "com10", "nul-b"])
def test_a_plain_profile_name_is_accepted(text: str) -> None:
    assert checks.check_profile_name(text) == text


@for_each(
    "text",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "-p",
        "_a",
        ".a",
        "a.",
        "a\n",
        "a" * 65,
        "é",
        "con",
        "CON",
        "nul.toml",
        "Com1",
        "lpt9.x",
        "aux",
        "prn",
        "a:b",
        "a\x00b",
    ],
)
def test_a_profile_name_that_could_be_another_file_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        checks.check_profile_name(text)
    assert raised.value.code == "OA-C708"
