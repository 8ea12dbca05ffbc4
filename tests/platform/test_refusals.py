"""What OSDU's refusals mean: every row of the table, from every shape that a service writes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from cases import for_each
from make_refusals_page import PAGE, page
from osdu_auth import OsduFailed, Profile, RefusedByOsdu
from osdu_auth.platform.answers import Author, read_answer
from osdu_auth.platform.failure_rows import NOTHING_FOUND, REQUEST_FAILED, SERVER_FAILED
from osdu_auth.platform.refusal_rows import ROWS
from osdu_auth.platform.refusal_table import FixedBy
from osdu_auth.platform.refusals import error_of_reply
from osdu_auth.wire import Reply
from platform_answers import ANSWERS, GROUPS, NOT_AUTHORIZED, QUERY, S3, of_app, reply

PROFILE = Profile(name="acme", region="us-east-1", client_id="c", data_partition_id="opendes")


@for_each(("method", "path", "answer", "code", "likeliest"), ANSWERS)
def test_each_answer_gets_the_error_of_its_row(
    method: str, path: str, answer: Reply, code: str, likeliest: str | None
) -> None:
    error = error_of_reply(answer, PROFILE, method, path)
    assert error.code == code
    assert type(error) is (RefusedByOsdu if answer.status in {401, 403} else OsduFailed)
    assert error.exit_code == int(code[4])
    assert error.status == answer.status
    assert error.fix
    assert "{" not in f"{error.what}{error.why}{error.fix}", "a placeholder has no value"
    if likeliest is not None:
        [row] = [row for row in (*ROWS, SERVER_FAILED, REQUEST_FAILED) if row.code == code][:1]
        assert row.causes[0].name == likeliest


def test_every_row_of_the_table_has_an_answer_here() -> None:
    tried = {code for *_, code, _ in ANSWERS}
    assert {row.code for row in (*ROWS, SERVER_FAILED, REQUEST_FAILED)} == tried


def test_a_cause_that_the_user_cannot_fix_has_a_sentence_to_send() -> None:
    for row in (*ROWS, SERVER_FAILED, REQUEST_FAILED, NOTHING_FOUND):
        for cause in row.causes:
            assert (cause.fixed_by is FixedBy.YOU) == (cause.request == ""), cause.name


@for_each(
    ("body", "author", "words"),
    [
        ({"code": 401, "reason": "Access denied", "message": "no"}, "SERVICE", "Access denied: no"),
        (
            {"error": {"code": 401, "message": "no", "errors": [{"reason": "u", "message": "no"}]}},
            *("SERVICE", "no: u"),
        ),
        ({"status": "BAD_REQUEST", "message": "bad", "errors": ["a: b"]}, "SERVICE", "bad: a: b"),
        ("User is not authorized", "SERVICE", "User is not authorized"),
        (b"[seismic-store-service] User not authorized", "SERVICE", "User not authorized"),
        ({"detail": "Not authenticated"}, "SERVICE", "Not authenticated"),
        ({"detail": [{"loc": ["a"], "msg": "field required"}]}, "SERVICE", "field required"),
        (
            {"origin": "osdu-data-ecosystem-storage", "errors": [{"code": 403, "reason": "no"}]},
            *("SERVICE", "no"),
        ),
        ({"errors": [{"loc": ["a"], "msg": "field required"}]}, "SERVICE", "field required"),
        ({"status": 401, "error": "Unauthorized", "path": "/api"}, "SERVICE", "Unauthorized"),
        (
            {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "no"},
            *("SERVICE", "Forbidden: no"),
        ),
        (
            {"code": 400, "reason": "Validation error.", "message": '{"errors":["a is empty"]}'},
            *("SERVICE", "Validation error.: a is empty"),
        ),
        (b"Jwt is expired", "GATEWAY", "Jwt is expired"),
        (b"upstream connect error or disconnect", "GATEWAY", "upstream connect error"),
        ({"statusCode": 401, "message": "Unauthorized. Access token"}, "GATEWAY", "Unauthorized."),
        (
            {"code": 16, "message": "JWT validation failed: TIME_CONSTRAINT_FAILURE"},
            *("GATEWAY", "JWT validation failed"),
        ),
        (
            {"error": "invalid_token", "error_description": "expired"},
            *("GATEWAY", "invalid_token: expired"),
        ),
        (b"<html><title>Blocked\n by X</title>", "PAGE", "Blocked by X"),
        (S3, "PAGE", "AccessDenied: Request has expired"),
        (b"<html>", "PAGE", ""),
        ({"fault": 1}, "UNKNOWN", ""),
        ([1], "UNKNOWN", ""),
        (b"", "UNKNOWN", ""),
        (b"\xff\xfe", "UNKNOWN", ""),
    ],
)
def test_the_author_and_the_words_of_each_format_are_read(
    body: object, author: str, words: str
) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = read_answer(403, {}, raw, "GET", GROUPS)
    assert answer.author is Author[author]
    assert words in answer.words
    if words:
        assert f'"{answer.words}"' in error_of_reply(Reply(403, {}, raw), PROFILE).why


def test_the_error_of_an_unknown_answer_lists_the_possible_causes() -> None:
    error = error_of_reply(reply(401, {"fault": "x"}), PROFILE, "GET", "/api/new/v1/thing")
    assert "OSDU gave no reason. It is one of: the token has expired; " in error.why
    assert str(error.fix).startswith("osdu-auth why")


def test_the_error_names_the_groups_that_a_service_requires() -> None:
    error = error_of_reply(of_app(401, "Access denied", NOT_AUTHORIZED), PROFILE, "POST", QUERY)
    assert "service.search.user or service.search.admin" in error.why
    assert 'ask an administrator of "opendes" to add you to service.search.user' in error.fix
    assert "Signing in again will not help" in error.fix


@for_each("status", [400, 401, 403, 404, 500, 503])
def test_the_correlation_id_is_always_shown(status: int) -> None:
    answer = reply(status, {}, **{"Correlation-Id": "abc\x1b[2J"})
    error = error_of_reply(answer, PROFILE)
    assert error.correlation_id.startswith("abc")
    assert "\x1b" not in error.correlation_id
    assert error.correlation_id in error.why


@given(
    st.integers(400, 599),
    st.binary(max_size=200)
    | st.recursive(st.text() | st.none(), st.lists).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([GROUPS, QUERY, "", "/api//v", "\x00"]),
)
def test_any_answer_becomes_an_error_of_ours(status: int, body: bytes, path: str) -> None:
    error = error_of_reply(Reply(status, {}, body), PROFILE, "GET", path)
    assert error.status == status
    assert error.fix


@for_each("shape", ["text", "reason", "long", "header"])
def test_a_token_that_a_gateway_repeats_is_not_shown(shape: str) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ." + "c2lnbmF0dXJl" * 20
    said = f"Jwt verification fails: Bearer {token}, at {token[:60]}"
    body: object = {"reason": said} if shape == "reason" else said.encode()
    if shape == "long":
        body = b"x" * 100 + said.encode()
    headers = {"www-authenticate": f'Bearer error_description="{token}"'}
    error = error_of_reply(reply(401, body, **(headers if shape == "header" else {})), PROFILE)
    assert "****" in error.why
    assert "eyJ" not in f"{error.why}{error.answer}"


def test_the_page_in_docs_is_made_from_the_present_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python tests/make_refusals_page.py"
