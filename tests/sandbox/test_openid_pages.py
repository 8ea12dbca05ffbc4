"""The authorization endpoint and the sign-in pages: what they ask, and where a browser goes.

The row O-02 of the list of abuse and faults.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from cases import for_each
from osdu_auth.sandbox import MfaConfiguration, User, UserStatus
from sandbox.form_browser import FormBrowser, Page
from sandbox.openid_client import CALLBACK, BrowserSignIn, claims, post
from sandbox.raw_client import PASSWORD, call, send, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox

_numbers = count(1)
ERROR_PAGE = "An error was encountered with the requested page."


def test_a_user_signs_in_and_the_browser_goes_back_with_a_code_and_the_state(
    attempt: BrowserSignIn,
) -> None:
    page = attempt.authorize()
    assert (page.status, page.title) == (200, "Sign in")
    end = attempt.browser.sign_in(page)
    assert end.url.startswith(f"{CALLBACK}?")
    assert end.parameters.keys() == {"code", "state"}
    assert end.parameters["state"] == attempt.state


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "http://localhost:8401/callback"},
        {"redirect_uri": "http://localhost:8400/callback/"},
        {"redirect_uri": "http://localhost:8400/Callback"},
        {"redirect_uri": "http://LOCALHOST:8400/callback"},
        {"redirect_uri": "https://localhost:8400/callback"},
        {"redirect_uri": "http://localhost:8400/callback?x=1"},
        {"redirect_uri": "http://localhost:8400/callback#x"},
        {"redirect_uri": "http://localhost:8400@evil.example/callback"},
    ],
)
def test_an_unknown_client_or_redirect_uri_is_an_error_page_and_no_redirect(
    attempt: BrowserSignIn, changed: dict[str, str | None]
) -> None:
    page = attempt.authorize(**changed)
    assert page.status == 400
    assert ERROR_PAGE in page.texts
    assert "location" not in page.headers
    assert len(attempt.browser.visited) == 1


def test_a_redirect_uri_that_comes_twice_is_an_error_page(attempt: BrowserSignIn) -> None:
    query = urlencode([*attempt.parameters.items(), ("redirect_uri", "http://evil.example/")])
    page = attempt.browser.open(f"{attempt.sandbox.authorization_endpoint}?{query}")
    assert (page.status, ERROR_PAGE in page.texts) == (400, True)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "openid offline_access"}, "invalid_scope"),
        ({"scope": "openid phone osdu"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "please"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "9" * 5000}, "invalid_request"),
        ({"resource": "http://osdu.example.com"}, "invalid_target"),
        ({"resource": "osdu"}, "invalid_target"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://example.com/r"}, "request_uri_not_supported"),
        ({"identity_provider": "ACME"}, "invalid_request"),
    ],
)
def test_any_other_error_of_a_request_goes_back_with_the_state(
    attempt: BrowserSignIn, changed: dict[str, str | None], error: str
) -> None:
    end = attempt.authorize(**changed)
    assert end.url.startswith(f"{CALLBACK}?")
    assert end.parameters.keys() == {"error", "error_description", "state"}
    assert (end.parameters["error"], end.parameters["state"]) == (error, attempt.state)


def test_a_parameter_that_comes_twice_goes_back_as_an_error(attempt: BrowserSignIn) -> None:
    query = urlencode([*attempt.parameters.items(), ("scope", "openid")])
    end = attempt.browser.open(f"{attempt.sandbox.authorization_endpoint}?{query}")
    assert end.parameters["error"] == "invalid_request"


def test_an_app_client_without_the_code_grant_is_refused(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    attempt.client = sandbox.pool.add_app_client(
        "implicit",
        generate_secret=False,
        callback_urls=[CALLBACK],
        allowed_oauth_flows=["implicit"],
    )
    assert attempt.authorize().parameters["error"] == "unauthorized_client"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
@pytest.mark.parametrize("port", [8400, 18400, 28400])
def test_the_sandbox_s_own_browser_client_may_come_back_to_nine_addresses(
    attempt: BrowserSignIn, host: str, port: int
) -> None:
    attempt.redirect_uri = f"http://{host}:{port}/callback"
    assert attempt.exchange(attempt.code()).status == 200


@pytest.mark.parametrize(
    ("redirect_uri", "is_accepted"),
    [
        ("http://localhost:49152/callback", True),
        ("http://127.0.0.1:1/callback", True),
        ("http://localhost/callback", True),
        ("http://[::1]:49152/callback", False),
        ("http://localhost:49152/other", False),
        ("http://localhost:49152/callback?x", False),
        ("http://localhost:99999/callback", False),
        ("http://localhost:٣/callback", False),
        ("http://localhost.example:80/callback", False),
        ("https://localhost:49152/callback", False),
    ],
)
def test_any_loopback_port_is_accepted_where_that_is_set_and_the_rest_of_the_uri_is_compared(
    sandbox: Sandbox, attempt: BrowserSignIn, redirect_uri: str, is_accepted: bool
) -> None:
    attempt.client = sandbox.pool.add_app_client(
        "any port",
        generate_secret=False,
        callback_urls=["http://localhost:8400/callback", "http://127.0.0.1/callback"],
        any_loopback_port=True,
    )
    page = attempt.authorize(redirect_uri=redirect_uri)
    assert page.status == (200 if is_accepted else 400)


def test_a_wrong_password_shows_the_page_again_with_a_sentence(
    attempt: BrowserSignIn, user: User
) -> None:
    page = attempt.browser.sign_in(attempt.authorize(), user.email, "wrong")
    assert (page.status, page.title) == (200, "Sign in")
    assert "Incorrect username or password." in page.texts
    end = attempt.browser.sign_in(page, user.email, PASSWORD)
    assert "code" in end.parameters


def test_an_unknown_user_gets_the_same_sentence_as_a_wrong_password(attempt: BrowserSignIn) -> None:
    page = attempt.browser.sign_in(attempt.authorize(), "nobody@example.com", "wrong")
    assert "Incorrect username or password." in page.texts


def test_wrong_passwords_of_pages_and_of_the_api_count_together(
    sandbox: Sandbox, attempt: BrowserSignIn, app_client: AppClient, user: User
) -> None:
    for _ in range(3):
        sign_in(sandbox, app_client, user.email, "wrong")
    page = attempt.authorize()
    for _ in range(2):
        page = attempt.browser.sign_in(page, user.email, "wrong")
    page = attempt.browser.sign_in(page, user.email, PASSWORD)
    assert "Password attempts exceeded" in page.texts
    refusal = sign_in(sandbox, app_client, user.email, PASSWORD).refusal
    assert refusal == ("NotAuthorizedException", "Password attempts exceeded")
    sandbox.clock.advance(2)
    assert "code" in attempt.browser.sign_in(page, user.email, PASSWORD).parameters


def test_a_disabled_user_is_told_so(sandbox: Sandbox, attempt: BrowserSignIn, user: User) -> None:
    sandbox.pool.set_enabled(user.email, enabled=False)
    page = attempt.browser.sign_in(attempt.authorize(), user.email, PASSWORD)
    assert "User is disabled." in page.texts


def test_cancel_goes_back_with_access_denied(attempt: BrowserSignIn) -> None:
    end = attempt.browser.submit(attempt.authorize(), "cancel")
    assert end.parameters["error"] == "access_denied"
    assert end.parameters["state"] == attempt.state


def test_a_sign_in_that_was_cancelled_does_not_go_on(attempt: BrowserSignIn) -> None:
    page = attempt.authorize()
    attempt.browser.submit(page, "cancel")
    assert attempt.browser.sign_in(page).status == 400


def test_a_successful_sign_in_clears_the_wrong_passwords_before_it(
    attempt: BrowserSignIn, user: User
) -> None:
    for _ in range(2):
        page = attempt.authorize(prompt="login")
        for _ in range(4):
            page = attempt.browser.sign_in(page, user.email, "wrong")
        assert "code" in attempt.browser.sign_in(page, user.email, PASSWORD).parameters


def test_a_new_user_chooses_a_password_and_gives_what_is_required(
    sandbox: Sandbox, attempt: BrowserSignIn, new_user: User
) -> None:
    page = attempt.browser.sign_in(attempt.authorize(), new_user.email, PASSWORD)
    assert page.title == "Choose a new password"
    names = {"userAttributes.given_name": "Ada", "userAttributes.family_name": "King"}
    again = attempt.browser.submit(page, new_password="short", **names)
    assert any("Password did not conform with policy" in text for text in again.texts)
    end = attempt.browser.submit(again, new_password="Another-Horse-8", **names)
    assert "code" in end.parameters
    assert new_user.status is UserStatus.CONFIRMED
    assert new_user.attributes["given_name"] == "Ada"
    assert new_user.has_password("Another-Horse-8")


@pytest.mark.parametrize("factor", ["SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"])
def test_a_second_factor_is_asked_for_and_a_wrong_code_shows_the_page_again(
    sandbox: Sandbox, attempt: BrowserSignIn, factor: str
) -> None:
    user = _user_with(sandbox, factor)
    page = attempt.browser.sign_in(attempt.authorize(), user.email, PASSWORD)
    assert page.title == "Enter the code"
    page = attempt.browser.submit(page, code="000000x")
    assert "Invalid code received for user" in page.texts
    end = attempt.browser.submit(page, code=_code(sandbox, user, factor))
    assert "code" in end.parameters


def test_a_user_with_two_factors_chooses(sandbox: Sandbox, attempt: BrowserSignIn) -> None:
    user = _user_with(sandbox, "SMS_MFA", "EMAIL_OTP")
    page = attempt.browser.sign_in(attempt.authorize(), user.email, PASSWORD)
    assert page.title == "Choose a second factor"
    page = attempt.browser.submit(page, factor="EMAIL_OTP")
    assert "The code was sent to " in " ".join(page.texts)
    code = sandbox.outbox.last_code(user.username, "EMAIL_OTP")
    assert "code" in attempt.browser.submit(page, code=code).parameters


def test_after_three_wrong_codes_the_sign_in_begins_again(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    user = _user_with(sandbox, "EMAIL_OTP")
    page = attempt.browser.sign_in(attempt.authorize(), user.email, PASSWORD)
    for _ in range(3):
        page = attempt.browser.submit(page, code="wrong")
    assert page.title == "Sign in"


def test_the_set_up_of_a_factor_has_no_page_and_can_be_cancelled(
    sandbox: Sandbox, attempt: BrowserSignIn, user: User, settings: Callable[..., object]
) -> None:
    settings(mfa=MfaConfiguration.REQUIRED, mfa_factors=("SOFTWARE_TOKEN_MFA",))
    page = attempt.browser.sign_in(attempt.authorize(), user.email, PASSWORD)
    assert page.title == "Unsupported challenge"
    page = attempt.browser.submit(page)
    assert "The sandbox has no page for MFA_SETUP." in page.texts
    assert attempt.browser.submit(page, "cancel").parameters["error"] == "access_denied"


def test_consent_is_asked_for_where_the_app_client_wants_it(attempt: BrowserSignIn) -> None:
    page = attempt.browser.sign_in(attempt.authorize(prompt="consent"))
    assert page.title == "Consent"
    denied = attempt.browser.submit(page, "cancel")
    assert denied.parameters["error"] == "access_denied"
    page = attempt.authorize(prompt="consent")
    assert page.title == "Consent"
    assert "code" in attempt.browser.submit(page, "consent").parameters


def test_a_consent_page_without_an_answer_is_shown_again(attempt: BrowserSignIn) -> None:
    page = attempt.browser.sign_in(attempt.authorize(prompt="consent"))
    assert attempt.browser.submit(page).title == "Consent"


def test_a_browser_stays_signed_in_and_the_time_of_the_sign_in_stays_with_it(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    first = claims(attempt.tokens()["id_token"])
    sandbox.clock.advance(60)
    end = attempt.authorize(prompt="none")
    second = claims(attempt.exchange(end.parameters["code"]).body["id_token"])
    assert second["auth_time"] == first["auth_time"]
    assert second["iat"] >= first["iat"] + 60


def test_another_browser_is_not_signed_in(attempt: BrowserSignIn) -> None:
    attempt.code()
    attempt.browser = FormBrowser(attempt.sandbox)
    assert attempt.authorize(prompt="none").parameters["error"] == "login_required"


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_a_signed_in_browser_is_asked_again_where_the_prompt_says_so(
    attempt: BrowserSignIn, user: User, prompt: str
) -> None:
    attempt.code()
    page = attempt.authorize(prompt=prompt)
    assert page.title == "Sign in"
    page = attempt.browser.sign_in(page, user.email, PASSWORD)
    if "consent" in page.buttons:
        page = attempt.browser.submit(page, "consent")
    token = attempt.exchange(page.parameters["code"]).body["id_token"]
    assert claims(token)["email"] == user.email
    # The user who signed in last is signed in.
    end = attempt.authorize(prompt="none")
    assert claims(attempt.exchange(end.parameters["code"]).body["id_token"])["email"] == user.email


def test_a_sign_in_that_is_older_than_max_age_is_asked_again(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    attempt.code()
    sandbox.clock.advance(30)
    assert "code" in attempt.authorize(max_age="3600").parameters
    assert attempt.authorize(max_age="10").title == "Sign in"
    assert attempt.authorize(max_age="10", prompt="none").parameters["error"] == "login_required"


def test_a_browser_s_session_ends_after_its_time_and_with_its_user(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    attempt.code()
    sandbox.clock.advance(3601)
    assert attempt.authorize().title == "Sign in"
    attempt.code()
    sandbox.pool.set_enabled(sandbox.username, enabled=False)
    try:
        assert attempt.authorize().title == "Sign in"
    finally:
        sandbox.pool.set_enabled(sandbox.username, enabled=True)


def test_a_global_sign_out_does_not_end_a_browser_s_session(
    sandbox: Sandbox, attempt: BrowserSignIn
) -> None:
    attempt.code()
    token = sandbox.issue_tokens()["AccessToken"]
    assert call(sandbox, "GlobalSignOut", AccessToken=token).status == 200
    assert "code" in attempt.authorize(prompt="none").parameters


def test_the_login_hint_is_in_the_field_as_text(attempt: BrowserSignIn) -> None:
    hint = '"><script>alert(1)</script>@example.com'
    page = attempt.authorize(login_hint=hint)
    assert page.fields["username"] == hint
    assert "<script" not in page.html


def test_a_company_s_own_sign_in_has_a_page_with_its_name(
    attempt: BrowserSignIn, openid: Callable[..., object]
) -> None:
    openid(identity_providers=("ACME",))
    page = attempt.authorize(identity_provider="ACME")
    assert page.title == "Sign in at ACME"
    assert attempt.authorize(identity_provider="COGNITO").title == "Sign in"


def test_pages_and_redirects_are_not_cached_and_have_no_form_action(attempt: BrowserSignIn) -> None:
    page = attempt.authorize()
    end = attempt.browser.sign_in(page)
    for headers in (page.headers, end.headers):
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
    assert "form-action" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.html


def test_a_form_is_accepted_only_from_the_browser_that_got_it(attempt: BrowserSignIn) -> None:
    page = attempt.authorize()
    other = FormBrowser(attempt.sandbox)
    other.open(f"{attempt.sandbox.authorization_endpoint}?{urlencode(attempt.parameters)}")
    refused = other.sign_in(page)
    assert (refused.status, ERROR_PAGE in refused.texts) == (400, True)
    assert "code" in attempt.browser.sign_in(page).parameters


def test_a_form_is_valid_once_and_for_ten_minutes(sandbox: Sandbox, attempt: BrowserSignIn) -> None:
    page = attempt.authorize()
    attempt.browser.sign_in(page)
    assert attempt.browser.sign_in(page).status == 400
    page = attempt.authorize(prompt="login")
    sandbox.clock.advance(601)
    assert attempt.browser.sign_in(page).status == 400


def test_a_request_without_state_gets_an_answer_without_state(attempt: BrowserSignIn) -> None:
    assert attempt.browser.sign_in(attempt.authorize(state=None)).parameters.keys() == {"code"}


@for_each(
    ("method", "path"),
    [("POST", "/oauth2/authorize"), ("HEAD", "/oauth2/authorize"), ("GET", "/login"),
     ("GET", "/oauth2/token"), ("GET", "/oauth2/revoke"), ("POST", "/logout"),
     ("DELETE", "/oauth2/userInfo")],
)  # fmt: skip
def test_another_method_is_refused_with_the_allowed_ones(
    sandbox: Sandbox, method: str, path: str
) -> None:
    reply = send(sandbox, method, path)
    assert reply.status == 405
    assert method not in reply.headers["allow"]


def test_logout_ends_the_browser_s_session_and_redirects_to_a_registered_url(
    attempt: BrowserSignIn,
) -> None:
    attempt.code()
    cookies = dict(attempt.browser.cookies)
    end = _logout(attempt, client_id=attempt.client.client_id, logout_uri=CALLBACK, state="s")
    assert end.url == f"{CALLBACK}?state=s"
    assert attempt.authorize(prompt="none").parameters["error"] == "login_required"
    attempt.browser.cookies = cookies  # the sandbox no longer knows them
    assert attempt.authorize(prompt="none").parameters["error"] == "login_required"


def test_logout_does_not_revoke_refresh_tokens(attempt: BrowserSignIn) -> None:
    tokens = attempt.tokens()
    _logout(attempt, client_id=attempt.client.client_id, logout_uri=CALLBACK)
    assert attempt.renew(tokens["refresh_token"]).status == 200


def test_logout_accepts_an_id_token_in_place_of_the_app_client(attempt: BrowserSignIn) -> None:
    tokens = attempt.tokens()
    end = _logout(attempt, id_token_hint=tokens["id_token"], post_logout_redirect_uri=CALLBACK)
    assert end.url == CALLBACK
    named = {"client_id": attempt.sandbox.client_id, "id_token_hint": tokens["id_token"]}
    assert _logout(attempt, **named, post_logout_redirect_uri=CALLBACK).status == 400
    for wrong in ("eyJ", tokens["id_token"][:-4] + "AAAA"):
        page = _logout(attempt, id_token_hint=wrong, post_logout_redirect_uri=CALLBACK)
        assert page.status == 400


@pytest.mark.parametrize(
    "parameters",
    [{}, {"logout_uri": CALLBACK}, {"client_id": "nobody", "logout_uri": CALLBACK}],
)
def test_logout_does_not_redirect_for_an_unknown_client(
    attempt: BrowserSignIn, parameters: dict[str, str]
) -> None:
    page = _logout(attempt, **parameters)
    assert (page.status, ERROR_PAGE in page.texts) == (400, True)


def test_logout_does_not_redirect_to_an_unregistered_url_and_ends_no_session(
    attempt: BrowserSignIn,
) -> None:
    attempt.code()
    page = _logout(
        attempt, client_id=attempt.client.client_id, logout_uri="http://evil.example/callback"
    )
    assert page.status == 400
    assert "code" in attempt.authorize(prompt="none").parameters


def test_a_body_that_is_no_form_is_an_error_page(sandbox: Sandbox) -> None:
    assert send(sandbox, "POST", "/login", body="{}").status == 400
    assert post(sandbox, "/login", "sign_in=%ff").status == 400


def test_nothing_secret_is_in_the_request_log(sandbox: Sandbox, attempt: BrowserSignIn) -> None:
    sandbox.requests.clear()
    code = attempt.code(scope="openid aws.cognito.signin.user.admin")
    tokens = attempt.exchange(code).body
    attempt.renew(tokens["refresh_token"])
    send(
        sandbox,
        "GET",
        "/oauth2/userInfo",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    attempt.revoke(tokens["refresh_token"])
    logged = repr(list(sandbox.requests))
    secret = (code, attempt.verifier, attempt.state, attempt.nonce, sandbox.password)
    cookies = attempt.browser.cookies.values()
    for value in (*secret, *cookies, *tokens.values()):
        if isinstance(value, str) and value != "Bearer":
            assert value not in logged
    assert not re.search(r"[?=][A-Za-z0-9_-]{20}", logged)
    assert [entry.parameters.get("form.grant_type") for entry in sandbox.requests] == [
        None, None, "authorization_code", "refresh_token", None, None,
    ]  # fmt: skip


def _logout(attempt: BrowserSignIn, **parameters: str) -> Page:
    return attempt.browser.open(f"{attempt.sandbox.endpoint_url}/logout?{urlencode(parameters)}")


def _user_with(sandbox: Sandbox, *factors: str) -> User:
    email = f"factor{next(_numbers)}@example.com"
    return sandbox.pool.add_user(email=email, password=PASSWORD, mfa=factors)


def _code(sandbox: Sandbox, user: User, factor: str) -> str:
    if factor == "SOFTWARE_TOKEN_MFA":
        return sandbox.pool.totp_code(user.email)
    return sandbox.outbox.last_code(user.username, factor)
