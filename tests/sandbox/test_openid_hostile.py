"""Requests of any content at the sign-in domain: each gets an answer, never a 500.

The row O-03 of the list of abuse and faults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.openid_client import BrowserSignIn, post
from sandbox.raw_client import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import Sandbox

_MANY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_PAIRS = st.lists(
    st.tuples(
        st.sampled_from(
            ["client_id", "redirect_uri", "state", "scope", "prompt", "nonce", "max_age",
             "request_uri", "code_challenge", "login_hint", "identity_provider", "response_mode",
             "grant_type", "code", "code_verifier", "refresh_token", "token", "client_secret",
             "id_token_hint", "logout_uri", "sign_in", "consent", "cancel", "username", "resource"]
        ) | _TEXT,
        _TEXT,
    ),
    max_size=4,
)  # fmt: skip


@_MANY
@given(extra=_PAIRS, left_out=st.sets(st.sampled_from(["state", "scope", "nonce"])))
def test_any_parameters_are_answered_by_the_authorization_endpoint(
    sandbox: Sandbox, attempt: BrowserSignIn, extra: Any, left_out: set[str]
) -> None:
    base = [(name, value) for name, value in attempt.parameters.items() if name not in left_out]
    for pairs in ([*base, *extra], extra):
        reply = send(sandbox, "GET", f"/oauth2/authorize?{urlencode(pairs)}")
        assert reply.status in {200, 303, 400}
        location = reply.headers.get("location", attempt.redirect_uri + "?")
        assert location.startswith(attempt.redirect_uri + "?")
        assert location.isascii()


@_MANY
@given(
    path=st.sampled_from(["/oauth2/token", "/oauth2/revoke", "/oauth2/par", "/login"]),
    grant=st.sampled_from(["authorization_code", "refresh_token", ""]),
    extra=_PAIRS,
    header=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_any_form_is_answered(
    sandbox: Sandbox,
    attempt: BrowserSignIn,
    openid: Callable[..., object],
    path: str,
    grant: str,
    extra: Any,
    header: str | None,
) -> None:
    openid(requires_pushed_requests=True)
    base = [("client_id", attempt.client.client_id), ("grant_type", grant)]
    if path == "/oauth2/par":
        base = list(attempt.parameters.items())
    headers = {} if header is None else {"Authorization": f"Basic {header}"}
    for pairs in ([*base, *extra], extra):
        assert post(sandbox, path, urlencode(pairs), headers).status in {200, 201, 400, 401}


@_MANY
@given(
    path=st.sampled_from(["/oauth2/token", "/oauth2/revoke", "/login", "/oauth2/userInfo"]),
    body=st.binary(max_size=100),
    cookie=st.binary(max_size=40),
)
def test_any_bytes_are_answered(sandbox: Sandbox, path: str, body: bytes, cookie: bytes) -> None:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "".join(chr(each) for each in cookie if each >= 32),
    }
    assert send(sandbox, "POST", path, body=body, headers=headers).status in {200, 400, 401}


@_MANY
@given(query=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80))
def test_any_query_is_answered(sandbox: Sandbox, query: str) -> None:
    for path in ("/oauth2/authorize", "/logout"):
        assert send(sandbox, "GET", f"{path}?{query}").status == 400
