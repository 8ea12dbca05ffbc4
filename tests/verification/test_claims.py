"""The claims: what each check refuses, that all checks run, and a valid token's values."""

from __future__ import annotations

import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from osdu_auth import AnyOf, Secret, SeveralIssuers, TokenRejected, Unchecked
from osdu_auth.verification import UserPoolVerifier, Verifier
from verification.minting import (
    CLIENT,
    ISSUER,
    KID,
    NOW,
    claims,
    header,
    id_claims,
    mint,
    open_verifier,
    pool_verifier,
    rsa_jwk,
    rsa_key,
)

if TYPE_CHECKING:
    from osdu_auth.verification import VerifiedToken


def codes(verifier: UserPoolVerifier | Verifier | SeveralIssuers, token: object) -> list[str]:
    """The codes of all failed checks of a token."""
    with pytest.raises(TokenRejected) as rejected:
        verifier.verify(token)  # type: ignore[arg-type]
    return [failure.code.removeprefix("OA-") for failure in rejected.value.failures]


def test_a_valid_access_token_has_typed_values() -> None:
    token = pool_verifier().verify(mint())
    assert token.issuer == ISSUER
    assert token.subject == token.username == "7d8ca528-4931-4254-9273-ea5ee853f271"
    assert token.client_id == CLIENT
    assert token.token_use == "access"
    assert token.scopes == ("aws.cognito.signin.user.admin", "osdu/read")
    assert token.groups == ("users", "operators")
    assert (token.issued_at, token.expires_at) == (NOW - 60, NOW + 3540)
    assert (token.key_id, token.algorithm) == (KID, "RS256")
    assert token.token_id == "cc7e1b5b-0b7e-4bb4-9d8b-5a1f1d2c3b4a"
    assert token.claims["version"] == 2
    assert "7d8ca528" in repr(token)
    assert "origin_jti" not in repr(token)


def test_a_valid_id_token_has_typed_values() -> None:
    token = pool_verifier(token_use="id").verify(mint(payload=id_claims()))
    assert (token.username, token.client_id, token.token_use) == ("ada", CLIENT, "id")


def test_the_token_in_a_secret_is_verified() -> None:
    assert pool_verifier().verify(Secret(mint())).client_id == CLIENT


@for_each("no_token", [None, 1, b"a.b.c", mint().encode(), [], {}, object(), 1.5])
def test_an_object_that_is_not_a_text_is_not_a_token(no_token: object) -> None:
    assert codes(pool_verifier(), no_token) == ["V501"]


def test_nothing_in_a_verified_token_can_be_changed() -> None:
    verifier = pool_verifier()
    text = mint(payload=claims(nested={"a": [1]}))
    token = verifier.verify(text)
    with pytest.raises(TypeError):
        token.claims["sub"] = "somebody else"  # type: ignore[index]
    with pytest.raises(TypeError):
        token.claims["nested"]["a"] = 2
    with pytest.raises(AttributeError):
        token.claims["cognito:groups"].append("admins")
    with pytest.raises(AttributeError):
        token.subject = "somebody else"  # type: ignore[misc]
    assert verifier.verify(text).groups == ("users", "operators")


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no iss": ({"iss": None}, ["V520"]),
    "iss of another pool": ({"iss": ISSUER[:-1] + "F"}, ["V520"]),
    "iss with a slash more": ({"iss": ISSUER + "/"}, ["V520"]),
    "iss as a prefix": ({"iss": ISSUER[:-1]}, ["V520"]),
    "iss as a suffix": ({"iss": ISSUER[8:]}, ["V520"]),
    "iss in capitals": ({"iss": ISSUER.upper()}, ["V520"]),
    "iss with the usual port": ({"iss": ISSUER.replace(".com/", ".com:443/")}, ["V520"]),
    "iss with a letter that looks the same": ({"iss": ISSUER.replace("a", "\u0430", 1)}, ["V520"]),
    "iss as a list": ({"iss": [ISSUER]}, ["V520"]),
    "iss as a list of characters": ({"iss": list(ISSUER)}, ["V520"]),
    "iss as an object": ({"iss": {ISSUER: True}}, ["V520"]),
    "iss as a number": ({"iss": 0}, ["V520"]),
    "iss empty": ({"iss": ""}, ["V520"]),
    "no client_id": ({"client_id": None}, ["V522"]),
    "another client_id": ({"client_id": "x" + CLIENT}, ["V522"]),
    "client_id as a part": ({"client_id": CLIENT[:5]}, ["V522"]),
    "client_id empty": ({"client_id": ""}, ["V522"]),
    "client_id as a list": ({"client_id": [CLIENT]}, ["V522"]),
    "client_id true": ({"client_id": True}, ["V522"]),
    "aud in the place of client_id": ({"client_id": None, "aud": CLIENT}, ["V522"]),
    "no token_use": ({"token_use": None}, ["V523"]),
    "token_use of the other kind": ({"token_use": "id"}, ["V523", "V521"]),
    "token_use in capitals": ({"token_use": "ACCESS"}, ["V523"]),
    "token_use as a list": ({"token_use": ["access"]}, ["V523"]),
    "token_use as a part": ({"token_use": "acc"}, ["V523"]),
    "sub a number": ({"sub": 7}, ["V534"]),
    "sub a list": ({"sub": []}, ["V534"]),
    "no sub": ({"sub": None}, ["V534"]),
    "sub empty": ({"sub": ""}, ["V534"]),
    "jti an object": ({"jti": {}}, ["V534"]),
}


@for_each("case", WRONG)
def test_a_claim_that_is_not_as_expected_is_refused(case: str) -> None:
    members, expected = WRONG[case]
    payload = {**claims(), **members}
    payload = {name: value for name, value in payload.items() if value is not None}
    assert codes(pool_verifier(), mint(payload=payload)) == expected


def test_null_is_not_the_same_as_absent_and_is_refused() -> None:
    for name in ("iss", "client_id", "token_use", "exp", "iat", "nbf", "sub", "jti"):
        assert codes(pool_verifier(), mint(payload={**claims(), name: None})), name


def test_access_and_id_tokens_never_pass_for_one_another() -> None:
    assert codes(pool_verifier(), mint(payload=id_claims())) == ["V523"]
    both = id_claims(client_id=CLIENT)
    assert "V523" in codes(pool_verifier(), mint(payload=both))
    assert "V523" in codes(pool_verifier(token_use="id"), mint(payload=claims(aud=CLIENT)))


def test_both_kinds_are_accepted_if_both_are_expected_each_with_its_own_client_claim() -> None:
    verifier = pool_verifier(token_use=["access", "id"])
    assert verifier.verify(mint()).token_use == "access"
    assert verifier.verify(mint(payload=id_claims())).token_use == "id"
    assert codes(verifier, mint(payload=claims(client_id=None, aud=CLIENT))) == ["V522"]
    assert codes(verifier, mint(payload=id_claims(aud=None, client_id=CLIENT))) == ["V521"]
    assert codes(verifier, mint(payload=claims(token_use="refresh"))) == ["V523"]


AUDIENCES: list[tuple[Any, bool]] = [
    (CLIENT, True),
    ([CLIENT], True),
    (["other", CLIENT], True),
    ("other", False),
    (CLIENT + " other", False),
    (CLIENT[:-1], False),
    ([], False),
    ([CLIENT, 1], False),
    ([[CLIENT]], False),
    ({CLIENT: 1}, False),
    (True, False),
    (0, False),
    ("", False),
    (None, False),
]


@for_each("audience", [True, 0, 1.5, {}, {CLIENT: 1}, [1], [CLIENT, None], [[CLIENT]]])
def test_the_form_of_an_audience_is_checked_even_if_it_is_not_compared(audience: Any) -> None:
    """AWS's own verifier refuses these, and so does ours since the two were compared."""
    token = mint(payload=claims(aud=audience))
    unchecked = Unchecked("a test")
    assert codes(pool_verifier(), token) == ["V521"]
    assert codes(pool_verifier(client_id=unchecked), token) == ["V521"]
    assert codes(open_verifier([rsa_jwk()], ("RS256",), audience=unchecked), token) == ["V521"]
    assert codes(pool_verifier(client_id="x"), token) == ["V522", "V521"]


@for_each("audience", ["", "another", [], ["another"], [CLIENT, CLIENT]])
def test_an_access_token_of_a_pool_may_name_an_audience(audience: Any) -> None:
    pool_verifier().verify(mint(payload=claims(aud=audience)))


@for_each(("audience", "is_good"), AUDIENCES)
def test_an_audience_is_our_text_or_a_list_of_texts_with_ours(audience: Any, is_good: bool) -> None:
    verifier = open_verifier([rsa_jwk()], ("RS256",))
    token = mint(payload=claims(aud=audience))
    if is_good:
        assert verifier.verify(token).subject
    else:
        assert codes(verifier, token) == ["V521"]


def test_every_failed_check_is_listed_with_the_expected_and_the_actual_value() -> None:
    payload = claims(
        iss="https://evil.example", client_id="x", token_use="id", aud="x", exp=1, iat=0
    )
    token = mint(payload=payload)
    forged = token[:-12] + ("A" if token[-12] != "A" else "B") + token[-11:]
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier(scope="osdu/write").verify(forged)
    failures = rejected.value.failures
    assert [(failure.check, failure.actual) for failure in failures] == [
        ("iss", '"https://evil.example"'),
        ("token_use", '"id"'),
        ("aud", '"x"'),
        ("scope", '"aws.cognito.signin.user.admin osdu/read"'),
        ("exp", "1970-01-01T00:00:01Z"),
        ("signature", "another signature"),
    ]
    assert failures[0].expected == f'"{ISSUER}" or the updated issuer of this user pool'
    assert rejected.value.code == "OA-V520"
    assert rejected.value.exit_code == 5
    assert "iss: expected" in str(rejected.value)


def test_a_rejection_is_short_and_printable_for_any_token() -> None:
    hostile = "\x1b[31m\u202e\r\nSet-Cookie: x" + "A" * 50_000
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier().verify(mint(payload=claims(iss=hostile, client_id=hostile, sub=[hostile])))
    shown = str(rejected.value) + repr(rejected.value) + repr(rejected.value.failures)
    assert len(str(rejected.value)) <= 300
    assert len(shown) < 2_000
    assert not any(character in shown for character in "\x1b\u202e\r\n")


def test_a_rejection_never_holds_the_token() -> None:
    token = mint(payload=claims(exp=NOW - 1))
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier().verify(token)
    error: BaseException | None = rejected.value
    while error is not None:
        told = f"{error!s} {error!r} {error.args} {vars(error)}"
        assert not any(segment in told for segment in token.split("."))
        error = error.__cause__ or error.__context__


def test_a_rejection_and_a_verified_token_travel_between_processes() -> None:
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier().verify(mint(payload=claims(exp=NOW)))
    again = pickle.loads(pickle.dumps(rejected.value))
    assert (again.failures, str(again)) == (rejected.value.failures, str(rejected.value))
    token = pool_verifier().verify(mint())
    assert token.claims
    assert pickle.loads(pickle.dumps(token)) == token


SCOPES: list[tuple[Any, Any, bool]] = [
    ("osdu/read", "osdu/read", True),
    ("osdu/read osdu/write", ["osdu/read", "osdu/write"], True),
    ("osdu/read", ["osdu/read", "osdu/write"], False),
    ("osdu/write", AnyOf("osdu/read", "osdu/write"), True),
    ("other", AnyOf("osdu/read", "osdu/write"), False),
    ("osdu/read2", "osdu/read", False),
    ("xosdu/read", "osdu/read", False),
    ("OSDU/READ", "osdu/read", False),
    ("osdu/read\u00a0b", "osdu/read", False),
    ("osdu/read\tb", "osdu/read", False),
    ("", "osdu/read", False),
    (["osdu/read"], "osdu/read", False),
    ({"osdu/read": 1}, "osdu/read", False),
    (None, "osdu/read", False),
]


@for_each(("scope", "needed", "is_good"), SCOPES)
def test_scopes_are_compared_one_by_one(scope: Any, needed: Any, is_good: bool) -> None:
    verifier, token = pool_verifier(scope=needed), mint(payload=claims(scope=scope))
    if is_good:
        verifier.verify(token)
    else:
        assert codes(verifier, token)[-1] == "V540"


GROUPS: list[tuple[Any, Any, bool]] = [
    (["users"], "users", True),
    (["a", "users"], "users", True),
    (["a", "b"], ["a", "b"], True),
    (["a"], ["a", "b"], False),
    (["b"], AnyOf("a", "b"), True),
    (["usersx"], "users", False),
    ("users", "users", False),
    (["users", 1], "users", False),
    ([["users"]], "users", False),
    ({"users": 1}, "users", False),
    (None, "users", False),
]


@for_each(("groups", "needed", "is_good"), GROUPS)
def test_groups_are_compared_one_by_one(groups: Any, needed: Any, is_good: bool) -> None:
    verifier = pool_verifier(groups=needed)
    token = mint(payload=claims(**{"cognito:groups": groups}))
    if is_good:
        verifier.verify(token)
    else:
        assert codes(verifier, token)[-1] == "V541"


def test_a_token_that_only_lacks_a_scope_or_a_group_is_distinguished() -> None:
    verifier = pool_verifier(scope="a", groups="b")
    with pytest.raises(TokenRejected) as rejected:
        verifier.verify(mint())
    assert rejected.value.insufficient_scope
    with pytest.raises(TokenRejected) as rejected:
        verifier.verify(mint(payload=claims(exp=NOW)))
    assert not rejected.value.insufficient_scope


def refuses(token: VerifiedToken) -> str | None:
    return None if token.claims["tenant"] == "acme" else "the tenant is another"


@for_each(
    ("check", "tenant", "found"),
    [
        (refuses, "acme", None),
        (refuses, "evil", "the tenant is another"),
        (refuses, None, "KeyError was raised"),
        (lambda token: token.claims.get("tenant") == "acme", "acme", None),
        (lambda token: token.claims.get("tenant") == "acme", "evil", "a refusal"),
        (lambda _: 1, "acme", "a refusal"),
        (lambda _: "", "acme", ""),
    ],
)
def test_a_service_s_own_check_accepts_only_if_it_returns_none_or_true(
    check: Any, tenant: str | None, found: str | None
) -> None:
    verifier, token = pool_verifier(checks=[check]), mint(payload=claims(tenant=tenant))
    for _ in range(2):  # the second time from the memo, if there is one
        if found is None:
            verifier.verify(token)
        else:
            with pytest.raises(TokenRejected) as rejected:
                verifier.verify(token)
            assert [failure.actual for failure in rejected.value.failures] == [found]


class NamedByNumber:
    """A check whose name is not a text, as a wrapper of a library may have it."""

    __name__ = 5

    def __call__(self, _token: Any) -> bool:
        return False


def test_a_service_s_own_check_may_have_any_name_or_none() -> None:
    for check, name in (
        (NamedByNumber(), "NamedByNumber"),
        (partial(codes, pool_verifier()), "partial"),
    ):
        with pytest.raises(TokenRejected) as rejected:
            pool_verifier(checks=[check]).verify(mint())
        assert [failure.check for failure in rejected.value.failures] == [name]


def test_a_service_s_own_check_runs_each_time_and_only_for_valid_tokens() -> None:
    asked: list[str] = []
    verifier = pool_verifier(checks=[lambda token: asked.append(token.subject)])
    verifier.verify(mint())
    verifier.verify(mint())
    assert len(asked) == 2
    codes(verifier, mint(payload=claims(exp=NOW)))
    assert len(asked) == 2


def test_several_pools_at_once_each_have_their_own_rules_and_keys() -> None:
    other_pool = "eu-west-1_Zz99Yy88X"
    other_issuer = f"https://cognito-idp.eu-west-1.amazonaws.com/{other_pool}"
    other = UserPoolVerifier(
        user_pool_id=other_pool,
        client_id="other",
        token_use="access",
        keys=pool_keys("other-key"),
        clock=lambda: NOW,
    )
    both = SeveralIssuers(pool_verifier(), other, clock=lambda: NOW)
    theirs = claims(iss=other_issuer, client_id="other")
    head = header(kid="other-key")
    assert both.verify(mint()).issuer == ISSUER
    assert both.verify(mint(head, theirs, key=rsa_key("other-key"))).issuer == other_issuer
    # Each pool's key verifies only its own tokens, and each pool's rules hold.
    assert codes(both, mint(payload=theirs)) == ["V511"]
    assert codes(both, mint(head, claims(), key=rsa_key("other-key"))) == ["V511"]
    assert codes(both, mint(head, claims(iss=other_issuer), key=rsa_key("other-key"))) == ["V522"]
    assert codes(both, mint(payload=claims(iss="https://evil.example"))) == ["V520"]
    assert codes(both, mint(payload=claims(iss=[ISSUER]))) == ["V520"]


def pool_keys(name: str) -> Any:
    from osdu_auth import KeySet

    return KeySet.from_dict({"keys": [rsa_jwk(name)]})


def test_an_unchecked_value_is_not_compared_and_is_reported() -> None:
    verifier = pool_verifier(client_id=Unchecked("the gateway does"), token_use=Unchecked("both"))
    verifier.verify(mint(payload=claims(client_id="whoever")))
    verifier.verify(mint(payload=id_claims(aud="whoever")))
    assert codes(verifier, mint(payload=claims(token_use="other"))) == ["V523"]
    assert verifier.policies[0].unchecked == (
        ("client_id", "the gateway does"),
        ("token_use", "both"),
    )


def test_verified_tokens_are_the_same_if_header_and_claims_are() -> None:
    verifier = pool_verifier()
    token, same, others_claims, others_header = (
        verifier.verify(mint(header(x=x), claims(jti=jti)))
        for x, jti in (("1", "1"), ("1", "1"), ("1", "2"), ("2", "1"))
    )
    assert token == same
    assert token != others_claims
    assert token != others_header
