"""The explanation of a token never says that a check has passed if it was not made."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import KeySet, KeysUnavailable, Secret, UserPoolVerifier
from osdu_auth.verification.explanation import Outcome, explain
from verification.key_server import FakeClock, KeyServer
from verification.minting import CLIENT, POOL, header, jwks, mint, rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADS: dict[str, dict[str, Any]] = {
    "plain": {},
    "with an unknown key": {"kid": "unknown"},
    "without a key": {"kid": None},
    "of another algorithm": {"alg": "PS256"},
    "of a symmetric algorithm": {"alg": "HS256"},
    "unsigned": {"alg": "none"},
}
CLAIMS: dict[str, dict[str, Any]] = {
    "good": {},
    "expired": {"exp": 1},
    "another client's": {"client_id": "other"},
    "of another kind": {"token_use": "id"},
}
KEYS = ("with it", "fetched", "not to be had", "fetched before, and now not to be had")


@pytest.fixture(scope="module")
def server() -> Iterator[KeyServer]:
    with KeyServer() as running:
        yield running


def verifier(keys: str, server: KeyServer) -> UserPoolVerifier:
    clock = FakeClock()
    server.status = 200
    made = UserPoolVerifier(
        user_pool_id=POOL,
        client_id=CLIENT,
        token_use="access",
        endpoint_url=server.url,
        keys=KeySet.from_dict(jwks()) if keys == "with it" else None,
        clock=clock,
    )
    if "before" in keys:
        made.verify(mint(payload=server.claims(jti="another")))
        clock.now += 2 * 3600
    if "not to be had" in keys:
        server.status = 503
    return made


@pytest.mark.parametrize("keys", KEYS)
def test_a_signature_is_reported_as_passed_only_if_a_key_of_the_issuer_made_it(
    keys: str, server: KeyServer
) -> None:
    told = set()
    for head, payload, is_forged in product(HEADS, CLAIMS, (False, True)):
        named = {name: value for name, value in (header() | HEADS[head]).items() if value}
        key: Any = rsa_key("forger" if is_forged else "access-key")
        if named["alg"] == "HS256":
            key = b"guessed"
        algorithm = "RS256" if named["alg"] == "none" else named["alg"]
        token = mint(named, server.claims(**CLAIMS[payload]), key=key, algorithm=algorithm)
        explanation = explain(verifier(keys, server), Secret(token))
        outcomes = {verdict.check: verdict.outcome for verdict in explanation.results}
        names = [verdict.check for verdict in explanation.results]
        case = (head, payload, is_forged, explanation)
        assert len(names) == len(set(names)), case
        outcome = outcomes.get("signature")
        told.add(outcome)
        if is_forged or head not in {"plain", "without a key"}:
            assert outcome is not Outcome.PASSED, case
        if keys == "not to be had":
            assert outcome in {Outcome.NOT_CHECKED, None}, case
            assert outcomes.get("kid") is not Outcome.PASSED, case
        if explanation.error is None:
            assert (outcome, head, is_forged) == (Outcome.PASSED, "plain", False), case
        if isinstance(explanation.error, KeysUnavailable):
            assert outcome is Outcome.NOT_CHECKED, case
    assert Outcome.NOT_CHECKED in told or keys != "not to be had"
    assert told >= {Outcome.PASSED, Outcome.FAILED} or keys == "not to be had"


@pytest.mark.parametrize(
    ("claims", "why"), [("good", "are not available"), ("expired", "the token is refused anyway")]
)
def test_a_signature_that_was_not_checked_is_reported_with_the_reason(
    claims: str, why: str, server: KeyServer
) -> None:
    token = mint(payload=server.claims(**CLAIMS[claims]))
    explanation = explain(verifier("not to be had", server), Secret(token))
    told = {verdict.check: verdict.words for verdict in explanation.results}
    assert why in told["signature"]


def test_no_check_has_passed_for_a_text_that_is_not_a_token() -> None:
    made = UserPoolVerifier(
        user_pool_id=POOL, client_id=CLIENT, keys=KeySet.from_dict(jwks()), token_use="access"
    )
    explanation = explain(made, Secret(json.dumps({"no": "token"})))
    assert [verdict.outcome for verdict in explanation.results] == [Outcome.FAILED]
