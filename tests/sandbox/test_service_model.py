"""SB-01. The pool against AWS's service model: every member, every constraint, every error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import make_service_model
from cases import for_each
from osdu_auth.sandbox.pool import pool_api
from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.pool_api import OPERATIONS
from osdu_auth.sandbox.pool.service_model import service_model
from sandbox.raw_client import PASSWORD, call, initiate, sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox import AppClient, Sandbox, User

MODEL = service_model()
PROTOCOL_ERRORS = {"SerializationException", "UnknownOperationException"}
WRONG_TYPES: dict[str, Any] = {
    "string": 7, "integer": "7", "boolean": "true", "list": "x", "map": [], "structure": "x",
}  # fmt: skip
NOT_SERVED = sorted(set(MODEL.operations) - set(OPERATIONS))


@pytest.mark.newest
def test_the_model_is_that_of_the_installed_aws_sdk() -> None:
    pytest.importorskip("botocore")
    made = make_service_model.service_model()
    assert made == MODEL._asdict(), "run: python tests/make_service_model.py"


def _leaves(shape: str, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Every member of a shape and of the structures in it, and what its shape is."""
    found = []
    for member, inner in MODEL.shapes[shape]["members"].items():
        found.append(((*path, member), inner))
        if MODEL.shapes[inner]["type"] == "structure":
            found += _leaves(inner, (*path, member))
    return found


def members_of(operation: str) -> list[tuple[tuple[str, ...], str]]:
    """The members of an operation's input, each as its path and its shape."""
    found = list(_leaves(MODEL.operations[operation]["input"]))
    assert found, f"{operation} takes nothing"
    return found


def _nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for member in reversed(path):
        value = {member: value}
    members: dict[str, Any] = value
    return members


@for_each("operation", OPERATIONS)
def test_a_member_of_a_wrong_json_type_is_refused(sandbox: Sandbox, operation: str) -> None:
    for path, shape in members_of(operation):
        wrong = WRONG_TYPES[MODEL.shapes[shape]["type"]]
        reply = call(sandbox, operation, **_nested(path, wrong))
        assert reply.refusal[0] == "SerializationException", path


def _breaking(shape: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Values of which each breaks one constraint of a shape, and the words of its refusal."""
    broken: list[tuple[Any, str]] = []
    one: Any = {"string": "a", "list": ["a"]}.get(shape["type"])
    if shape.get("max") is not None:
        value = shape["max"] + 1 if one is None else one * (shape["max"] + 1)
        broken.append((value, f"less than or equal to {shape['max']}"))
    if shape.get("min"):
        broken.append(("a" * (shape["min"] - 1), f"greater than or equal to {shape['min']}"))
    if shape.get("pattern"):
        broken.append((" \x00 ", "regular expression pattern"))
    if shape.get("enum"):
        broken.append(("OTHER", "enum value set"))
    return broken


@for_each("operation", OPERATIONS)
def test_a_member_that_breaks_a_constraint_is_named_before_anything_is_done(
    sandbox: Sandbox, operation: str
) -> None:
    for path, shape in members_of(operation):
        for value, said in _breaking(MODEL.shapes[shape]):
            kind, message = call(sandbox, operation, **_nested(path, value)).refusal
            place = ".".join(name[0].lower() + name[1:] for name in path)
            assert kind == "InvalidParameterException", path
            assert any(f"at '{place}'" in part and said in part for part in message.split("; "))


@for_each("operation", OPERATIONS)
def test_every_required_member_is_asked_for_and_no_other(sandbox: Sandbox, operation: str) -> None:
    shape = MODEL.shapes[MODEL.operations[operation]["input"]]
    reply = call(sandbox, operation)
    if not shape["required"]:
        assert "Member must not be null" not in reply.refusal[1]
        return
    named = {part.split("'")[1] for part in reply.refusal[1].split("; ")}
    assert named == {name[0].lower() + name[1:] for name in shape["required"]}


@for_each("operation", NOT_SERVED)
def test_an_operation_that_the_sandbox_does_not_serve_is_refused_by_name(
    sandbox: Sandbox, operation: str
) -> None:
    assert call(sandbox, operation).refusal == (
        "OperationNotEnabledException",
        f"The sandbox does not serve {operation}.",
    )


@pytest.mark.parametrize("operation", ["AdminInitiateAuth", "ListUserPools"])
def test_an_operation_that_needs_aws_credentials_is_refused_by_name(
    sandbox: Sandbox, operation: str
) -> None:
    kind, message = call(sandbox, operation).refusal
    assert kind == "InvalidParameterException"
    assert f"does not serve {operation}" in message


def test_a_name_may_have_any_letters_and_no_space(sandbox: Sandbox, app_client: AppClient) -> None:
    for name, is_good in (("ægir@例え.jp", True), ("a b@example.com", False), ("", False)):
        reply = call(sandbox, "ForgotPassword", ClientId=app_client.client_id, Username=name)
        assert ("'username' failed" not in reply.refusal[1]) == is_good


def test_the_form_of_a_new_password_is_checked_before_the_code_is_used_up(
    sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    known = {"ClientId": public_client.client_id, "Username": user.email}
    call(sandbox, "ForgotPassword", **known)
    code = sandbox.outbox.last_code(user.email)
    for password in (" leading-Space-1", "trailing-Space-1 ", "", "x" * 257):
        # They are more than the attempts of an hour, so they must not be counted either.
        for _ in range(2):
            members = {**known, "ConfirmationCode": code, "Password": password}
            kind, message = call(sandbox, "ConfirmForgotPassword", **members).refusal
            assert (kind, "'password' failed" in message) == ("InvalidParameterException", True)
    members = {**known, "ConfirmationCode": code, "Password": "with a Space-1"}
    assert call(sandbox, "ConfirmForgotPassword", **members).status == 200


# Any request gets an answer that the model has.


@pytest.fixture
def values(sandbox: Sandbox, public_client: AppClient, user: User) -> dict[str, list[Any]]:
    """Values that pass the first checks, by the names of members."""
    tokens = sign_in(sandbox, public_client, user.email, PASSWORD).result
    gone = sandbox.pool.add_user(email=f"gone-{user.username}@example.com", password=PASSWORD)
    left = sandbox.issue_tokens(gone.email)["AccessToken"]
    sandbox.pool.delete_user(gone.email)
    call(sandbox, "GlobalSignOut", AccessToken=tokens["AccessToken"])
    fresh = sign_in(sandbox, public_client, user.email, PASSWORD).result
    parameters = [
        {"USERNAME": user.email, "PASSWORD": PASSWORD},
        {"USERNAME": user.email, "PASSWORD": "Wrong-password-1", "SRP_A": "00"},
        {"USERNAME": "none@example.com", "SRP_A": "abc"},
        {"USERNAME": user.username, "ANSWER": "PASSWORD", "NEW_PASSWORD": "x"},
        {"REFRESH_TOKEN": tokens["RefreshToken"]},
        {},
    ]
    open_client = sandbox.pool.add_app_client(
        "fuzzed", generate_secret=False, explicit_auth_flows=_every_flow()
    )
    session = initiate(sandbox, open_client, "USER_AUTH", USERNAME=user.email).body["Session"]
    access = [fresh["AccessToken"], tokens["AccessToken"], left, tokens["IdToken"], "a.b.c"]
    return {
        "AccessToken": access,
        "AuthParameters": parameters,
        "ChallengeResponses": parameters,
        "ClientId": [open_client.client_id, public_client.client_id, "unknown"],
        "Session": [session, "s" * 30],
        "Username": [user.email, "none@example.com", "no-address"],
        "RefreshToken": [fresh["RefreshToken"], tokens["RefreshToken"], "r"],
        "Token": [fresh["AccessToken"], tokens["RefreshToken"], "r"],
        "AttributeName": ["email", "phone_number", "locale"],
        "UserAttributeNames": [["locale"], ["email"], ["sub"]],
        "UserAttributes": [[], [{"Name": "email", "Value": user.email}], [{"Name": "sub"}]],
        "Password": ["short", "Correct-Horse-9"],
        "ProposedPassword": ["short", PASSWORD],
        "PreviousPassword": ["wrong", PASSWORD],
    }


def _every_flow() -> tuple[str, ...]:
    return tuple(
        f"ALLOW_{name}"
        for name in (
            "USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH"
        )
    )  # fmt: skip


def _value_of(data: st.DataObject, member: str, shape: str, known: dict[str, list[Any]]) -> Any:
    described = MODEL.shapes[shape]
    if member in known:
        return data.draw(st.sampled_from(known[member]), label=member)
    if "enum" in described:
        return data.draw(st.sampled_from(described["enum"]), label=member)
    if described["type"] == "structure":
        return {
            name: _value_of(data, name, inner, known)
            for name, inner in described["members"].items()
            if data.draw(st.booleans(), label=name)
        }
    return data.draw(
        {
            "string": st.sampled_from(["123456", "us-east-1_0-0", "AAAA", "a" * 30]),
            "integer": st.integers(0, 60),
            "boolean": st.booleans(),
            "list": st.just([]),
            "map": st.just({}),
        }[described["type"]],
        label=member,
    )


def test_an_error_that_the_model_does_not_declare_is_a_defect_and_not_an_answer() -> None:
    refusal = PoolError("UserNotFoundException", "User does not exist.")
    pool_api._check_declared("GetUser", refusal)
    with pytest.raises(AssertionError, match="GlobalSignOut does not declare UserNotFound"):
        pool_api._check_declared("GlobalSignOut", refusal)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_model_declares_every_error_that_an_operation_answers(
    sandbox: Sandbox, values: dict[str, list[Any]], operation: str
) -> None:
    described = MODEL.operations[operation]
    shape = MODEL.shapes[described["input"]]

    @given(data=st.data())
    @settings(
        max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    def ask(data: st.DataObject) -> None:
        members = {
            name: _value_of(data, name, inner, values)
            for name, inner in shape["members"].items()
            if name in shape["required"] or data.draw(st.booleans(), label=name)
        }
        reply = call(sandbox, operation, **members)
        if reply.status != 200:
            assert reply.refusal[0] in PROTOCOL_ERRORS.union(described["errors"])
        elif described["replies"]:
            assert isinstance(json.loads(reply.raw), dict)
        else:
            assert reply.raw == b""

    ask()
