"""The times of a TokenSet: how long a token is valid."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.cognito.replies import AuthenticationResult
from osdu_auth.cognito.token_set import token_set
from osdu_auth.errors import UnusableReply
from osdu_auth.secret import Secret


def jwt(claims: str) -> Secret:
    return Secret(f"e30.{urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.c2ln")


def lifetime(claims: str, expires_in: int | None) -> float:
    tokens = token_set(AuthenticationResult(jwt(claims), expires_in=expires_in), 1000.0)
    return tokens.expires_at - tokens.issued_at


@pytest.mark.parametrize(
    ("claims", "seconds"),
    [
        ('{"iat":5000000,"exp":5000300}', 300.0),
        ('{"iat":0,"exp":86400}', 86_400.0),
        ('{"iat":0.5,"exp":60}', 59.5),
    ],
)
def test_the_tokens_own_lifetime_counts_with_any_clock(claims: str, seconds: float) -> None:
    assert lifetime(claims, 3600) == seconds
    assert lifetime(claims, None) == seconds


@for_each(
    "claims",
    [
        "{}",
        '{"exp":300}',
        '{"iat":0}',
        '{"iat":0,"exp":"300"}',
        '{"iat":"0","exp":300}',
        '{"iat":0,"exp":NaN}',
        '{"iat":0,"exp":Infinity}',
        '{"iat":-Infinity,"exp":0}',
        '{"iat":0,"exp":true}',
        '{"iat":false,"exp":9}',
        '{"iat":0,"exp":0}',
        '{"iat":9,"exp":3}',
        '{"iat":0,"exp":86401}',
        '{"iat":0,"exp":null}',
        '{"iat":0,"exp":[1]}',
        "[]",
        "7",
        "not JSON",
        '{"iat":0,"exp":1' + "0" * 400 + "}",
    ],
)
def test_after_a_senseless_lifetime_in_the_token_the_reply_s_counts(claims: str) -> None:
    assert lifetime(claims, 600) == 600.0
    with pytest.raises(UnusableReply, match="OA-N637"):
        lifetime(claims, None)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=2)),
       st.floats() | st.integers())  # fmt: skip
def test_no_claims_make_a_token_live_longer_than_a_day(issued: Any, expires: Any) -> None:
    seconds = lifetime(json.dumps({"iat": issued, "exp": expires}), 600)
    assert 0 < seconds <= 86_400


@for_each(
    "date, expected",
    [
        ("Thu, 01 Jan 1970 00:16:40 GMT", 3600.0),  # issued when the reply was sent
        ("Thu, 01 Jan 1970 00:16:44 GMT", 3600.0),  # rounding and the network
        ("Thu, 01 Jan 1970 00:26:40 GMT", 2999.5),  # kept by the pool for ten minutes
        ("Thu, 01 Jan 1970 00:00:40 GMT", 3600.0),  # a Date before the issue is ignored
        ("Thu, 01 Jan 1970 02:16:40 GMT", 3600.0),  # and so is one after the expiry
        ("yesterday", 3600.0),
        (None, 3600.0),
    ],
)
def test_the_age_of_a_token_that_the_pool_had_kept_is_subtracted(
    date: str | None, expected: float
) -> None:
    for ours in [0.0, 1000.0, 4e9]:
        issued = AuthenticationResult(jwt('{"iat":1000,"exp":4600}'))
        tokens = token_set(issued, ours, date)
        assert tokens.expires_at - tokens.issued_at == expected


def test_the_clock_offset_comes_from_the_reply_or_else_from_the_token() -> None:
    issued = AuthenticationResult(jwt('{"iat":1000,"exp":4600}'))
    assert token_set(issued, 1090.5, "Thu, 01 Jan 1970 00:16:40 GMT").clock_offset == 90.0
    assert token_set(issued, 1090.0).clock_offset == 90.0
    assert token_set(AuthenticationResult(jwt("{}"), expires_in=9), 1.0).clock_offset is None
