"""Claims that a user pool never writes are refused, and all that it writes are accepted (V-09)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth import AnyOf, SeveralIssuers, TokenRejected, Unchecked, VerifiedToken
from osdu_auth.verification.claims.user_pool_claims import IN_ACCESS_TOKENS, IN_ID_TOKENS
from verification.minting import CLIENT, NOW, claims, id_claims, mint, pool_verifier
from verification.test_claims import codes

ACCESS, ID = pool_verifier(), pool_verifier(token_use="id")
DENIED = {"left-the-company"}

NO_NAMES: list[Any] = ["", None, 7, 1.5, True, [], ["ada"], {}, {"ada": 1}]
NO_TEXTS = NO_NAMES[1:]
NO_TIMES: list[Any] = ["", str(NOW), None, True, -1, 10**12, [NOW], {}]
NO_LISTS_OF_NAMES: list[Any] = ["", "admins", None, 7, True, {}, ["a", 1], [["a"]], [None], [""]]
NO_FLAGS: list[Any] = ["", "yes", "True", None, 0, 1, [], {}, [True]]

WRONG_IN_BOTH = {
    **dict.fromkeys(("sub", "jti", "origin_jti", "event_id"), NO_NAMES),
    **dict.fromkeys(("username", "cognito:username", "cognito:preferred_role"), NO_NAMES),
    **dict.fromkeys(("cognito:groups", "cognito:roles"), NO_LISTS_OF_NAMES),
    "scope": NO_TEXTS,
    "auth_time": NO_TIMES,
}
WRONG_IN_ACCESS = WRONG_IN_BOTH | {"device_key": NO_NAMES, "version": ["2", 2.5, True, None, []]}
WRONG_IN_ID = WRONG_IN_BOTH | {
    **dict.fromkeys(("email", "phone_number", "nonce", "at_hash", "acr"), NO_TEXTS),
    **dict.fromkeys(("email_verified", "phone_number_verified"), NO_FLAGS),
    "amr": NO_LISTS_OF_NAMES,
    "identities": ["", "{}", None, 7, {}, ["Google"], [{}, 1]],
}


def refused_claims(verifier: Any, payload: dict[str, Any]) -> list[tuple[str, str]]:
    """The code and the claim of each failed check of a token."""
    with pytest.raises(TokenRejected) as rejected:
        verifier.verify(mint(payload=payload))
    return [(failure.code, failure.check) for failure in rejected.value.failures]


def test_the_cases_have_every_claim_that_is_checked() -> None:
    assert WRONG_IN_ACCESS.keys() == IN_ACCESS_TOKENS.keys()
    assert WRONG_IN_ID.keys() == IN_ID_TOKENS.keys()


@for_each("name", WRONG_IN_ACCESS)
def test_an_access_token_s_claim_with_a_wrong_type_is_refused(name: str) -> None:
    for value in WRONG_IN_ACCESS[name]:
        assert refused_claims(ACCESS, {**claims(), name: value}) == [("OA-V534", name)], value


@for_each("name", WRONG_IN_ID)
def test_an_id_token_s_claim_with_a_wrong_type_is_refused(name: str) -> None:
    for value in WRONG_IN_ID[name]:
        assert refused_claims(ID, {**id_claims(), name: value}) == [("OA-V534", name)], value


@for_each(
    "members",
    [
        {"sub": None},
        {"sub": ""},
        {"username": ["left-the-company"]},
        {"username": {"left-the-company": 1}},
        {"scope": ["osdu/admin"]},
        {"cognito:groups": "left-the-company"},
        {"auth_time": "yesterday"},
    ],
    ids=str,
)
def test_a_blocklist_cannot_be_avoided_by_a_claim_of_another_type(
    members: dict[str, Any],
) -> None:
    """Each was accepted, genuinely signed: no list of names has a value that is not a text."""

    def not_denied(token: VerifiedToken) -> bool:
        named = {token.subject, token.username, *token.scopes, *token.groups}
        return not named & (DENIED | {"osdu/admin"})

    alone = pool_verifier(checks=[not_denied])
    token = mint(payload=claims(**members))
    assert codes(alone, token) == ["V534"]
    assert codes(SeveralIssuers(alone, clock=lambda: NOW), token) == ["V534"]


def test_all_wrong_claims_are_listed_with_the_other_failures() -> None:
    payload = {**claims(client_id="x"), "sub": "", "scope": 1, "auth_time": "x", "exp": NOW}
    assert refused_claims(ACCESS, payload) == [
        ("OA-V534", "sub"),
        ("OA-V534", "auth_time"),
        ("OA-V534", "scope"),
        ("OA-V522", "client_id"),
        ("OA-V530", "exp"),
    ]


def test_a_claim_with_a_wrong_type_is_not_a_missing_privilege() -> None:
    """A service that answers 403 would say that the token itself is valid."""
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier(groups="admins").verify(
            mint(payload=claims(**{"cognito:groups": {"admins": 1}}))
        )
    assert not rejected.value.insufficient_scope


def test_an_unchecked_client_id_still_has_to_be_a_text() -> None:
    verifier = pool_verifier(client_id=Unchecked("a test"), token_use=["access", "id"])
    for client_id in (None, "", 7, [CLIENT], True):
        payload = {**claims(), "client_id": client_id}
        assert codes(verifier, mint(payload=payload)) == ["V522"], client_id
    no_audiences: list[Any] = ["", 7, [], [1], {}, True, None]
    for audience in no_audiences:
        payload = {**id_claims(), "aud": audience}
        assert codes(verifier, mint(payload=payload)) == ["V521"], audience
    assert codes(verifier, mint(payload=claims(client_id=None))) == ["V522"]
    assert codes(verifier, mint(payload=id_claims(aud=None))) == ["V521"]


# Each as the developer guide shows it, or as one of the pool's settings makes it.
OF_A_POOL: dict[str, dict[str, Any]] = {
    "a user's access token": claims(),
    "of no group": claims(**{"cognito:groups": None}),
    "of groups that a trigger took away": claims(**{"cognito:groups": []}),
    "with a device": claims(device_key="us-east-1_a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"),
    "of a pool without revocation": claims(origin_jti=None),
    "with no scope left by a trigger": claims(scope=""),
    "for a resource server by its address": claims(aud="https://osdu.example.com"),
    "of client credentials": claims(
        sub=CLIENT,
        username=None,
        scope="osdu/read",
        origin_jti=None,
        event_id=None,
        **{"cognito:groups": None},
    ),
    "of a federated user": claims(
        username="Corp_ada@example.com", **{"cognito:groups": ["us-east-1_Ab12Cd34E_Corp"]}
    ),
    "with a trigger's own claims of every type": claims(
        team="7",
        level=3,
        active=True,
        tags=["a", 1, None],
        tenant={"id": 1, "of": [{"deep": None}]},
        email=["anything"],
        nothing=None,
    ),
    "an id token": id_claims(email="ada@example.com", email_verified=True),
    "an id token with roles": id_claims(
        **{
            "cognito:roles": ["arn:aws:iam::123456789012:role/a"],
            "cognito:preferred_role": "arn:aws:iam::123456789012:role/a",
        }
    ),
    "an id token whose attributes a trigger wrote as texts": id_claims(
        email="", email_verified="true", phone_number="+15555550100", phone_number_verified="false"
    ),
    "an id token of a federated user": id_claims(
        identities=[
            {
                "userId": "ada",
                "providerName": "Corp",
                "providerType": "SAML",
                "issuer": None,
                "primary": "true",
                "dateCreated": "1642699117273",
            }
        ],
        nonce="n-0S6_WzA2Mj",
        at_hash="dGVzdA",
        acr="urn:example:1",
        amr=["pwd", "otp"],
        address={"formatted": "1 Main St"},
        updated_at=1_642_699_117,
    ),
    "an id token with custom attributes": id_claims(
        **{"custom:team": "7", "version": "a trigger's"}
    ),
}


@for_each("case", OF_A_POOL)
def test_all_tokens_that_a_user_pool_writes_are_accepted(case: str) -> None:
    payload = OF_A_POOL[case]
    for client in (CLIENT, Unchecked("a test")):
        verifier = pool_verifier(client_id=client, token_use=["access", "id"])
        assert verifier.verify(mint(payload=payload)).subject == payload["sub"]


def test_a_trigger_cannot_name_another_user_or_client_in_an_id_token() -> None:
    """A trigger can add claims that the pool itself writes only into access tokens."""
    token = ID.verify(mint(payload=id_claims(username="admin", client_id="another")))
    assert (token.username, token.client_id) == ("ada", CLIENT)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from([*IN_ACCESS_TOKENS]), VALUES)
def test_a_service_reads_the_values_that_a_valid_token_has(name: str, value: Any) -> None:
    """A claim with another type is never read as empty."""
    payload = {**claims(), name: value}
    if not IN_ACCESS_TOKENS[name].matches(value):
        assert refused_claims(ACCESS, payload) == [("OA-V534", name)]
        return
    token = ACCESS.verify(mint(payload=payload))
    assert token.subject == payload["sub"]
    assert token.username == payload["username"]
    assert token.scopes == tuple(one for one in payload["scope"].split(" ") if one)
    assert token.groups == tuple(payload["cognito:groups"])


@for_each(
    ("settings", "payload", "expected"),
    [
        ({"client_id": "a"}, {}, '"a"'),
        ({"client_id": ["a", "b"]}, {}, 'one of "a", "b"'),
        ({"client_id": ["a", "b", "c"]}, {}, 'one of "a", "b", "c"'),
        ({"token_use": "access"}, {"token_use": "x"}, '"access"'),
        ({"token_use": ["access", "id"]}, {"token_use": "x"}, 'one of "access", "id"'),
        ({"groups": ["a"]}, {}, '"a"'),
        ({"groups": ["a", "b"]}, {}, '"a" and "b"'),
        ({"groups": AnyOf("a", "b")}, {}, 'one of "a", "b"'),
    ],
)
def test_a_failure_says_whether_one_of_several_is_enough(
    settings: dict[str, Any], payload: dict[str, Any], expected: str
) -> None:
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier(**settings).verify(mint(payload=claims(**payload)))
    assert [failure.expected for failure in rejected.value.failures] == [expected]
