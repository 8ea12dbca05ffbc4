"""A user pool's two issuers: both are accepted, each with its own keys (row K-09)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from osdu_auth import (
    IssuerKeys,
    KeySet,
    KeysUnavailable,
    SeveralIssuers,
    TokenRejected,
    Unchecked,
    UserPoolVerifier,
)
from osdu_auth.sandbox import Sandbox
from osdu_auth.verification import keys_of_user_pool
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import (
    CLIENT,
    ISSUER,
    NOW,
    POOL,
    UPDATED_ISSUER,
    claims,
    header,
    jwks,
    mint,
    open_verifier,
    pool_verifier,
    rsa_jwk,
    rsa_key,
)
from verification.test_claims import codes

if TYPE_CHECKING:
    from pathlib import Path

ORIGINAL_PATH = f"/{POOL}/.well-known/jwks.json"
UPDATED_PATH = f"/issuer-cognito-idp/{POOL}/.well-known/jwks.json"


def updated_token(server: KeyServer, **members: Any) -> str:
    issuer = f"{server.url}/issuer-cognito-idp/{POOL}"
    return mint(payload=server.claims(iss=issuer, **members))


@pytest.mark.parametrize("issuer", [ISSUER, UPDATED_ISSUER])
def test_tokens_of_each_issuer_are_accepted_with_given_keys(issuer: str) -> None:
    token = mint(payload=claims(iss=issuer))
    assert pool_verifier().verify(token).issuer == issuer
    assert SeveralIssuers(pool_verifier(), clock=lambda: NOW).verify(token).issuer == issuer


@for_each(
    "issuer",
    [
        UPDATED_ISSUER + "/",
        UPDATED_ISSUER[:-1],
        UPDATED_ISSUER.replace("us-east-1.", "eu-west-1."),
        UPDATED_ISSUER.replace("issuer-", "issuer."),
        UPDATED_ISSUER.replace("issuer-", "xissuer-"),
        UPDATED_ISSUER.replace("amazonaws.com", "amazonaws.com.evil.example"),
        UPDATED_ISSUER.replace("https:", "http:"),
        UPDATED_ISSUER.upper(),
        [ISSUER, UPDATED_ISSUER],
        f"{ISSUER} {UPDATED_ISSUER}",
    ],
)
def test_no_other_issuer_is_accepted_as_the_updated_one(issuer: Any) -> None:
    assert codes(pool_verifier(), mint(payload=claims(iss=issuer))) == ["V520"]


def test_the_updated_issuer_is_asked_only_when_a_token_names_it(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    verifier.verify(mint(payload=server.claims()))
    assert server.paths == [ORIGINAL_PATH]
    assert verifier.verify(updated_token(server)).issuer.endswith(f"/issuer-cognito-idp/{POOL}")
    verifier.verify(updated_token(server))
    assert server.paths == [ORIGINAL_PATH, UPDATED_PATH]


def test_for_a_pool_with_the_updated_issuer_only_that_issuer_is_called(
    server: KeyServer, clock: FakeClock
) -> None:
    fetching_verifier(server, clock).verify(updated_token(server))
    assert server.paths == [UPDATED_PATH]


def test_a_token_that_is_refused_anyway_causes_no_call_to_the_updated_issuer(
    server: KeyServer, clock: FakeClock
) -> None:
    assert codes(fetching_verifier(server, clock), updated_token(server, sub="")) == ["V534"]
    assert server.paths == []


def test_keys_that_were_fetched_for_one_issuer_verify_no_token_of_the_other(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    original = mint(payload=server.claims())
    verifier.verify(original)
    server.publish(rsa_jwk("another"))
    assert codes(verifier, updated_token(server)) == ["V511"]
    verifier.verify(original)
    issuer = f"{server.url}/issuer-cognito-idp/{POOL}"
    head, key = header(kid="another"), rsa_key("another")
    verifier.verify(mint(head, server.claims(iss=issuer), key=key))
    assert codes(verifier, mint(head, server.claims(), key=key)) == ["V511"]


def test_a_flood_that_names_the_updated_issuer_costs_one_fetch_in_ten_seconds(
    server: KeyServer, clock: FakeClock
) -> None:
    """AWS answers 403 for a pool whose setting is the original issuer."""
    verifier = fetching_verifier(server, clock)
    verifier.verify(mint(payload=server.claims()))
    server.status = 403
    for _ in range(200):
        with pytest.raises(KeysUnavailable, match="OA-N671"):
            verifier.verify(updated_token(server))
    assert server.paths.count(UPDATED_PATH) == 1
    verifier.verify(mint(payload=server.claims()))
    assert server.paths.count(ORIGINAL_PATH) == 1
    clock.now += 10
    server.status = 200
    verifier.verify(updated_token(server))
    assert server.paths.count(UPDATED_PATH) == 2


def test_a_remembered_token_is_valid_while_its_own_issuer_has_the_key(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    original, updated = mint(payload=server.claims()), updated_token(server)
    for _ in range(3):
        assert verifier.verify(original).issuer != verifier.verify(updated).issuer
    assert len(server.paths) == 2
    clock.now += 3600
    verifier.verify(original)
    server.publish(rsa_jwk("another"))
    assert codes(verifier, updated) == ["V511"]
    verifier.verify(original)


def test_a_fetch_from_the_updated_issuer_can_be_awaited(
    server: KeyServer, clock: FakeClock
) -> None:
    verifier = fetching_verifier(server, clock)
    assert asyncio.run(verifier.averify(updated_token(server))).subject


def test_verifiers_of_one_pool_share_the_keys_of_each_issuer(
    server: KeyServer, clock: FakeClock
) -> None:
    verifiers = [fetching_verifier(server, clock) for _ in range(5)]
    for verifier in verifiers:
        verifier.verify(updated_token(server))
        verifier.verify(mint(payload=server.claims()))
    assert sorted(server.paths) == sorted([ORIGINAL_PATH, UPDATED_PATH])


def test_given_keys_of_a_pool_are_used_for_both_issuers_of_all_verifiers(
    server: KeyServer, clock: FakeClock
) -> None:
    keys = keys_of_user_pool(POOL, endpoint_url=server.url, clock=clock)
    for _ in range(3):
        verifier = fetching_verifier(server, clock, keys)
        verifier.verify(updated_token(server))
        verifier.verify(mint(payload=server.claims()))
    assert sorted(server.paths) == sorted([ORIGINAL_PATH, UPDATED_PATH])


def test_the_keys_of_either_issuer_may_be_given(server: KeyServer, clock: FakeClock) -> None:
    updated = f"{server.url}/issuer-cognito-idp/{POOL}"
    keys = IssuerKeys(updated, jwks_uri=f"{server.url}/elsewhere", clock=clock)
    verifier = fetching_verifier(server, clock, keys)
    verifier.verify(updated_token(server))
    verifier.verify(mint(payload=server.claims()))
    assert server.paths == ["/elsewhere", ORIGINAL_PATH]


def test_preloaded_keys_are_used_for_both_issuers(server: KeyServer, clock: FakeClock) -> None:
    preload = KeySet.from_dict(jwks())
    keys = keys_of_user_pool(POOL, endpoint_url=server.url, preload=preload, clock=clock)
    verifier = fetching_verifier(server, clock, keys)
    verifier.verify(updated_token(server))
    verifier.verify(mint(payload=server.claims()))
    assert server.paths == []
    clock.now += 3600
    verifier.verify(updated_token(server))
    assert server.paths == [UPDATED_PATH]


def test_copies_on_disk_are_kept_apart(server: KeyServer, clock: FakeClock, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    for _ in range(3):  # like three processes
        keys = keys_of_user_pool(POOL, endpoint_url=server.url, shared_folder=folder, clock=clock)
        verifier = fetching_verifier(server, clock, keys)
        verifier.verify(updated_token(server))
        verifier.verify(mint(payload=server.claims()))
    assert sorted(server.paths) == sorted([ORIGINAL_PATH, UPDATED_PATH])
    told = [json.loads(copy.read_bytes()) for copy in folder.glob("keys-*.json")]
    assert {copy["jwks_uri"] for copy in told} == {
        server.url + ORIGINAL_PATH,
        server.url + UPDATED_PATH,
    }


def test_several_pools_each_have_both_issuers() -> None:
    other_pool = "cn-north-1_Zz99Yy88X"
    other = UserPoolVerifier(
        user_pool_id=other_pool,
        client_id=CLIENT,
        token_use="access",
        keys=KeySet.from_dict(jwks(rsa_jwk("other-key"))),
        clock=lambda: NOW,
    )
    both = SeveralIssuers(pool_verifier(), other, clock=lambda: NOW)
    theirs = f"https://issuer-cognito-idp.cn-north-1.amazonaws.com.cn/{other_pool}"
    head, key = header(kid="other-key"), rsa_key("other-key")
    assert both.verify(mint(payload=claims(iss=UPDATED_ISSUER))).subject
    assert both.verify(mint(head, claims(iss=theirs), key=key)).issuer == theirs
    assert codes(both, mint(payload=claims(iss=theirs))) == ["V511"]
    assert codes(both, mint(head, claims(iss=UPDATED_ISSUER), key=key)) == ["V511"]
    assert codes(both, mint(payload=claims(iss="https://evil.example"))) == ["V520"]


def test_a_header_that_one_issuer_may_send_is_checked_again_for_another_issuer() -> None:
    """A pool's token has to name its key; a token of an issuer with one key does not have to."""
    theirs = "https://issuer.example"
    other = open_verifier([rsa_jwk()], ("RS256",), issuer=theirs, audience=Unchecked("a test"))
    both = SeveralIssuers(pool_verifier(), other, clock=lambda: NOW)
    without_kid = {"alg": "RS256"}
    assert both.verify(mint(without_kid, claims(iss=theirs))).issuer == theirs
    assert "V511" in codes(both, mint(without_kid))


def test_a_pool_s_verifier_lists_all_failures_of_another_issuer_s_token() -> None:
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier().verify(mint(payload=claims(iss="https://evil.example", exp=NOW)))
    assert [failure.check for failure in rejected.value.failures] == ["iss", "exp"]
    assert rejected.value.failures[0].expected.startswith(f'"{ISSUER}" or the updated issuer')
    assert 'found "https://evil.example"; exp: ' in rejected.value.why  # nothing is left out


@for_each("issuer_type", ["original", "updated", "UPDATED"])
def test_tokens_of_a_sandbox_with_each_issuer_are_accepted(issuer_type: str) -> None:
    with Sandbox(issuer_type=issuer_type) as sandbox:
        verifier = UserPoolVerifier(
            user_pool_id=sandbox.user_pool_id,
            client_id=sandbox.client_id,
            token_use=["access", "id"],
            endpoint_url=sandbox.endpoint_url,
            leeway=5,
        )
        tokens = sandbox.issue_tokens()
        for name in ("AccessToken", "IdToken"):
            assert verifier.verify(tokens[name]).issuer == sandbox.issuer
