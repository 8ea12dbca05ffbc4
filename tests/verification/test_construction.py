"""Making a verifier: a missing value is an error, and leaving a check out needs a reason."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cases import for_each
from osdu_auth import KeySet, KeysUnavailable, SeveralIssuers, Unchecked, UserPoolVerifier, Verifier
from osdu_auth.errors import ConfigurationError
from osdu_auth.profiles.user_pool_addresses import issuers_of_user_pool
from osdu_auth.verification import AnyOf, IssuerKeys, keys_of_user_pool
from verification.minting import CLIENT, ISSUER, POOL, ec_jwk, jwks, pool_verifier, rsa_jwk

POOL_SETTINGS: dict[str, Any] = {"user_pool_id": POOL, "client_id": CLIENT, "token_use": "access"}
SETTINGS: dict[str, Any] = {"issuer": ISSUER, "audience": CLIENT}


def refused(make: Any, **settings: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        make(**settings)
    assert error.value.fix
    assert error.value.exit_code == 7
    return error.value.code


@for_each("name", POOL_SETTINGS)
@for_each("value", ["absent", None])
def test_a_pools_verifier_needs_each_required_argument(name: str, value: Any) -> None:
    settings = {**POOL_SETTINGS, name: value}
    if value == "absent":
        del settings[name]
    assert refused(UserPoolVerifier, **settings) == "OA-C770"


@for_each("name", SETTINGS)
@for_each("value", ["absent", None])
def test_a_verifier_needs_each_required_argument(name: str, value: Any) -> None:
    settings = {**SETTINGS, name: value}
    if value == "absent":
        del settings[name]
    assert refused(Verifier, **settings) == "OA-C770"


@for_each("value", ["", [], (), [""], [None], [1], 1, True, b"x", {}, 1.5], ids=repr)
@for_each("name", ["client_id", "token_use"])
def test_an_empty_expected_value_is_refused(name: str, value: Any) -> None:
    assert refused(UserPoolVerifier, **{**POOL_SETTINGS, name: value}) == "OA-C771"


@for_each("value", ["", [], ["a"], 1, Unchecked("no")], ids=repr)
def test_the_issuer_is_one_text_and_cannot_be_left_unchecked(value: Any) -> None:
    assert refused(Verifier, **{**SETTINGS, "issuer": value}) == "OA-C771"
    assert refused(UserPoolVerifier, **{**POOL_SETTINGS, "user_pool_id": value}) == "OA-C771"


@for_each("use", ["refresh", "Access", ["access", "other"]])
def test_a_pool_has_no_other_kinds_of_token(use: Any) -> None:
    assert refused(UserPoolVerifier, **{**POOL_SETTINGS, "token_use": use}) == "OA-C771"


@for_each("reason", ["", "  ", None, 1])
def test_leaving_a_check_out_needs_a_reason(reason: Any) -> None:
    assert refused(Unchecked, reason=reason) == "OA-C778"


BLANK = [" ", "\t\n", "\0", "\x1b", "\u00a0", "\u200b", "\ud800", [" "], ["a", "\0"]]


@for_each("value", BLANK, ids=ascii)
def test_a_text_without_a_visible_character_counts_as_missing(value: Any) -> None:
    for name in ("user_pool_id", "client_id", "token_use", "scope", "groups", "endpoint_url"):
        assert refused(UserPoolVerifier, **{**POOL_SETTINGS, name: value}) == "OA-C771"
    for name in ("issuer", "audience", "groups_claim"):
        assert refused(Verifier, **{**SETTINGS, name: value}) == "OA-C771"


HUGE = 10**400
ENORMOUS = 10**5000  # it has more digits than Python prints


@for_each(
    "leeway",
    [
        *(-1, 301, math.nan, math.inf, -math.inf, True, "5", None),
        *(pytest.param(HUGE, id="huge"), pytest.param(ENORMOUS, id="enormous")),
    ],
)
def test_the_leeway_is_a_few_minutes_at_most(leeway: Any) -> None:
    assert refused(UserPoolVerifier, **POOL_SETTINGS, leeway=leeway) == "OA-C773"


@for_each(
    "algorithms",
    [(), [], "RS256", ("none",), ("HS256",), ("rs256",), ("RS256", "HS256"), None, (1,)],
)
def test_algorithms_come_from_the_list_of_what_is_allowed(algorithms: Any) -> None:
    assert refused(Verifier, **SETTINGS, algorithms=algorithms) == "OA-C772"


@for_each(
    "keys",
    ["secret", b"secret", {"keys": []}, [], 1.5, "-----BEGIN PUBLIC KEY-----"],
    ids=repr,
)
def test_no_key_parameter_takes_text(keys: Any) -> None:
    assert refused(Verifier, **SETTINGS, keys=keys) == "OA-C776"
    assert refused(UserPoolVerifier, **POOL_SETTINGS, keys=keys) == "OA-C776"


def test_keys_of_another_issuer_are_refused() -> None:
    others = keys_of_user_pool("eu-west-1_Zz99Yy88X")
    assert refused(UserPoolVerifier, **POOL_SETTINGS, keys=others) == "OA-C776"
    UserPoolVerifier(**POOL_SETTINGS, keys=keys_of_user_pool(POOL))


@for_each(
    "issuer",
    [
        *("http://login.example.com", "ftp://login.example.com", "file:///etc/passwd", "joe"),
        *("https://", "https://user@login.example.com", "https://login.example.com/a b", "data:,x"),
    ],
)
def test_keys_are_fetched_only_over_https(issuer: str) -> None:
    assert refused(Verifier, issuer=issuer, audience="a") == "OA-C777"
    assert refused(IssuerKeys, issuer=ISSUER, jwks_uri=issuer + "/jwks.json") == "OA-C777"
    # With its own keys it calls no issuer, so the issuer may be any text.
    Verifier(issuer=issuer, audience="a", keys=KeySet.from_dict(jwks()))


@for_each("needed", ["", [], [""], 1, {}])
def test_scopes_and_groups_that_need_nothing_are_refused(needed: Any) -> None:
    assert refused(UserPoolVerifier, **POOL_SETTINGS, scope=needed) == "OA-C771"
    assert refused(UserPoolVerifier, **POOL_SETTINGS, groups=needed) == "OA-C771"
    with pytest.raises(ConfigurationError, match="OA-C771"):
        AnyOf()


@for_each("needed", ["a b", ["a", "b c"], " a", "a\t", AnyOf("a b")])
def test_several_scopes_in_one_text_are_refused(needed: Any) -> None:
    assert refused(UserPoolVerifier, **POOL_SETTINGS, scope=needed) == "OA-C771"
    UserPoolVerifier(**POOL_SETTINGS, groups=["data managers"])


async def to_be_awaited(_token: Any) -> bool:
    return True


class ToBeAwaited:
    async def __call__(self, _token: Any) -> bool:
        return True


@for_each("checks", [["x"], "x", None, 5, len, [None], [to_be_awaited], [ToBeAwaited()]])
def test_a_check_that_cannot_be_called_is_refused(checks: Any) -> None:
    assert refused(UserPoolVerifier, **POOL_SETTINGS, checks=checks) == "OA-C771"


@for_each("size", [-1, 1.5, "8", None, True, pytest.param(-ENORMOUS, id="least")])
def test_a_memo_size_that_is_not_a_number_is_refused(size: Any) -> None:
    assert refused(UserPoolVerifier, **POOL_SETTINGS, memo_size=size) == "OA-C773"
    assert refused(Verifier, **SETTINGS, memo_size=size) == "OA-C773"
    with pytest.raises(ConfigurationError, match="OA-C773"):
        SeveralIssuers(pool_verifier(), memo_size=size)


@for_each("clock", [None, 5, "now"])
def test_a_clock_that_cannot_be_read_is_refused(clock: Any) -> None:
    assert refused(UserPoolVerifier, **POOL_SETTINGS, clock=clock) == "OA-C773"
    assert refused(IssuerKeys, issuer=ISSUER, clock=clock) == "OA-C773"


@for_each(
    ("settings", "code"),
    [
        ({"preload": {}}, "OA-C776"),
        ({"preload": "x"}, "OA-C776"),
        ({"shared_folder": 5}, "OA-C771"),
        ({"shared_folder": ""}, "OA-C771"),
        ({"shared_folder": b"x"}, "OA-C771"),
        ({"shared_folder": "a\0b"}, "OA-C771"),
        ({"shared_folder": "\ud800"}, "OA-C771"),
        ({"jwks_uri": ""}, "OA-C777"),
        ({"jwks_uri": 5}, "OA-C777"),
        ({"issuer": 5}, "OA-C777"),
        ({"issuer": None}, "OA-C777"),
        ({"issuer": None, "jwks_uri": "https://h/"}, "OA-C777"),
        ({"issuer": 5, "jwks_uri": "https://h/"}, "OA-C777"),
        ({"issuer": [], "jwks_uri": "https://h/"}, "OA-C777"),
        ({"issuer": " ", "jwks_uri": "https://h/"}, "OA-C777"),
    ],
    ids=ascii,
)
def test_keys_that_could_not_be_fetched_are_refused_at_once(settings: Any, code: str) -> None:
    assert refused(IssuerKeys, **({"issuer": ISSUER} | settings)) == code


@for_each("pool", [None, 5, [], "", b"us-east-1_Ab12Cd34E"], ids=repr)
def test_keys_of_another_issuer_than_a_pool_are_refused(pool: Any) -> None:
    assert refused(keys_of_user_pool, user_pool_id=pool) in {"OA-C770", "OA-C771"}


@for_each(
    "issuer", ["https://joe:hunter2@login.example.com", "https://joe:hunter2/x@h", "joe:hunter2@h"]
)
def test_no_error_shows_a_password_in_an_issuer_s_url(issuer: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-C777") as error:
        Verifier(issuer=issuer, audience="a")
    assert "hunter2" not in str(error.value)
    keys = IssuerKeys(issuer, jwks_uri="http://127.0.0.1:9/jwks.json")
    with pytest.raises(KeysUnavailable) as unavailable:
        keys.find("x")
    assert "hunter2" not in str(unavailable.value)


def test_the_error_of_a_key_set_names_its_other_algorithms_and_how_to_allow_them() -> None:
    with pytest.raises(ConfigurationError, match="OA-C776") as error:
        Verifier(**SETTINGS, algorithms=("ES256",), keys=KeySet.from_dict(jwks(ec_jwk())))
    assert "ES256" in error.value.why
    assert 'algorithms=("ES256",)' in error.value.fix.replace("'", '"')
    with pytest.raises(ConfigurationError, match="OA-C776") as error:
        KeySet.from_dict(jwks(rsa_jwk(use="enc")))
    assert "algorithms=" not in error.value.fix


@for_each("endpoint", [5, "", b"x", ["http://127.0.0.1"]], ids=repr)
def test_the_endpoint_url_of_a_pool_has_to_be_a_text(endpoint: Any) -> None:
    assert refused(UserPoolVerifier, **POOL_SETTINGS, endpoint_url=endpoint) == "OA-C771"


def test_two_verifiers_of_one_issuer_are_refused_and_so_are_none() -> None:
    with pytest.raises(ConfigurationError, match="OA-C779"):
        SeveralIssuers(pool_verifier(), pool_verifier())
    with pytest.raises(ConfigurationError, match="OA-C779"):
        SeveralIssuers()
    for no_verifier in ("x", None, [pool_verifier()], UserPoolVerifier):
        with pytest.raises(ConfigurationError, match="OA-C779"):
            SeveralIssuers(no_verifier)  # type: ignore[arg-type]


@for_each(
    "pool",
    [
        *("us-east-1", "us-east-1_", "_Ab12Cd34E", "x@evil.example:443/#_A", "us-east-1_Ab/12"),
        *(
            "us-east-1_Ab12Cd34E\n",
            "us-east-1.evil.example_A",
            "us-east-1_" + "a" * 60,
        ),
    ],
)
def test_a_pools_id_is_checked_before_it_becomes_a_url(pool: str) -> None:
    assert refused(UserPoolVerifier, **{**POOL_SETTINGS, "user_pool_id": pool}) == "OA-C702"


@for_each(
    ("region", "domain"),
    [
        ("us-east-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
        ("us-iso-east-1", "c2s.ic.gov"),
        ("us-isob-east-1", "sc2s.sgov.gov"),
        ("us-isof-south-1", "csp.hci.ic.gov"),
        ("eu-isoe-west-1", "cloud.adc-e.uk"),
    ],
)
def test_both_issuers_follow_from_the_pools_id_in_every_partition(region: str, domain: str) -> None:
    both = (
        f"https://cognito-idp.{region}.{domain}/{region}_A",
        f"https://issuer-cognito-idp.{region}.{domain}/{region}_A",
    )
    assert issuers_of_user_pool(f"{region}_A") == both
    aws_itself = f"https://cognito-idp.{region}.{domain}"
    assert issuers_of_user_pool(f"{region}_A", aws_itself) == both
    assert issuers_of_user_pool(f"{region}_A", f"{aws_itself}:443/") == both


def test_at_another_address_than_awss_both_issuers_are_at_that_address() -> None:
    assert issuers_of_user_pool(POOL, "http://127.0.0.1:9229") == (
        f"http://127.0.0.1:9229/{POOL}",
        f"http://127.0.0.1:9229/issuer-cognito-idp/{POOL}",
    )


def test_making_a_verifier_makes_no_request() -> None:
    UserPoolVerifier(**POOL_SETTINGS)
    Verifier(**SETTINGS)


def test_a_pool_s_id_in_capitals_is_the_same_pool() -> None:
    region, _, name = POOL.partition("_")
    assert issuers_of_user_pool(f"{region.upper()}_{name}") == issuers_of_user_pool(POOL)
