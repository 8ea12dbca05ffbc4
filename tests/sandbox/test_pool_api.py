"""AWS JSON 1.1: how an operation is named, and how a request that does not fit is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import for_each
from sandbox.raw_client import TARGET, call, send

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

JSON_1_1 = "application/x-amz-json-1.1"
OPERATIONS = [
    "InitiateAuth", "RespondToAuthChallenge", "GetTokensFromRefreshToken", "RevokeToken",
    "GlobalSignOut", "GetUser",
]  # fmt: skip


def _post(sandbox: Sandbox, body: bytes, *, target: str, media_type: str = JSON_1_1) -> Any:
    headers = {"X-Amz-Target": target, "Content-Type": media_type}
    return send(sandbox, "POST", "/", body=body, headers=headers)


def test_every_answer_has_a_request_id_of_its_own(sandbox: Sandbox) -> None:
    ids = {call(sandbox, "GetUser").headers["x-amzn-requestid"] for _ in range(2)}
    assert len(ids) == 2


def test_a_refusal_is_http_400_with_type_and_message(sandbox: Sandbox) -> None:
    reply = call(sandbox, "GetUser", AccessToken="abc")
    assert reply.status == 400
    assert reply.headers["content-type"] == JSON_1_1
    assert set(reply.body) == {"__type", "message"}
    assert reply.headers["x-amzn-errortype"] == "NotAuthorizedException:"


@for_each(
    "target", ["", "GetUser", "Other.GetUser", TARGET, TARGET + "Nothing", TARGET + "getuser"]
)
def test_an_operation_that_aws_does_not_know_is_unknown(sandbox: Sandbox, target: str) -> None:
    assert _post(sandbox, b"{}", target=target).refusal[0] == "UnknownOperationException"


@for_each("media_type", ["application/json", "text/plain", ""])
def test_another_content_type_is_an_unknown_operation(sandbox: Sandbox, media_type: str) -> None:
    reply = _post(sandbox, b"{}", target=TARGET + "GetUser", media_type=media_type)
    assert reply.refusal[0] == "UnknownOperationException"


def test_the_content_type_may_name_its_charset(sandbox: Sandbox) -> None:
    media_type = f"{JSON_1_1}; charset=utf-8"
    reply = _post(sandbox, b"{}", target=TARGET + "GetUser", media_type=media_type)
    assert reply.refusal[0] == "InvalidParameterException"


@for_each(
    "body",
    [
        b"", b"{", b"[]", b'"text"', b"null", b'{"a": NaN}', b'{"a": Infinity}', b"\xff\xfe{}",
        b"[" * 100_000, b'{"AccessToken": "\\ud800"}', b"1" * 5000, b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_object_cannot_be_read(sandbox: Sandbox, body: bytes) -> None:
    assert _post(sandbox, body, target=TARGET + "GetUser").refusal[0] == "SerializationException"


@for_each("operation", OPERATIONS)
def test_a_required_member_that_is_missing_is_named(sandbox: Sandbox, operation: str) -> None:
    kind, message = call(sandbox, operation).refusal
    assert kind == "InvalidParameterException"
    assert "failed to satisfy constraint: Member must not be null" in message


@for_each(
    ("members", "said"),
    [
        (
            {"AuthFlow": "USER_PASSWORD_AUTH"},
            (
                "1 validation error detected: Value null at 'clientId' failed to satisfy "
                "constraint: Member must not be null"
            ),
        ),
        (
            {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "not-an-id!"},
            (
                "1 validation error detected: Value at 'clientId' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: [\w+]+"
            ),
        ),
        (
            {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "x" * 129},
            (
                "1 validation error detected: Value at 'clientId' failed to satisfy constraint: "
                "Member must have length less than or equal to 128"
            ),
        ),
        (
            {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "x", "Session": "short"},
            (
                "1 validation error detected: Value at 'session' failed to satisfy constraint: "
                "Member must have length greater than or equal to 20"
            ),
        ),
        (
            {"AuthFlow": "GUESSING", "ClientId": "x"},
            (
                "1 validation error detected: Value 'GUESSING' at 'authFlow' failed to satisfy "
                "constraint: Member must satisfy enum value set: ["
            ),
        ),
        (
            {"AuthFlow": "", "ClientId": ""},
            (
                "3 validation errors detected: Value '' at 'authFlow' failed to satisfy "
                "constraint: Member must satisfy enum value set: ["
            ),
        ),
    ],
)
def test_members_that_do_not_fit_are_refused_in_the_words_of_aws(
    sandbox: Sandbox, members: dict[str, Any], said: str
) -> None:
    kind, message = call(sandbox, "InitiateAuth", **members).refusal
    assert kind == "InvalidParameterException"
    assert message.startswith(said)


@for_each(
    ("members", "said"),
    [
        ({"AuthFlow": 7}, "NUMBER_VALUE can not be converted to a String"),
        ({"AuthFlow": True}, "TRUE_VALUE can not be converted to a String"),
        ({"ClientId": ["x"]}, "Start of list found where not expected"),
        ({"ClientId": {}}, "Start of structure or map found where not expected."),
        ({"AuthParameters": {"USERNAME": 1}}, "NUMBER_VALUE can not be converted to a String"),
        ({"AuthParameters": "USERNAME"}, "Expected structure or map or null"),
        ({"UserContextData": {"IpAddress": []}}, "Start of list found where not expected"),
    ],
)
def test_a_wrong_json_type_is_a_serialization_exception(
    sandbox: Sandbox, members: dict[str, Any], said: str
) -> None:
    refusal = call(sandbox, "InitiateAuth", **members).refusal
    assert refusal == ("SerializationException", said)


def test_a_member_that_is_null_counts_as_absent(sandbox: Sandbox) -> None:
    members = {"AuthParameters": None, "ClientMetadata": None, "Session": None}
    reply = call(sandbox, "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId="x", **members)
    assert reply.refusal[0] == "ResourceNotFoundException"


def test_a_refusal_never_repeats_a_secret_value(sandbox: Sandbox) -> None:
    secret = "s3cr3t with spaces!"
    for members in (
        {"RefreshToken": secret, "ClientId": "x"},
        {"RefreshToken": "x", "ClientId": "x", "ClientSecret": secret},
    ):
        assert secret not in call(sandbox, "GetTokensFromRefreshToken", **members).raw.decode()


def test_members_that_are_not_in_the_model_are_ignored(sandbox: Sandbox) -> None:
    kind, _ = call(sandbox, "GetUser", AccessToken="abc", Tomorrow={"x": 1}).refusal
    assert kind == "NotAuthorizedException"


@given(body=st.binary(max_size=200), operation=st.sampled_from(OPERATIONS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_get_a_typed_refusal(sandbox: Sandbox, body: bytes, operation: str) -> None:
    assert _post(sandbox, body, target=TARGET + operation).refusal[0]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
_MEMBERS = st.dictionaries(
    st.sampled_from(
        ["AuthFlow", "AuthParameters", "ClientId", "Session", "ChallengeName", "AccessToken",
         "ChallengeResponses", "RefreshToken", "ClientSecret", "Token", "UserContextData"]
    ),
    _JSON,
)  # fmt: skip


@given(members=_MEMBERS, operation=st.sampled_from(OPERATIONS))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_members_get_a_typed_refusal(
    sandbox: Sandbox, members: dict[str, Any], operation: str
) -> None:
    reply = _post(sandbox, json.dumps(members).encode(), target=TARGET + operation)
    assert reply.refusal[0].endswith("Exception")
