"""The address of an authorization response, from a browser or pasted, in each form."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from osdu_auth import OsduAuthError, SignInRefused, UsageError
from osdu_auth.oidc.authorization import (
    AuthorizationRequest,
    OtherAttempt,
    authorization_request,
    code_in,
)
from osdu_auth.oidc.client import OidcClient
from osdu_auth.oidc.metadata import IssuerMetadata
from osdu_auth.oidc.pasted import code_in_pasted_text

if TYPE_CHECKING:
    from collections.abc import Callable

ISSUER = "https://login.example.com/realms/osdu"
METADATA = IssuerMetadata(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/jwks")
BACK = "http://localhost:8400/callback"


def test_the_authorization_url_has_all_parameters_of_a_sign_in(
    attempt: AuthorizationRequest,
) -> None:
    parameters = dict(parse_qsl(urlsplit(attempt.url).query))
    assert parameters["response_type"] == "code"
    assert parameters["code_challenge_method"] == "S256"
    assert parameters["redirect_uri"] == BACK
    assert "=" not in parameters["code_challenge"]
    assert attempt.code_verifier.reveal() not in attempt.url


def test_each_attempt_has_its_own_random_values() -> None:
    attempts = [authorization_request(METADATA, OidcClient("a"), BACK, ("openid",), {})] * 1 + [
        authorization_request(METADATA, OidcClient("a"), BACK, ("openid",), {})
    ]
    for name in ("state", "nonce", "code_verifier"):
        assert len({getattr(each, name) for each in attempts}) == 2


def test_a_profile_s_parameters_replace_none_of_ours() -> None:
    extra = {"state": "theirs", "login_hint": "ada", "code_challenge_method": "plain"}
    request = authorization_request(METADATA, OidcClient("a"), BACK, ("openid",), extra)
    parameters = dict(parse_qsl(urlsplit(request.url).query))
    assert parameters["login_hint"] == "ada"
    assert (parameters["state"], parameters["code_challenge_method"]) == (request.state, "S256")


def test_an_endpoint_with_a_query_keeps_it() -> None:
    metadata = METADATA._replace(authorization_endpoint=f"{ISSUER}/authorize?p=policy")
    request = authorization_request(metadata, OidcClient("a"), BACK, ("openid",), {})
    assert "?p=policy&" in request.url


def test_the_code_of_this_attempt_is_accepted(attempt: AuthorizationRequest) -> None:
    pairs = [("code", "c1"), ("state", attempt.state), ("session_state", "x")]
    assert code_in(attempt, pairs).reveal() == "c1"


@for_each(
    "pairs",
    [
        [("code", "c1")],
        [("code", "c1"), ("state", "another")],
        [("code", "c1"), ("state", "")],
        [("error", "access_denied"), ("state", "another")],
        [],
    ],
)
def test_a_response_to_another_attempt_does_not_end_this_one(
    attempt: AuthorizationRequest, pairs: list[tuple[str, str]]
) -> None:
    with pytest.raises(OtherAttempt):
        code_in(attempt, pairs)


@for_each(
    ("pairs", "code"),
    [
        ([("code", "c1"), ("code", "c2")], "OA-B317"),
        ([("code", "c1"), ("iss", "https://attacker.example")], "OA-B317"),
        ([], "OA-B317"),
        ([("code", "")], "OA-B317"),
        ([("error", "access_denied"), ("error_description", "no")], "OA-B314"),
        ([("error", "invalid_scope")], "OA-B715"),
        ([("error", "unauthorized_client")], "OA-B716"),
        ([("code", "c1"), ("access_token", "a-token")], "OA-B317"),
        ([("code", "c1"), ("id_token", "a-token")], "OA-B317"),
        ([("error", "temporarily_unavailable")], "OA-B610"),
        ([("error", "something_new")], "OA-B316"),
    ],
)
def test_a_refusal_and_a_malformed_response_end_the_attempt(
    attempt: AuthorizationRequest, pairs: list[tuple[str, str]], code: str
) -> None:
    with pytest.raises(OsduAuthError) as refused:
        code_in(attempt, [*pairs, ("state", attempt.state)])
    assert refused.value.code == code


def test_an_issuer_that_promises_iss_has_to_send_it() -> None:
    request = authorization_request(
        METADATA._replace(sends_issuer=True), OidcClient("a"), BACK, ("openid",), {}
    )
    pairs = [("code", "c1"), ("state", request.state)]
    with pytest.raises(SignInRefused):
        code_in(request, pairs)
    assert code_in(request, [*pairs, ("iss", ISSUER)]).reveal() == "c1"


WAYS: dict[str, Callable[[str], str]] = {
    "whole": lambda query: f"{BACK}?{query}",
    "https and another host": lambda query: f"https://127.0.0.1/callback?{query}",
    "encoded once more": lambda query: quote(f"{BACK}?{query}", safe=""),
    "in brackets": lambda query: f"<{BACK}?{query}>",
    "in quotes": lambda query: f' "{BACK}?{query}" ',
    "typographic quotes": lambda query: f"“{BACK}?{query}”",
    "over lines": lambda query: "\r\n  ".join([BACK, f"?{query[:20]}", query[20:]]),
    "pasted by a terminal": lambda query: f"\x1b[200~{BACK}?{query}\x1b[201~",
    "the query with its mark": lambda query: f"?{query}",
    "the query": lambda query: query,
    "a fragment": lambda query: f"{BACK}#{query}",
    "between words": lambda query: f"The page ended at {BACK}?{query} and stayed white",
    "below words": lambda query: f"The address:\n{BACK}?{query}",
    "without its scheme": lambda query: f"{BACK.removeprefix('http://')}?{query}",
    "as HTML writes it": lambda query: f"{BACK}?{query.replace('&', '&amp;')}",
    "as HTML writes it twice": lambda query: f"{BACK}?{query.replace('&', '&amp;amp;')}",
    "as JSON writes it": lambda query: f'"{BACK}?{query}"'.replace("&", r"\u0026"),
    "as a shell quotes it": lambda query: f"{BACK}?{query}".translate(
        {ord(each): f"\\{each}" for each in "?=&"}
    ),
    "as a command": lambda query: f"curl '{BACK}?{query}' -H 'Accept: */*'",
    "at the end of a sentence": lambda query: f"It ended at {BACK}?{query}.",
    "in round brackets": lambda query: f"The page ended ({BACK}?{query})",
    "in Markdown": lambda query: f"[the page]({BACK}?{query})",
    "a page of a search engine": lambda query: (
        f"https://www.google.com/url?sa=D&q={quote(f'{BACK}?{query}', safe='')}&source=x"
    ),
    "a safe link": lambda query: (
        "https://eur01.safelinks.protection.outlook.com/?url="
        + quote(f"{BACK}?{query}", safe="")
        + "&data=x"
    ),
}


@for_each("way", WAYS)
@for_each("size", [20, 6000])
def test_every_form_of_a_pasted_address_is_understood(
    attempt: AuthorizationRequest, way: str, size: int
) -> None:
    code = "M." + "C" * size
    text = WAYS[way](f"code={code}&state={attempt.state}")
    assert code_in_pasted_text(attempt, text).reveal() == code


CODE = "SplxlOBeZQQYbYS6WxSbIA.4/0AbC-d_e~"  # in the form that issuers use


@for_each(
    "text",
    [
        f" {CODE} ",
        f"“{CODE}”",
        f"\x1b[200~{CODE}\x1b[201~",
        f"{CODE[:24]}\r\n{CODE[24:]}",
        f"  {CODE[:3]}\n  {CODE[3:27]}\n  {CODE[27:]}\n",
        quote(CODE, safe=""),  # encoded as in the address
    ],
)
def test_a_code_alone_is_accepted_also_over_several_lines(
    attempt: AuthorizationRequest, text: str
) -> None:
    assert code_in_pasted_text(attempt, text).reveal() == CODE


def test_a_code_with_its_state_is_accepted(attempt: AuthorizationRequest) -> None:
    assert code_in_pasted_text(attempt, f"4/0AbC#{attempt.state}").reveal() == "4/0AbC"
    assert code_in_pasted_text(attempt, "M.C5_BAY.2.U.abcdefghij==").reveal().endswith("==")


@for_each(
    ("text", "words"),
    [
        ("", "Nothing"),
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", "a token"),
        ("Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", "a token"),
        (f"{ISSUER}/authorize?client_id=a", "the address to sign in at"),
        (f"{ISSUER}/login/second-factor?session=5", "a page of the sign-in"),
        ("https://login.example.com/oauth2/idpresponse?code=c&state=s", "page of the sign-in"),
        (f"{ISSUER}/error?error=redirect_mismatch&client_id=a", f"{BACK} is not registered"),
        (f"{ISSUER}/error?error=invalid_client", "says invalid_client"),
        ("https://login.example.com/?code_challenge=abc", "the address to sign in at"),
        (BACK, "neither a code"),
        ("https://www.example.com/help", "neither a code"),
        ("Grüße", "an address cannot have"),
        ("the page said hello", "spaces"),
        ("Error AADSTS50011-redirect-uri-mismatch", "spaces"),
        ("The page says:\nAn error was encountered with the requested page.", "spaces"),
        ("Error #5: the-sign-in-page-did-not-load", "spaces"),
        ("hello", "too short"),
        ("yes\nno\nthe\npage\nsaid\nhello", "too short"),
        ("code=4/0AbC", "no state"),
        ('{"error":"invalid_request_that_is_long"}', "neither a code"),
        ("http://localhost:8400/#_", "neither a code"),
        ("https://urldefense.com/v3/__http://localhost/?code=c&state=s__;!!x$", "mail program"),
        (f"{ISSUER}/authorize?client_id=a&amp;state=b&amp;code_challenge=c", "to sign in at"),
        ("C" * 9000, "too long"),
    ],
)
def test_the_error_says_why_a_pasted_text_is_not_a_response(
    attempt: AuthorizationRequest, text: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        code_in_pasted_text(attempt, text)
    assert refused.value.code == "OA-B211"


def test_the_error_says_that_an_address_belongs_to_another_attempt(
    attempt: AuthorizationRequest,
) -> None:
    with pytest.raises(OtherAttempt):
        code_in_pasted_text(attempt, f"{BACK}?code=c&state=other")


def test_a_pasted_refusal_ends_the_attempt(attempt: AuthorizationRequest) -> None:
    with pytest.raises(SignInRefused):
        code_in_pasted_text(attempt, f"{BACK}?error=access_denied&state={attempt.state}")


@given(st.text(max_size=300))
def test_any_pasted_text_is_a_code_or_an_error_of_ours(text: str) -> None:
    request = authorization_request(METADATA, OidcClient("a"), BACK, ("openid",), {})
    with suppress(OsduAuthError):
        assert code_in_pasted_text(request, text)


_WORD = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789,.!?:;#'-/%&", min_size=1, max_size=40)


@given(st.lists(_WORD, min_size=2), st.sampled_from([" ", "\t", "  "]))
def test_a_pasted_sentence_does_not_end_the_attempt(words: list[str], blank: str) -> None:
    request = authorization_request(METADATA, OidcClient("a"), BACK, ("openid",), {})
    with pytest.raises(UsageError) as refused:
        code_in_pasted_text(request, blank.join(words))
    assert refused.value.code == "OA-B211"


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/", min_size=20),
    st.integers(20, 200),
    st.sampled_from(["\n", "\r\n", "\n    ", "  \n"]),
)
def test_a_code_wrapped_by_a_terminal_of_any_width_is_the_same_code(
    code: str, width: int, end: str
) -> None:
    request = authorization_request(METADATA, OidcClient("a"), BACK, ("openid",), {})
    lines = [code[at : at + width] for at in range(0, len(code), width)]
    assert code_in_pasted_text(request, end.join(lines)).reveal() == code
