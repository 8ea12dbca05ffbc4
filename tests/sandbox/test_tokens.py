"""The tokens: their form, their claims, their keys, and the issuer's documents."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from cases import for_each
from osdu_auth.sandbox import Sandbox
from sandbox.raw_client import FLOWS, PASSWORD, claims, header, renew, send, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, User

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _key_set(sandbox: Sandbox) -> list[dict[str, str]]:
    reply = send(sandbox, "GET", f"/{sandbox.user_pool_id}/.well-known/jwks.json")
    assert reply.headers["content-type"] == "application/json"
    keys: list[dict[str, str]] = reply.body["keys"]
    return keys


def _verify(token: str, jwk: dict[str, str]) -> None:
    signed, _, signature = token.rpartition(".")
    numbers = [int.from_bytes(_bytes(jwk[name]), "big") for name in ("e", "n")]
    key = RSAPublicNumbers(*numbers).public_key()
    key.verify(_bytes(signature), signed.encode(), PKCS1v15(), SHA256())


def test_the_key_set_holds_two_rsa_signing_keys(sandbox: Sandbox) -> None:
    keys = _key_set(sandbox)
    assert len(keys) == 2
    assert len({key["kid"] for key in keys}) == 2
    for key in keys:
        assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}
        assert (key["alg"], key["kty"], key["use"]) == ("RS256", "RSA", "sig")
        assert len(_bytes(key["n"])) == 256


def test_another_run_has_other_keys(sandbox: Sandbox) -> None:
    with Sandbox() as other:
        assert not {k["n"] for k in _key_set(other)} & {k["n"] for k in _key_set(sandbox)}


def test_the_issuer_describes_itself(sandbox: Sandbox) -> None:
    path = f"/{sandbox.user_pool_id}/.well-known/openid-configuration"
    described = send(sandbox, "GET", path).body
    assert described["issuer"] == sandbox.issuer
    assert described["jwks_uri"] == f"{sandbox.issuer}/.well-known/jwks.json"
    assert described["id_token_signing_alg_values_supported"] == ["RS256"]
    assert send(sandbox, "POST", path).status == 405


def test_a_pool_set_to_its_updated_issuer_names_it_and_publishes_at_both() -> None:
    with Sandbox(issuer_type="UPDATED") as sandbox:
        original = f"{sandbox.endpoint_url}/{sandbox.user_pool_id}"
        updated = f"{sandbox.endpoint_url}/issuer-cognito-idp/{sandbox.user_pool_id}"
        assert sandbox.issuer == sandbox.values()["issuer"] == updated
        assert claims(sandbox.issue_tokens()["AccessToken"])["iss"] == updated
        key_sets = []
        for issuer in (original, updated):
            folder = f"{issuer.removeprefix(sandbox.endpoint_url)}/.well-known"
            described = send(sandbox, "GET", f"{folder}/openid-configuration").body
            assert described["issuer"] == issuer
            assert described["jwks_uri"] == f"{issuer}/.well-known/jwks.json"
            key_sets.append(send(sandbox, "GET", f"{folder}/jwks.json").body)
        assert key_sets[0] == key_sets[1]


def test_a_pool_set_to_its_original_issuer_publishes_nothing_for_the_updated_one(
    sandbox: Sandbox,
) -> None:
    """As at AWS, where a verifier that always asked both issuers failed."""
    for name in ("jwks.json", "openid-configuration"):
        path = f"/issuer-cognito-idp/{sandbox.user_pool_id}/.well-known/{name}"
        assert send(sandbox, "GET", path).status == 403


@for_each("issuer_type", ["", "new", "original "])
def test_there_are_two_types_of_issuer(issuer_type: str) -> None:
    with pytest.raises(ValueError, match="original or updated"):
        Sandbox(issuer_type=issuer_type)


def test_access_and_id_tokens_are_signed_by_different_keys_of_the_set(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    result = sign_in(sandbox, app_client, user.email, PASSWORD).result
    keys = {key["kid"]: key for key in _key_set(sandbox)}
    kids = []
    for name in ("AccessToken", "IdToken"):
        head = header(result[name])
        assert set(head) == {"kid", "alg"}
        assert head["alg"] == "RS256"
        _verify(result[name], keys[head["kid"]])
        kids.append(head["kid"])
    assert kids[0] != kids[1]
    with pytest.raises(InvalidSignature):
        _verify(result["AccessToken"], keys[kids[1]])


def test_the_access_tokens_claims_are_a_user_pools(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = claims(sign_in(sandbox, app_client, user.email, PASSWORD).result["AccessToken"])
    assert set(token) == {
        "sub", "iss", "version", "client_id", "origin_jti", "event_id", "token_use", "scope",
        "auth_time", "exp", "iat", "jti", "username",
    }  # fmt: skip
    assert token["token_use"] == "access"
    assert token["version"] == 2
    assert token["client_id"] == app_client.client_id
    assert token["iss"] == sandbox.issuer
    assert token["sub"] == token["username"] == user.username
    assert token["scope"] == "aws.cognito.signin.user.admin"
    assert token["exp"] - token["iat"] == 3600
    assert token["auth_time"] == token["iat"]
    for name in ("origin_jti", "event_id", "jti", "sub"):
        assert re.fullmatch(UUID, token[name])


def test_the_id_tokens_claims_are_a_user_pools(sandbox: Sandbox, app_client: AppClient) -> None:
    user = sandbox.pool.add_user(
        email="claims@example.com",
        password=PASSWORD,
        attributes={"given_name": "Ada", "custom:team": "7", "token_use": "access", "sub": "x"},
    )
    token = claims(sign_in(sandbox, app_client, user.email, PASSWORD).result["IdToken"])
    assert set(token) == {
        "sub", "iss", "aud", "cognito:username", "origin_jti", "event_id", "token_use",
        "auth_time", "exp", "iat", "jti", "email", "email_verified", "given_name", "custom:team",
    }  # fmt: skip
    assert (token["token_use"], token["aud"]) == ("id", app_client.client_id)
    assert token["sub"] == token["cognito:username"] == user.username
    assert (token["email"], token["email_verified"]) == (user.email, True)
    assert (token["given_name"], token["custom:team"]) == ("Ada", "7")


def test_only_the_tokens_of_a_user_with_groups_have_a_groups_claim(
    sandbox: Sandbox, app_client: AppClient
) -> None:
    user = sandbox.pool.add_user(
        email="grouped@example.com", password=PASSWORD, pool_groups=["geologists"]
    )
    result = sign_in(sandbox, app_client, user.email, PASSWORD).result
    for name in ("AccessToken", "IdToken"):
        assert claims(result[name])["cognito:groups"] == ["geologists"]


def test_the_tokens_of_a_sign_in_share_its_origin_but_not_their_own_id(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    first = sign_in(sandbox, app_client, user.email, PASSWORD).result
    second = sign_in(sandbox, app_client, user.email, PASSWORD).result
    access, identity = claims(first["AccessToken"]), claims(first["IdToken"])
    assert access["origin_jti"] == identity["origin_jti"]
    assert access["event_id"] == identity["event_id"]
    assert access["jti"] != identity["jti"]
    assert claims(second["AccessToken"])["origin_jti"] != access["origin_jti"]


def test_the_app_client_s_settings_decide_the_lifetimes(sandbox: Sandbox, user: User) -> None:
    brief = sandbox.pool.add_app_client(
        "brief", explicit_auth_flows=FLOWS, access_token_validity=300, id_token_validity=600
    )
    result = sign_in(sandbox, brief, user.email, PASSWORD).result
    assert result["ExpiresIn"] == 300
    for name, seconds in (("AccessToken", 300), ("IdToken", 600)):
        token = claims(result[name])
        assert token["exp"] - token["iat"] == seconds


def test_tokens_are_dated_by_the_sandboxs_clock(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    sandbox.clock.advance(86_400)
    token = claims(sign_in(sandbox, app_client, user.email, PASSWORD).result["AccessToken"])
    assert abs(token["iat"] - sandbox.clock.now()) < 60


def test_a_renewal_keeps_the_time_of_the_sign_in(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    first = sign_in(sandbox, app_client, user.email, PASSWORD).result
    sandbox.clock.advance(1000)
    second = renew(sandbox, app_client, first["RefreshToken"]).result
    before: dict[str, Any] = claims(first["AccessToken"])
    after: dict[str, Any] = claims(second["AccessToken"])
    for kept in ("auth_time", "origin_jti", "event_id", "sub", "username", "scope"):
        assert after[kept] == before[kept]
    assert after["iat"] >= before["iat"] + 1000
    assert after["jti"] != before["jti"]


def test_a_refresh_token_is_opaque_in_five_parts(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["RefreshToken"]
    assert re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}", token)
    assert set(header(token)) == {"cty", "enc", "alg"}


def test_a_test_can_issue_tokens_without_a_sign_in_and_with_other_scopes(sandbox: Sandbox) -> None:
    result = sandbox.issue_tokens(scopes=("openid", "email"))
    token = claims(result["AccessToken"])
    assert token["scope"] == "openid email"
    assert token["client_id"] == sandbox.client_id
    assert renew(sandbox, sandbox.pool.app_client(sandbox.client_id), result["RefreshToken"]).result
