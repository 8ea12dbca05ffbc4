"""The address of the pool's API: the priority of its settings, and texts that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.cognito.endpoint import aws_address, pool_address, require_issuer
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.profile import Profile

SPECIFIC = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("us-east-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("us-iso-east-1", "c2s.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov"),
        ("us-isof-south-1", "csp.hci.ic.gov"),
        ("eu-isoe-west-1", "cloud.adc-e.uk"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_the_region_and_its_partition_make_the_host(region: str, domain: str) -> None:
    assert pool_address(region, None, {}) == f"https://cognito-idp.{region}.{domain}"
    fips = pool_address(region, None, {"AWS_USE_FIPS_ENDPOINT": "true"})
    assert fips == f"https://cognito-idp-fips.{region}.{domain}"


def test_every_region_that_the_sdk_knows_gets_the_sdks_host() -> None:
    boto3 = pytest.importorskip("boto3")
    from botocore import UNSIGNED
    from botocore.config import Config

    session = boto3.Session()
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("cognito-idp", partition)
        if not region.startswith("fips-")
    ]
    assert len(regions) > 30
    for region in (*regions, "cn-north-1", "us-iso-east-1", "us-isob-east-1"):
        client = session.client(
            "cognito-idp", region_name=region, config=Config(signature_version=UNSIGNED)
        )
        assert pool_address(region, None, {}) == client.meta.endpoint_url


@pytest.mark.parametrize(
    ("profile", "environment", "expected"),
    [
        ("https://a.example", {SPECIFIC: "https://b.example"}, "https://a.example"),
        (None, {SPECIFIC: "https://b.example", "AWS_ENDPOINT_URL": "https://c.example"},
         "https://b.example"),
        (None, {"AWS_ENDPOINT_URL": "https://c.example/"}, "https://c.example"),
        (None, {SPECIFIC: "", "AWS_ENDPOINT_URL": "https://c.example"}, "https://c.example"),
        (None, {"AWS_ENDPOINT_URL": "https://c.example", "AWS_USE_FIPS_ENDPOINT": "true"},
         "https://c.example"),
        (None, {SPECIFIC: "https://b.example", "AWS_ENDPOINT_URL": "https://c.example",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
         "https://cognito-idp.us-east-1.amazonaws.com"),
        ("http://127.0.0.1:9", {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"},
         "http://127.0.0.1:9"),
        (None, {"AWS_ENDPOINT_URL": "https://c.example",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "0"}, "https://c.example"),
    ],
)  # fmt: skip
def test_the_settings_count_in_the_documented_order(
    profile: str | None, environment: dict[str, str], expected: str
) -> None:
    assert pool_address("us-east-1", profile, environment) == expected


@pytest.mark.parametrize(
    "url",
    ["http://pool.example", "ftp://x", "https://u:s3cret@x", "x", "https://x\ny", "https://x#"],
)
def test_a_setting_with_an_invalid_address_is_named(url: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-C726") as raised:
        pool_address("us-east-1", None, {SPECIFIC: url})
    assert SPECIFIC in str(raised.value)
    assert "s3cret" not in str(raised.value)
    with pytest.raises(ConfigurationError, match="OA-C706"):
        pool_address("us-east-1", url, {})


@for_each(
    "region",
    [
        "",
        "us-east-1\n",
        "us-east-1 ",
        "x@evil.example:443/#",
        "us-east-1.evil.example/",
        "us-east-1/",
        "us-east-1#",
        "us_east_1",
        "us-east-1\x00",
        "../..",
        "us-east-1?",
        "\uff55s-east-1",
        "us-east-1_Ab12Cd34E",
        "-us-east-1",
        "us-east-१",
    ],
)
def test_an_invalid_region_makes_no_host(region: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-C701"):
        pool_address(region, None, {})


def test_a_region_in_capitals_makes_the_same_host() -> None:
    assert pool_address("US-EAST-1", None, {}) == pool_address("us-east-1", None, {})


@given(st.text(max_size=40) | st.text(alphabet="abcus-gov1/@.#:\n", max_size=40))
def test_no_region_leads_out_of_aws(region: str) -> None:
    try:
        address = aws_address(region, is_fips=False)
    except ConfigurationError:
        return
    assert address.startswith(f"https://cognito-idp.{region}.")
    assert set(region) <= set("abcdefghijklmnopqrstuvwxyz-0123456789")


@pytest.mark.parametrize(
    "region",
    [
        *("us-east-1", "eu-west-3", "us-gov-east-1", "cn-north-1"),
        pytest.param("eusc-de-east-1", marks=pytest.mark.newest),
    ],
)
def test_all_hosts_of_a_region_in_the_sdk_are_one_issuer_and_other_regions_are_not(
    region: str,
) -> None:
    boto3 = pytest.importorskip("boto3")
    from botocore import UNSIGNED
    from botocore.config import Config

    profile = Profile("acme", region=region, client_id="c")
    for fips in (False, True):
        for dual_stack in (False, True):
            config = Config(
                signature_version=UNSIGNED,
                use_fips_endpoint=fips,
                use_dualstack_endpoint=dual_stack,
            )
            client = boto3.client("cognito-idp", region_name=region, config=config)
            address = client.meta.endpoint_url
            require_issuer(profile, None, address, {})
            require_issuer(profile, address, pool_address(region, None, {}), {})
            with pytest.raises(ConfigurationError, match="OA-C728"):
                require_issuer(Profile("acme", "ca-central-1", "c"), None, address, {})
