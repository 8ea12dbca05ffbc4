"""The settings of the sign-in domain: the behaviour of other issuers, and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import Sandbox
from sandbox.openid_client import CALLBACK, BrowserSignIn, claims, post
from sandbox.raw_client import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.form_browser import Page

    Change = Callable[..., object]


def test_the_issuer_names_its_endpoints_as_cognito_does(sandbox: Sandbox) -> None:
    origin, issuer = sandbox.endpoint_url, sandbox.issuer
    assert _metadata(sandbox) == {
        "authorization_endpoint": f"{origin}/oauth2/authorize",
        "end_session_endpoint": f"{origin}/logout",
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": f"{origin}/oauth2/revoke",
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": f"{origin}/oauth2/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": f"{origin}/oauth2/userInfo",
    }
    assert sandbox.authorization_endpoint == f"{origin}/oauth2/authorize"
    assert sandbox.token_endpoint == f"{origin}/oauth2/token"


def test_a_pool_without_a_domain_names_endpoints_of_its_own_that_answer_bad_request(
    sandbox: Sandbox, openid: Change
) -> None:
    openid(has_domain=False)
    metadata = _metadata(sandbox)
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint"):
        assert metadata[name].startswith(f"{sandbox.issuer}/oauth2/")
        reply = send(sandbox, "GET", metadata[name].removeprefix(sandbox.endpoint_url))
        assert (reply.status, reply.raw) == (400, b"BadRequest")
    assert send(sandbox, "GET", "/oauth2/authorize").status == 404


def test_the_updated_issuer_has_the_same_endpoints() -> None:
    with Sandbox(issuer_type="updated") as updated:
        metadata = _metadata(updated)
        assert metadata["issuer"] == updated.issuer
        assert metadata["token_endpoint"] == updated.token_endpoint
        tokens = BrowserSignIn(updated, updated.pool.app_client(updated.browser_client_id)).tokens()
        assert claims(tokens["id_token"])["iss"] == updated.issuer


def test_the_metadata_can_name_another_issuer_and_another_host(
    sandbox: Sandbox, openid: Change
) -> None:
    openid(discovery_issuer="https://other.example", endpoint_origin="https://login.example")
    metadata = _metadata(sandbox)
    assert metadata["issuer"] == "https://other.example"
    assert metadata["token_endpoint"] == "https://login.example/oauth2/token"
    assert metadata["jwks_uri"] == f"{sandbox.issuer}/.well-known/jwks.json"


def test_the_domain_can_lack_a_revocation_endpoint(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn
) -> None:
    openid(has_revocation=False)
    assert "revocation_endpoint" not in _metadata(sandbox)
    assert attempt.revoke("nothing").status == 404


@pytest.mark.parametrize("presence", ["right", "absent", "wrong"])
def test_the_nonce_and_the_hash_of_the_access_token_can_be_right_absent_or_wrong(
    openid: Change, attempt: BrowserSignIn, presence: str
) -> None:
    right = claims(attempt.tokens()["id_token"])["at_hash"]
    openid(nonce=presence, at_hash=presence)
    received = claims(attempt.tokens(prompt="login")["id_token"])
    if presence == "absent":
        assert not {"nonce", "at_hash"} & received.keys()
    else:
        assert (received["nonce"] == attempt.nonce) == (presence == "right")
        assert len(received["at_hash"]) == len(right)


@pytest.mark.parametrize(("presence", "named"), [("right", True), ("wrong", False)])
def test_each_answer_can_name_the_right_or_a_wrong_issuer(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn, presence: str, named: bool
) -> None:
    openid(response_issuer=presence, promises_response_issuer=True)
    assert _metadata(sandbox)["authorization_response_iss_parameter_supported"] is True
    for end in (attempt.authorize(prompt="none"), attempt.browser.sign_in(attempt.authorize())):
        assert (end.parameters["iss"] == sandbox.issuer) == named


def test_a_refresh_token_can_need_offline_access_and_consent(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn
) -> None:
    openid(refresh_token_needs_consent=True)
    assert "offline_access" in _metadata(sandbox)["scopes_supported"]
    assert "refresh_token" not in attempt.tokens()
    assert "refresh_token" not in attempt.tokens(scope="openid offline_access", prompt="login")
    assert "refresh_token" not in attempt.tokens(prompt="login consent")
    assert "refresh_token" in attempt.tokens(scope="openid offline_access", prompt="login consent")


def test_fewer_scopes_can_be_granted_than_were_asked_for(
    openid: Change, attempt: BrowserSignIn
) -> None:
    openid(granted_scopes=("email",))
    answer = attempt.tokens(scope="openid email phone")
    assert answer["scope"] == "email"
    assert claims(answer["access_token"])["scope"] == "email"
    assert "id_token" in answer


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("number", [3600]), ("text", ["3600"]), ("zero", [0]), ("absent", [])],
)
def test_the_life_of_a_token_can_be_a_number_a_text_zero_or_left_out(
    openid: Change, attempt: BrowserSignIn, setting: str, expected: list[object]
) -> None:
    openid(expires_in=setting)
    answer = attempt.tokens()
    assert [answer[name] for name in answer if name == "expires_in"] == expected
    renewed = attempt.renew(answer["refresh_token"]).body
    assert [renewed[name] for name in renewed if name == "expires_in"] == expected


def test_a_code_can_be_long_and_valid_for_a_short_time(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn
) -> None:
    openid(code_characters=6000, code_seconds=60)
    code = attempt.code()
    assert len(code) == 6000
    sandbox.clock.advance(60)
    assert attempt.exchange(code).body["error"] == "invalid_grant"


def test_one_way_to_authenticate_can_be_the_only_one(sandbox: Sandbox, openid: Change) -> None:
    openid(auth_methods=("client_secret_basic",))
    client = sandbox.pool.add_app_client("confidential", callback_urls=[CALLBACK])
    attempt = BrowserSignIn(sandbox, client)
    assert attempt.exchange(attempt.code()).body["error"] == "invalid_client"


def test_the_authorization_endpoint_can_answer_with_an_error(
    openid: Change, attempt: BrowserSignIn
) -> None:
    openid(authorization_error={"error": "invalid_request", "error_description": "IdP: no"})
    end = attempt.authorize()
    assert end.parameters == {
        "error": "invalid_request", "error_description": "IdP: no", "state": attempt.state
    }  # fmt: skip


def test_errors_can_have_entra_s_numbers(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn
) -> None:
    openid(entra_errors=True)
    client = sandbox.pool.add_app_client("confidential", callback_urls=[CALLBACK])
    code = attempt.code()
    attempt.exchange(code)
    replies = {
        54005: attempt.exchange(code),
        70008: attempt.exchange("nothing"),
        501481: attempt.exchange(attempt.code(prompt="login"), code_verifier="x" * 43),
        700082: attempt.renew("nothing"),
        700025: post(
            sandbox,
            "/oauth2/token",
            {"client_id": attempt.client.client_id, "client_secret": "x"},
        ),
        7000218: post(sandbox, "/oauth2/token", {"client_id": client.client_id}),
        7000215: post(
            sandbox, "/oauth2/token", {"client_id": client.client_id, "client_secret": "x"}
        ),
        700016: post(sandbox, "/oauth2/token", {"client_id": "nobody"}),
    }
    for number, reply in replies.items():
        assert reply.body["error_codes"] == [number]
        assert reply.body["error_description"].startswith(f"AADSTS{number}: ")
    scope = attempt.authorize(scope="openid other").parameters
    assert scope["error_description"].startswith("AADSTS70011: ")


def test_the_domain_can_require_pushed_requests(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn
) -> None:
    openid(requires_pushed_requests=True)
    metadata = _metadata(sandbox)
    assert metadata["require_pushed_authorization_requests"] is True
    assert metadata["pushed_authorization_request_endpoint"].endswith("/oauth2/par")
    assert attempt.authorize().parameters["error"] == "invalid_request"
    pushed = post(sandbox, "/oauth2/par", dict(attempt.parameters))
    assert (pushed.status, pushed.body["expires_in"]) == (201, 60)
    page = _authorize_pushed(attempt, pushed.body["request_uri"])
    end = attempt.browser.sign_in(page)
    assert end.parameters["state"] == attempt.state
    assert attempt.exchange(end.parameters["code"]).status == 200


def test_a_pushed_request_is_valid_once_for_a_minute_and_for_its_app_client(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn
) -> None:
    openid(requires_pushed_requests=True)

    def pushed() -> str:
        uri: str = post(sandbox, "/oauth2/par", dict(attempt.parameters)).body["request_uri"]
        return uri

    first = pushed()
    assert _authorize_pushed(attempt, first, client_id=sandbox.public_client_id).status == 400
    assert _authorize_pushed(attempt, first).status == 200
    assert _authorize_pushed(attempt, first).status == 400
    second = pushed()
    sandbox.clock.advance(60)
    assert _authorize_pushed(attempt, second).status == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client"),
        ({"redirect_uri": "http://evil.example/"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "osdu"}, "invalid_scope"),
    ],
)
def test_a_pushed_request_is_checked_when_it_is_pushed(
    sandbox: Sandbox, openid: Change, attempt: BrowserSignIn, changed: dict[str, str], error: str
) -> None:
    openid(requires_pushed_requests=True)
    reply = post(sandbox, "/oauth2/par", {**attempt.parameters, **changed})
    assert (reply.status, reply.body["error"]) == (400, error)


def test_the_domain_has_no_endpoint_for_pushed_requests_by_default(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    assert post(sandbox, "/oauth2/par", dict(attempt.parameters)).status == 404


def test_a_fault_can_replace_any_answer(sandbox: Sandbox, attempt: BrowserSignIn) -> None:
    sandbox.faults.reply("/oauth2/token", status=503, body="<html>busy</html>")
    assert attempt.exchange("nothing").status == 503
    assert attempt.exchange("nothing").status == 400


def _metadata(sandbox: Sandbox) -> dict[str, Any]:
    path = sandbox.issuer.removeprefix(sandbox.endpoint_url)
    metadata: dict[str, Any] = send(sandbox, "GET", f"{path}/.well-known/openid-configuration").body
    return metadata


def _authorize_pushed(
    attempt: BrowserSignIn, request_uri: str, client_id: str | None = None
) -> Page:
    left_out = dict.fromkeys(attempt.parameters)
    named = {"client_id": client_id or attempt.client.client_id, "request_uri": request_uri}
    return attempt.authorize(**{**left_out, **named})
