"""OSDU's refusals, in whichever of three shapes, end as one of our errors."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osdu_auth import OsduFailed, Profile, RefusedByOsdu
from osdu_auth.platform.refusals import refusal
from osdu_auth.wire import Reply

PROFILE = Profile(name="acme", region="us-east-1", client_id="c", data_partition_id="opendes")


def reply(status: int, body: object, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, headers, raw)


@pytest.mark.parametrize(
    ("answer", "kind", "code", "words"),
    [
        (reply(401, b"Jwt is expired"), RefusedByOsdu, "OA-O501", "Jwt is expired"),
        (reply(403, b"RBAC: access denied"), RefusedByOsdu, "OA-O502", "osdu-auth groups"),
        (
            reply(404, {"code": 404, "reason": "Record not found", "message": "no such record"}),
            OsduFailed,
            "OA-O901",
            "Record not found: no such record",
        ),
        (
            reply(415, {"status": 415, "error": "Unsupported Media Type", "path": "/api"}),
            OsduFailed,
            "OA-O901",
            "Unsupported Media Type",
        ),
        (reply(503, b"<html>upstream</html>"), OsduFailed, "OA-O902", "gave no reason"),
        (reply(500, b""), OsduFailed, "OA-O902", "gave no reason"),
        (reply(400, []), OsduFailed, "OA-O901", "gave no reason"),
        (reply(400, {"reason": 7}), OsduFailed, "OA-O901", "gave no reason"),
    ],
)
def test_each_shape_is_understood(answer: Reply, kind: type, code: str, words: str) -> None:
    error = refusal(answer, PROFILE)
    assert type(error) is kind
    assert error.code == code
    assert words in str(error)
    assert error.status == answer.status


def test_the_correlation_id_is_passed_on() -> None:
    answer = reply(500, {}, **{"correlation-id": "abc\x1b[2J"})
    error = refusal(answer, PROFILE)
    assert error.correlation_id.startswith("abc")
    assert "\x1b" not in error.correlation_id
    assert error.correlation_id in error.fix


@given(st.integers(400, 599), st.binary(max_size=200))
def test_any_bytes_at_all_become_an_error_of_ours(status: int, body: bytes) -> None:
    error = refusal(Reply(status, {}, body), PROFILE)
    assert error.status == status
    assert error.fix


@pytest.mark.parametrize("shape", ["text", "reason", "long"])
def test_a_token_that_a_gateway_repeats_is_not_shown(shape: str) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ." + "c2lnbmF0dXJl" * 20
    said = f"Jwt verification fails: Bearer {token}, at {token[:60]}"
    body: object = {"reason": said} if shape == "reason" else said.encode()
    if shape == "long":
        body = b"x" * 100 + said.encode()
    why = refusal(reply(401, body), PROFILE).why
    assert "****" in why
    assert "eyJ" not in why
