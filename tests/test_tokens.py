"""A `TokenSet` reads its times and claims from the token, without a request."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth.secret import Secret
from osdu_auth.tokens import Freshness, TokenSet, unverified_claims


def jwt(claims: object) -> Secret:
    segment = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Secret(f"e30.{segment}.c2ln")


@for_each(
    ("now", "freshness"),
    [
        (1000, Freshness.FRESH),
        (4239.9, Freshness.FRESH),
        (4240, Freshness.STALE),
        (4599.9, Freshness.STALE),
        (4600, Freshness.EXPIRED),
        (1e12, Freshness.EXPIRED),
    ],
)
def test_the_last_tenth_of_a_token_s_life_is_for_renewal(now: float, freshness: Freshness) -> None:
    assert TokenSet(jwt({}), issued_at=1000, expires_at=4600).freshness(now) is freshness


def test_the_username_is_the_pool_s_own_name_of_the_user() -> None:
    tokens = TokenSet(jwt({"username": "0b3c"}), issued_at=0, expires_at=1)
    assert tokens.unverified_username == "0b3c"


@for_each("claims", [{}, {"username": 7}, [], None, "text"])
def test_a_token_without_a_readable_username_has_none(claims: object) -> None:
    assert TokenSet(jwt(claims), issued_at=0, expires_at=1).unverified_username == ""


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True))
def test_claims_of_any_text_at_all_are_a_mapping(text: str) -> None:
    assert isinstance(unverified_claims(Secret(text)), dict)


def test_claims_that_are_nested_too_deeply_are_none() -> None:
    deep = urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")
    assert unverified_claims(Secret(f"e30.{deep}.c2ln")) == {}


def test_a_token_set_shows_no_token() -> None:
    assert "e30" not in repr(TokenSet(jwt({}), 0, 1, jwt({}), Secret("refresh")))
