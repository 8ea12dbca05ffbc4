"""The token, revocation and userInfo endpoints, with codes and refresh tokens.

The row O-02 of the list of abuse and faults.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox.signed_tokens import read_signed_token
from sandbox.openid_client import CALLBACK, BrowserSignIn, basic, claims, post
from sandbox.raw_client import PASSWORD, Reply, call, send

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

AWKWARD = "a+b/c: %d&e=é"


@pytest.fixture
def confidential(sandbox: Sandbox) -> BrowserSignIn:
    """A sign-in for an app client whose secret has to be encoded."""
    client = sandbox.pool.add_app_client("confidential", callback_urls=[CALLBACK])
    return BrowserSignIn(
        sandbox, sandbox.pool.change_app_client(client.client_id, client_secret=AWKWARD)
    )


@pytest.fixture
def rotating(sandbox: Sandbox) -> BrowserSignIn:
    return BrowserSignIn(sandbox, _client(sandbox, rotation=True, grace_period=10))


def test_a_code_is_exchanged_for_tokens_that_the_pool_signed(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    reply = attempt.exchange(attempt.code())
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    answer = reply.body
    assert answer.keys() == {
        "access_token", "id_token", "refresh_token", "expires_in", "token_type"
    }  # fmt: skip
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    access = read_signed_token(answer["access_token"], sandbox.pool.keys).claims
    identity = read_signed_token(answer["id_token"], sandbox.pool.keys).claims
    assert access["iss"] == identity["iss"] == sandbox.issuer
    assert access["client_id"] == identity["aud"] == attempt.client.client_id
    assert (access["token_use"], identity["token_use"]) == ("access", "id")
    assert (access["scope"], access["sub"]) == ("openid", identity["sub"])
    assert identity["nonce"] == attempt.nonce
    assert identity["email"] == sandbox.username
    assert abs(identity["auth_time"] - sandbox.clock.now()) < 30
    digest = hashlib.sha256(answer["access_token"].encode()).digest()
    assert identity["at_hash"] == base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def test_without_a_nonce_there_is_none_and_without_openid_there_is_no_id_token(
    attempt: BrowserSignIn,
) -> None:
    assert "nonce" not in claims(attempt.tokens(nonce=None)["id_token"])
    assert "id_token" not in attempt.tokens(scope="email", prompt="login")


@pytest.mark.parametrize(
    ("scope", "shown", "hidden"),
    [
        ("openid", {"email", "given_name"}, set()),
        ("openid email", {"email", "email_verified"}, {"given_name"}),
        ("openid profile", {"given_name"}, {"email", "email_verified"}),
        ("openid phone", set(), {"email", "given_name"}),
    ],
)
def test_scopes_limit_what_an_app_client_learns_about_a_user(
    sandbox: Sandbox, attempt: BrowserSignIn, scope: str, shown: set[str], hidden: set[str]
) -> None:
    answer = attempt.tokens(scope=scope)
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    information = send(sandbox, "GET", "/oauth2/userInfo", headers=bearer)
    assert information.status == 200
    for names in (claims(answer["id_token"]).keys(), information.body.keys()):
        assert shown <= names
        assert not hidden & names
        assert "sub" in names


def test_the_resource_becomes_the_audience_of_the_access_tokens(attempt: BrowserSignIn) -> None:
    answer = attempt.tokens(resource="https://osdu.example.com")
    renewed = attempt.renew(answer["refresh_token"]).body
    for each in (answer, renewed):
        assert claims(each["access_token"])["aud"] == "https://osdu.example.com"
        assert claims(each["id_token"])["aud"] == attempt.client.client_id


def test_a_code_is_valid_once_and_a_second_exchange_revokes_the_tokens_of_the_first(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    code = attempt.code(scope="openid aws.cognito.signin.user.admin")
    tokens = attempt.exchange(code).body
    assert _error(attempt.exchange(code)) == "invalid_grant"
    assert _error(attempt.renew(tokens["refresh_token"])) == "invalid_grant"
    assert call(sandbox, "GetUser", AccessToken=tokens["access_token"]).status == 400


def test_a_code_is_valid_for_five_minutes(sandbox: Sandbox, attempt: BrowserSignIn) -> None:
    code = attempt.code()
    sandbox.clock.advance(299)
    assert attempt.exchange(code).status == 200
    code = attempt.code(prompt="login")
    sandbox.clock.advance(300)
    assert _error(attempt.exchange(code)) == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://localhost:18400/callback"},
        {"redirect_uri": None},
        {"code_verifier": None},
        {"code_verifier": "x" * 42},
        {"code_verifier": "x" * 43},
        {"code_verifier": "x" * 129},
        {"code_verifier": "ä" * 43},
    ],
)
def test_a_code_is_bound_to_its_redirect_uri_and_verifier_and_a_wrong_one_uses_it_up(
    attempt: BrowserSignIn, changed: dict[str, str | None]
) -> None:
    code = attempt.code()
    assert _error(attempt.exchange(code, **changed)) == "invalid_grant"
    assert _error(attempt.exchange(code)) == "invalid_grant"


def test_the_code_challenge_is_refused_as_a_verifier(attempt: BrowserSignIn) -> None:
    code = attempt.code()
    challenge = attempt.parameters["code_challenge"]
    assert _error(attempt.exchange(code, code_verifier=challenge)) == "invalid_grant"


def test_a_code_is_bound_to_its_app_client_and_another_cannot_use_it_up(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    code = attempt.code()
    other = replace(attempt, client=_client(sandbox))
    assert _error(other.exchange(code)) == "invalid_grant"
    assert attempt.exchange(code).status == 200


def test_the_code_of_a_disabled_user_is_refused(
    sandbox: Sandbox, attempt: BrowserSignIn, user: User
) -> None:
    end = attempt.browser.sign_in(attempt.authorize(), user.email, PASSWORD)
    sandbox.pool.set_enabled(user.email, enabled=False)
    assert _error(attempt.exchange(end.parameters["code"])) == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": None}, "invalid_request"),
        ({"code": "nothing"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "nothing"}, "invalid_grant"),
    ],
)
def test_a_grant_that_is_unknown_or_missing_is_refused(
    attempt: BrowserSignIn, form: dict[str, str | None], error: str
) -> None:
    assert _error(attempt.exchange("nothing", **form)) == error


def test_the_token_endpoint_accepts_only_forms_in_which_each_parameter_comes_once(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    client_id = attempt.client.client_id
    twice = f"client_id={client_id}&grant_type=refresh_token&grant_type=refresh_token"
    for reply in (
        post(sandbox, "/oauth2/token", twice),
        post(sandbox, "/oauth2/token", "client_id=%ff"),
        post(sandbox, "/oauth2/token", "{}", {"Content-Type": "application/json"}),
        send(sandbox, "POST", "/oauth2/token"),
    ):
        assert _error(reply) == "invalid_request"


def test_basic_is_decoded_as_forms_are(confidential: BrowserSignIn) -> None:
    header = basic(confidential.client.client_id, AWKWARD)
    assert _authenticated(confidential, header).status == 200


@pytest.mark.parametrize("secret", [AWKWARD, "100%", "%zz", "a%2"])
def test_a_secret_that_is_not_encoded_at_all_is_refused(
    confidential: BrowserSignIn, secret: str
) -> None:
    raw = f"{confidential.client.client_id}:{secret}".encode()
    unencoded = {"Authorization": f"Basic {base64.b64encode(raw).decode()}"}
    assert _error(_authenticated(confidential, unencoded)) == "invalid_request"


def test_the_secret_may_be_in_the_form(confidential: BrowserSignIn) -> None:
    assert _authenticated(confidential, {}, client_secret=AWKWARD).status == 200


def test_two_ways_to_authenticate_are_refused_and_the_client_id_next_to_basic_is_not(
    confidential: BrowserSignIn,
) -> None:
    client_id = confidential.client.client_id
    header = basic(client_id, AWKWARD)
    both = _authenticated(confidential, header, client_secret=AWKWARD)
    assert _error(both) == "invalid_request"
    assert _error(_authenticated(confidential, header, client_id="other")) == "invalid_request"
    assert _authenticated(confidential, header, client_id=client_id).status == 200


def test_an_app_client_with_a_secret_has_to_send_it(confidential: BrowserSignIn) -> None:
    assert _error(_authenticated(confidential, {})) == "invalid_client"
    assert _error(_authenticated(confidential, {}, client_secret="wrong")) == "invalid_client"
    refused = _authenticated(confidential, basic(confidential.client.client_id, "wrong"))
    assert (refused.status, refused.body["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"].startswith("Basic ")


def test_a_public_app_client_must_not_send_a_secret(attempt: BrowserSignIn) -> None:
    assert _error(_authenticated(attempt, {}, client_secret="anything")) == "invalid_client"
    refused = _authenticated(attempt, basic(attempt.client.client_id, "anything"))
    assert (refused.status, refused.body["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "header", ["Bearer x", "Basic", "Basic %%%", "Basic eA==", "Basic w6k6w6k=", "Basic OiVmZg=="]
)
def test_a_header_that_is_not_basic_is_refused(attempt: BrowserSignIn, header: str) -> None:
    reply = _authenticated(attempt, {"Authorization": header})
    assert reply.status in {400, 401}
    assert reply.body["error"] in {"invalid_request", "invalid_client"}


def test_an_app_client_without_callback_urls_cannot_use_the_token_endpoint(
    sandbox: Sandbox, public_client: AppClient
) -> None:
    assert _error(BrowserSignIn(sandbox, public_client).renew("nothing")) == "unauthorized_client"


def test_a_renewal_gives_tokens_of_the_same_sign_in_and_no_refresh_token(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    first = attempt.tokens()
    sandbox.clock.advance(100)
    reply = attempt.renew(first["refresh_token"])
    assert reply.status == 200
    assert "refresh_token" not in reply.body
    before, after = claims(first["id_token"]), claims(reply.body["id_token"])
    for name in ("sub", "iss", "aud", "auth_time", "origin_jti"):
        assert before[name] == after[name]
    assert "nonce" not in after
    assert after["exp"] > before["exp"]


def test_a_renewal_may_ask_for_fewer_scopes_and_not_for_more(attempt: BrowserSignIn) -> None:
    token = attempt.tokens(scope="openid email")["refresh_token"]
    less = attempt.renew(token, scope="openid").body
    assert claims(less["access_token"])["scope"] == "openid"
    assert _error(attempt.renew(token, scope="openid phone")) == "invalid_scope"
    assert claims(attempt.renew(token).body["access_token"])["scope"] == "openid email"


def test_only_its_app_client_can_use_a_refresh_token(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    token = attempt.tokens()["refresh_token"]
    other = BrowserSignIn(sandbox, _client(sandbox))
    assert _error(other.renew(token)) == "invalid_grant"
    assert _error(other.revoke(token)) == "invalid_request"
    assert attempt.renew(token).status == 200


def test_rotation_gives_a_new_refresh_token_and_the_old_one_is_valid_in_the_grace_period(
    sandbox: Sandbox, rotating: BrowserSignIn
) -> None:
    first = rotating.tokens()["refresh_token"]
    second = rotating.renew(first).body["refresh_token"]
    assert second != first
    sandbox.clock.advance(9)
    assert rotating.renew(first).status == 200
    assert rotating.renew(second).status == 200


def test_a_refresh_token_that_is_used_after_the_grace_period_revokes_the_sign_in(
    sandbox: Sandbox, rotating: BrowserSignIn
) -> None:
    first = rotating.tokens()["refresh_token"]
    second = rotating.renew(first).body["refresh_token"]
    sandbox.clock.advance(10)
    assert _error(rotating.renew(first)) == "invalid_grant"
    assert _error(rotating.renew(second)) == "invalid_grant"


def test_a_refresh_token_expires_and_is_refused_for_a_disabled_user(
    sandbox: Sandbox, user: User
) -> None:
    brief = BrowserSignIn(sandbox, _client(sandbox, refresh_token_validity=3600))
    end = brief.browser.sign_in(brief.authorize(), user.email, PASSWORD)
    token = brief.exchange(end.parameters["code"]).body["refresh_token"]
    sandbox.pool.set_enabled(user.email, enabled=False)
    assert _error(brief.renew(token)) == "invalid_grant"
    sandbox.pool.set_enabled(user.email, enabled=True)
    assert brief.renew(token).status == 200
    sandbox.clock.advance(3600)
    assert _error(brief.renew(token)) == "invalid_grant"


def test_the_pool_s_api_renews_and_ends_these_sign_ins_too(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    tokens = attempt.tokens(scope="openid aws.cognito.signin.user.admin")
    client_id, token = attempt.client.client_id, tokens["refresh_token"]
    renewed = call(
        sandbox, "GetTokensFromRefreshToken", ClientId=client_id, RefreshToken=token
    ).result
    assert claims(renewed["AccessToken"])["scope"] == claims(tokens["access_token"])["scope"]
    assert call(sandbox, "GlobalSignOut", AccessToken=tokens["access_token"]).status == 200
    assert _error(attempt.renew(token)) == "invalid_grant"


def test_revoking_a_refresh_token_revokes_all_tokens_of_its_sign_in(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    tokens = attempt.tokens()
    reply = attempt.revoke(tokens["refresh_token"])
    assert (reply.status, reply.raw) == (200, b"")
    assert _error(attempt.renew(tokens["refresh_token"])) == "invalid_grant"
    assert _user_info(sandbox, tokens["access_token"]).status == 401


def test_revoking_an_unknown_token_is_no_error_and_an_access_token_cannot_be_revoked(
    attempt: BrowserSignIn,
) -> None:
    assert attempt.revoke("nothing").status == 200
    assert _error(attempt.revoke(attempt.tokens()["access_token"])) == "unsupported_token_type"
    assert _error(attempt.ask("/oauth2/revoke", {})) == "invalid_request"


def test_user_info_needs_a_valid_access_token_with_openid(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    tokens = attempt.tokens()
    for token in ("", "nothing", tokens["id_token"], tokens["access_token"][:-4] + "AAAA"):
        refused = _user_info(sandbox, token)
        assert (refused.status, refused.body["error"]) == (401, "invalid_token")
        assert refused.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    without = attempt.tokens(scope="email", prompt="login")
    refused = _user_info(sandbox, without["access_token"])
    assert (refused.status, refused.body["error"]) == (403, "insufficient_scope")
    sandbox.clock.advance(3601)
    assert _user_info(sandbox, tokens["access_token"]).status == 401


def test_the_platform_accepts_the_access_token(sandbox: Sandbox, attempt: BrowserSignIn) -> None:
    token = attempt.tokens()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "data-partition-id": "opendes"}
    assert send(sandbox, "GET", "/api/entitlements/v2/groups", headers=headers).status == 200


def _client(sandbox: Sandbox, **settings: Any) -> AppClient:
    return sandbox.pool.add_app_client(
        "a test's own", generate_secret=False, callback_urls=[CALLBACK], **settings
    )


def _authenticated(attempt: BrowserSignIn, headers: dict[str, str], **fields: str) -> Reply:
    """Exchange a valid code, with the app client named as a test wants it."""
    named = {} if headers else {"client_id": attempt.client.client_id}
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": attempt.code(prompt="login"),
        "redirect_uri": attempt.redirect_uri,
        "code_verifier": attempt.verifier,
    }
    return post(attempt.sandbox, "/oauth2/token", {**form, **named, **fields}, headers)


def _user_info(sandbox: Sandbox, token: str) -> Reply:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return send(sandbox, "GET", "/oauth2/userInfo", headers=headers)


def _error(reply: Reply) -> str:
    assert reply.status == 400, reply.raw
    assert reply.headers["cache-control"] == "no-store"
    error: str = reply.body["error"]
    return error
