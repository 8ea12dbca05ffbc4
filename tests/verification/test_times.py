"""Times: the boundaries to the second, leeway, and values that are not times (V-06)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from cases import for_each
from osdu_auth import TokenRejected
from verification.key_server import FakeClock
from verification.minting import (
    NOW,
    claims,
    header,
    mint,
    open_verifier,
    pool_verifier,
    raw,
    rsa_jwk,
    text,
)
from verification.test_claims import codes

DAY = 24 * 3600


@pytest.mark.parametrize("leeway", [0, 60])
def test_a_token_is_valid_strictly_before_exp_plus_the_leeway(leeway: int) -> None:
    expires_at = NOW + 100
    token = mint(payload=claims(exp=expires_at, iat=NOW))
    for memo_size in (0, 10):
        clock = FakeClock(NOW)
        verifier = pool_verifier(clock, leeway=leeway, memo_size=memo_size)
        verifier.verify(token)
        for moment, is_good in (
            (expires_at - 1, True),
            (expires_at + leeway - 1, True),
            (expires_at + leeway - 0.001, True),
            (expires_at + leeway, False),
            (expires_at + leeway + 1, False),
            (expires_at - 1, True),
        ):
            clock.now = moment
            if is_good:
                verifier.verify(token)
            else:
                assert codes(verifier, token) == ["V530"]


@for_each("leeway", [0, 60])
@for_each(("name", "code"), [("nbf", "V531"), ("iat", "V532")])
def test_a_token_is_valid_from_its_start_minus_the_leeway(
    name: str, code: str, leeway: int
) -> None:
    start = NOW + 100
    token = mint(payload=claims(**{"iat": NOW - 200, name: start, "exp": NOW + 3600}))
    for memo_size in (0, 10):
        clock = FakeClock(start)
        verifier = pool_verifier(clock, leeway=leeway, memo_size=memo_size)
        verifier.verify(token)
        for moment, is_good in (
            (start - leeway - 1, False),
            (start - leeway, True),
            (start - leeway - 0.001, False),
            (start, True),
        ):
            clock.now = moment
            if is_good:
                verifier.verify(token)
            else:
                assert codes(verifier, token) == [code]


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_of_an_issuer_whose_clock_is_ahead_is_refused_with_the_clocks_skew(
    name: str,
) -> None:
    """R-12."""
    token = mint(payload=claims(**{"iat": NOW, name: NOW + 600, "exp": NOW + 4200}))
    with pytest.raises(TokenRejected, match="a clock skew of 600 s"):
        pool_verifier(FakeClock(NOW)).verify(token)


NO_TIMES = [
    *("1700003540", "", "never", None, True, False, [], [NOW + 60], {}, {"exp": NOW + 60}),
    *(-1, -1e9, 253_402_300_800, 1e18, 10**19),
]


@for_each("value", NO_TIMES, ids=repr)
@for_each(("name", "code"), [("exp", "V530"), ("nbf", "V531"), ("iat", "V532")])
def test_a_claim_that_is_not_a_time_is_refused(name: str, code: str, value: Any) -> None:
    assert code in codes(pool_verifier(), mint(payload={**claims(), name: value}))


@for_each("spelt", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 21, "9" * 5_000])
@for_each("name", ["exp", "nbf", "iat"])
def test_a_text_that_is_not_a_json_number_is_refused(name: str, spelt: str) -> None:
    rest = {key: value for key, value in claims().items() if key != name}
    payload = text(rest)[:-1] + f',"{name}":{spelt}}}'.encode()
    assert codes(pool_verifier(), raw(text(header()), payload)) == ["V503"]


def test_fractions_and_exponents_are_times() -> None:
    rest = {key: value for key, value in claims().items() if key not in {"exp", "iat"}}
    payload = text(rest)[:-1] + b',"exp":1.70000354e9,"iat":1699999999.5}'
    token = pool_verifier().verify(raw(text(header()), payload))
    assert (token.expires_at, token.issued_at) == (1_700_003_540.0, 1_699_999_999.5)


def test_exp_is_needed_and_zero_is_no_exception() -> None:
    assert codes(pool_verifier(), mint(payload=claims(exp=None))) == ["V530"]
    assert "V530" in codes(pool_verifier(), mint(payload=claims(exp=0)))


def test_a_pool_s_token_is_valid_for_a_day_at_most_and_has_iat() -> None:
    pool_verifier().verify(mint(payload=claims(iat=NOW - 60, exp=NOW - 60 + DAY)))
    too_long = mint(payload=claims(iat=NOW - 60, exp=NOW - 59 + DAY))
    assert codes(pool_verifier(), too_long) == ["V533"]
    assert codes(pool_verifier(), mint(payload=claims(iat=None))) == ["V532"]


def test_another_issuer_s_token_may_be_valid_for_longer_and_needs_no_iat() -> None:
    verifier = open_verifier([rsa_jwk()], ("RS256",), audience="api")
    verifier.verify(mint(payload=claims(aud="api", iat=None, exp=NOW + 30 * DAY)))
    assert codes(verifier, mint(payload=claims(aud="api", iat=NOW + 1))) == ["V532"]


def test_the_clock_may_jump_and_every_answer_is_right_for_its_moment() -> None:
    token = mint(payload=claims(iat=NOW, exp=NOW + 3600))
    now = [float(NOW)]
    verifier = pool_verifier(lambda: now[0])
    jumps = random.Random(7)
    year = 365 * DAY
    for _ in range(10_000):
        now[0] += jumps.choice([-10 * year, -3600, -1, 0, 1, 3600, 10 * year])
        now[0] = max(now[0], 0.0)
        if jumps.random() < 0.5:
            now[0] = NOW + jumps.choice([-1, 0, 1, 1800, 3599, 3600, 3601])
        is_good = NOW <= now[0] < NOW + 3600
        try:
            verifier.verify(token)
        except TokenRejected:
            assert not is_good
        else:
            assert is_good


@pytest.mark.parametrize("leeway", [0, 60])
def test_a_start_time_in_the_past_is_not_listed_next_to_another_failure(leeway: int) -> None:
    start = NOW + leeway
    token = mint(payload=claims(nbf=start, iat=start, client_id="other"))
    assert codes(pool_verifier(leeway=leeway), token) == ["V522"]
    late = mint(payload=claims(nbf=start + 1, iat=start + 1, client_id="other"))
    assert codes(pool_verifier(leeway=leeway), late) == ["V522", "V531", "V532"]
    ended = mint(payload=claims(nbf=start, iat=start, exp=start - 2 * leeway))
    assert codes(pool_verifier(leeway=leeway), ended) == ["V530"]
    both = mint(payload=claims(nbf=start, iat=start + 1))
    assert codes(pool_verifier(leeway=leeway), both) == ["V532"]
