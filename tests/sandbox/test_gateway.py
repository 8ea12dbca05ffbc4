"""The gateway: which tokens it lets pass, and its text for tokens that it refuses."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import Sandbox
from sandbox.raw_client import Reply, call, claims, header, send

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = "/api/entitlements/v2/groups"


@pytest.fixture(scope="module")
def other_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def _ask(sandbox: Sandbox, authorization: str | None, path: str = GROUPS) -> Reply:
    headers = {"data-partition-id": sandbox.data_partition_id}
    if authorization is not None:
        headers["Authorization"] = authorization
    return send(sandbox, "GET", path, headers=headers)


def _encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _assert_refused(reply: Reply, status: int, text: str) -> None:
    assert (reply.status, reply.raw.decode()) == (status, text)
    assert reply.headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    "service",
    ["entitlements/v2", "legal/v1", "storage/v2", "search/v2", "schema-service/v1"],
)
def test_info_needs_no_token(sandbox: Sandbox, service: str) -> None:
    for path in (f"/api/{service}/info", f"/api/{service}/info/"):
        reply = send(sandbox, "GET", path)
        assert reply.status == 200
        assert reply.body["groupId"] == "org.opengroup.osdu"


def test_an_access_token_passes_in_any_case_of_the_scheme(sandbox: Sandbox) -> None:
    token = sandbox.issue_tokens()["AccessToken"]
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert _ask(sandbox, f"{scheme} {token}").status == 200


@pytest.mark.parametrize("authorization", [None, "", "Basic abc", "Bearer"])
def test_a_request_without_a_bearer_token_gets_401_with_a_challenge(
    sandbox: Sandbox, authorization: str | None
) -> None:
    reply = _ask(sandbox, authorization)
    _assert_refused(reply, 401, "Jwt is missing")
    assert reply.headers["www-authenticate"] == f'Bearer realm="{sandbox.endpoint_url}{GROUPS}"'


def test_an_expired_token_is_401_by_the_sandboxs_clock(sandbox: Sandbox) -> None:
    token = sandbox.issue_tokens()["AccessToken"]
    sandbox.clock.advance(3600)
    reply = _ask(sandbox, f"Bearer {token}")
    _assert_refused(reply, 401, "Jwt is expired")
    assert reply.headers["www-authenticate"].endswith('error="invalid_token"')


def test_a_token_that_was_changed_is_401(sandbox: Sandbox) -> None:
    head, payload, signature = sandbox.issue_tokens()["AccessToken"].split(".")
    changed = _encoded(claims(f".{payload}") | {"username": "another user"})
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    for token in (f"{head}.{changed}.{signature}", f"{head}.{payload}.{flipped}"):
        _assert_refused(_ask(sandbox, f"Bearer {token}"), 401, "Jwt verification fails")


def test_a_token_of_another_pool_is_401_by_its_issuer(
    sandbox: Sandbox, other_sandbox: Sandbox
) -> None:
    token = other_sandbox.issue_tokens()["AccessToken"]
    _assert_refused(_ask(sandbox, f"Bearer {token}"), 401, "Jwt issuer is not configured")


def test_a_token_signed_by_an_unknown_key_is_401(sandbox: Sandbox) -> None:
    _, payload, signature = sandbox.issue_tokens()["AccessToken"].split(".")
    head = _encoded({"kid": "another", "alg": "RS256"})
    said = "Jwks doesn't have key to match kid or alg from Jwt"
    _assert_refused(_ask(sandbox, f"Bearer {head}.{payload}.{signature}"), 401, said)


def test_the_tokens_header_does_not_choose_the_algorithm(sandbox: Sandbox) -> None:
    token = sandbox.issue_tokens()["AccessToken"]
    _, payload, signature = token.split(".")
    for algorithm in ("none", "HS256", "RS512", None):
        head = _encoded(header(token) | {"alg": algorithm})
        said = "Jwt header [alg] field value is invalid"
        _assert_refused(_ask(sandbox, f"Bearer {head}.{payload}.{signature}"), 401, said)


@pytest.mark.parametrize("token", ["abc", "a.b", "a.b.c.d", "..", "bearer abc"])
def test_a_text_that_has_not_the_form_of_a_token_is_401(sandbox: Sandbox, token: str) -> None:
    said = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"
    _assert_refused(_ask(sandbox, f"Bearer {token}"), 401, said)


@pytest.mark.parametrize("head", ["!!!!", _encoded(b"text"), _encoded([1]), "eyJ9=="])
def test_a_header_that_is_no_json_object_is_401(sandbox: Sandbox, head: str) -> None:
    _assert_refused(_ask(sandbox, f"Bearer {head}.e30.e30"), 401, "Jwt header is an invalid JSON")


def test_an_issuer_that_is_not_ours_is_401(sandbox: Sandbox) -> None:
    before = sandbox.pool.issuer
    sandbox.pool.issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_elsewhere"
    try:
        token = sandbox.issue_tokens()["AccessToken"]
    finally:
        sandbox.pool.issuer = before
    _assert_refused(_ask(sandbox, f"Bearer {token}"), 401, "Jwt issuer is not configured")


def test_an_id_token_is_valid_but_the_policy_refuses_it(sandbox: Sandbox) -> None:
    token = sandbox.issue_tokens()["IdToken"]
    _assert_refused(_ask(sandbox, f"Bearer {token}"), 403, "RBAC: access denied")


def test_a_revoked_token_keeps_passing_until_it_expires(sandbox: Sandbox) -> None:
    token = sandbox.issue_tokens()["AccessToken"]
    assert call(sandbox, "GlobalSignOut", AccessToken=token).status == 200
    assert call(sandbox, "GetUser", AccessToken=token).status == 400
    assert _ask(sandbox, f"Bearer {token}").status == 200
    sandbox.clock.advance(3600)
    assert _ask(sandbox, f"Bearer {token}").status == 401


def test_a_service_that_does_not_exist_is_an_empty_404_for_a_caller_with_a_token(
    sandbox: Sandbox,
) -> None:
    token = sandbox.issue_tokens()["AccessToken"]
    for path in ("/api", "/api/", "/api/unknown/v1/x", "/api/storage/v1/records"):
        assert _ask(sandbox, None, path).status == 401
        reply = _ask(sandbox, f"Bearer {token}", path)
        assert (reply.status, reply.raw) == (404, b"")
