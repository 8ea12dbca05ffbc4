"""Signing in: the requests, the first password, and what ends a sign-in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from cases import for_each
from osdu_auth.cognito.challenges import (
    Answer,
    Challenge,
    NewPassword,
    NewPasswordRequired,
    unattended,
)
from osdu_auth.cognito.sign_in import MOST_ROUNDS, sign_in
from osdu_auth.errors import (
    ChallengeUnanswered,
    ConfigurationError,
    SignInRefused,
    UnusableReply,
)
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.sandbox import Sandbox

JSON_1_1 = "application/x-amz-json-1.1"
TEMPORARY = "Temporary-pass-1"
GOOD = "A-better-Passw0rd!"
NAMES = {"given_name": "Grace", "family_name": "Hopper"}


@pytest.fixture
def newcomer(sandbox: Sandbox, request: pytest.FixtureRequest) -> str:
    """A user who has never signed in."""
    from osdu_auth.sandbox.pool.users import UserStatus

    email = f"newcomer-{abs(hash(request.node.name))}@example.com"
    sandbox.pool.add_user(email=email, password=TEMPORARY, status=UserStatus.FORCE_CHANGE_PASSWORD)
    return email


class Answers:
    """Gives its answers in order, and keeps the challenges."""

    def __init__(self, *passwords: str) -> None:
        self.passwords = list(passwords)
        self.asked: list[Challenge] = []

    def __call__(self, challenge: Challenge) -> Answer:
        self.asked.append(challenge)
        return NewPassword(Secret(self.passwords.pop(0)), NAMES)


def operations(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


def test_a_first_sign_in_asks_for_a_password_and_the_required_attributes(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, newcomer: str
) -> None:
    answers = Answers(GOOD)
    tokens = sign_in(pool, app_client, newcomer, Secret(TEMPORARY), answers).tokens
    (asked,) = answers.asked
    assert isinstance(asked, NewPasswordRequired)
    assert asked.required_attributes == ("given_name", "family_name")
    assert asked.known_attributes["email"] == newcomer
    assert asked.username != newcomer  # the pool's own name, which the secret hash needs
    assert asked.refusal is None
    assert operations(sandbox) == ["InitiateAuth", "RespondToAuthChallenge"]
    assert pool.get_user(tokens.access_token).attributes["given_name"] == "Grace"
    assert sign_in(pool, app_client, newcomer, Secret(GOOD), unattended).tokens.access_token


def test_a_refused_password_is_asked_for_again_with_the_reason_and_the_same_session(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, newcomer: str
) -> None:
    answers = Answers("short", "stillbad", GOOD)
    assert sign_in(pool, app_client, newcomer, Secret(TEMPORARY), answers).tokens.access_token
    refusals = [asked.refusal for asked in answers.asked]
    assert refusals[0] is None
    assert [refusal.code for refusal in refusals[1:] if refusal] == ["OA-S317", "OA-S317"]
    assert "short" not in str(refusals[1])
    assert operations(sandbox) == ["InitiateAuth"] + ["RespondToAuthChallenge"] * 3


def test_after_an_expired_session_the_sign_in_starts_again_once_with_the_given_answer(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, newcomer: str
) -> None:
    def slow(challenge: Challenge) -> Answer:
        slow_answers.asked.append(challenge)
        sandbox.clock.advance(200)
        return NewPassword(Secret(GOOD), NAMES)

    slow_answers = Answers()
    assert sign_in(pool, app_client, newcomer, Secret(TEMPORARY), slow).tokens.access_token
    assert len(slow_answers.asked) == 1
    assert operations(sandbox) == ["InitiateAuth", "RespondToAuthChallenge"] * 2


def test_a_second_expired_session_ends_the_sign_in(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, newcomer: str
) -> None:
    sandbox.faults.error(
        "RespondToAuthChallenge", "NotAuthorizedException",
        "Invalid session for the user, session is expired.", times=None,
    )  # fmt: skip
    with pytest.raises(SignInRefused, match="OA-S314"):
        sign_in(pool, app_client, newcomer, Secret(TEMPORARY), Answers(GOOD, GOOD))
    assert operations(sandbox) == ["InitiateAuth", "RespondToAuthChallenge"] * 2


def test_without_a_person_a_challenge_is_named_and_gets_no_answer(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, newcomer: str
) -> None:
    with pytest.raises(ChallengeUnanswered, match="NEW_PASSWORD_REQUIRED") as raised:
        sign_in(pool, app_client, newcomer, Secret(TEMPORARY), unattended)
    assert raised.value.fix.endswith("osdu-auth login")
    assert operations(sandbox) == ["InitiateAuth"]


def test_an_answer_without_a_required_attribute_is_not_sent(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, newcomer: str
) -> None:
    with pytest.raises(ChallengeUnanswered, match=r"family_name.*OA-S332"):
        sign_in(
            pool, app_client, newcomer, Secret(TEMPORARY),
            lambda _: NewPassword(Secret(GOOD), {"given_name": "Grace"}),
        )  # fmt: skip
    assert operations(sandbox) == ["InitiateAuth"]


def test_an_exception_of_the_answer_function_ends_the_sign_in(
    pool: UserPoolApi, app_client: AppClient, newcomer: str
) -> None:
    def gives_up(_challenge: Challenge) -> Answer:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sign_in(pool, app_client, newcomer, Secret(TEMPORARY), gives_up)


def test_passwords_that_are_always_refused_end_after_ten_rounds(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, newcomer: str
) -> None:
    with pytest.raises(SignInRefused, match="OA-S317"):
        sign_in(pool, app_client, newcomer, Secret(TEMPORARY), Answers(*["short"] * 99))
    assert operations(sandbox).count("RespondToAuthChallenge") == MOST_ROUNDS


def test_challenges_without_end_stop_after_ten_rounds(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    received = {
        "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 40,
        "ChallengeParameters": {"USER_ID_FOR_SRP": "u", "requiredAttributes": "[]"},
    }  # fmt: skip
    sandbox.faults.reply("*", body=json.dumps(received), content_type=JSON_1_1, times=None)
    with pytest.raises(UnusableReply, match="OA-N638"):
        sign_in(pool, app_client, "u", Secret("p"), Answers(*[GOOD] * 99))
    assert len(sandbox.requests) == MOST_ROUNDS + 1


@for_each("name", ["ADMIN_NO_SRP_AUTH", "FROM_THE_FUTURE", "NEW\x1b[31m"])
def test_a_challenge_that_cannot_be_answered_is_named(
    name: str, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    received = {"ChallengeName": name, "Session": "s" * 40, "ChallengeParameters": {}}
    sandbox.faults.reply("InitiateAuth", body=json.dumps(received), content_type=JSON_1_1)
    with pytest.raises(ChallengeUnanswered, match="OA-S331") as raised:
        sign_in(pool, app_client, "u", Secret("p"), unattended)
    assert name.partition("\x1b")[0] in raised.value.what
    assert str(raised.value).isprintable()


@for_each(
    "parameters",
    [
        {"requiredAttributes": "not JSON"}, {"requiredAttributes": "{}"},
        {"requiredAttributes": "[1]"}, {"requiredAttributes": '["userAttributes.a b"]'},
        {"requiredAttributes": "[" * 5000}, {"userAttributes": "[]"},
        {"userAttributes": '{"a":1,"a":2}'}, {"requiredAttributes": '["\\ud800"]'},
    ],
)  # fmt: skip
def test_an_incomplete_challenge_is_unusable(
    parameters: dict[str, str], pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    received = {
        "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 40,
        "ChallengeParameters": parameters,
    }  # fmt: skip
    sandbox.faults.reply("InitiateAuth", body=json.dumps(received), content_type=JSON_1_1)
    with pytest.raises(UnusableReply, match="OA-N635"):
        sign_in(pool, app_client, "u", Secret("p"), Answers(GOOD))


@for_each(
    ("parameters", "expected"),
    [
        ({}, NewPasswordRequired("typed")),
        ({"USERNAME": "a", "USER_ID_FOR_SRP": "b"}, NewPasswordRequired("b")),
        ({"USERNAME": "a", "requiredAttributes": '["userAttributes.name","email"]',
          "userAttributes": '{"email":"x@example.com","odd":7}'},
         NewPasswordRequired("a", ("name", "email"), {"email": "x@example.com"})),
    ],
)  # fmt: skip
def test_a_challenge_is_read_as_a_value(
    parameters: dict[str, str], expected: NewPasswordRequired
) -> None:
    from osdu_auth.cognito.challenges import read_challenge
    from osdu_auth.cognito.replies import ChallengeReply

    received = ChallengeReply("NEW_PASSWORD_REQUIRED", None, parameters)
    assert read_challenge(received, "typed") == expected
    assert "x@example.com" not in repr(received)


def test_each_state_of_an_account_has_its_own_error(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    from osdu_auth.sandbox.pool.users import UserStatus

    def refused(password: str = GOOD, **user: object) -> str:
        email = f"state-{len(codes)}-{abs(hash(request.node.name))}@example.com"
        sandbox.pool.add_user(email=email, password=GOOD, **user)  # type: ignore[arg-type]
        with pytest.raises(SignInRefused) as raised:
            sign_in(pool, app_client, email, Secret(password), unattended)
        codes.append(raised.value.code)
        return email

    codes: list[str] = []
    refused(status=UserStatus.UNCONFIRMED)
    refused(status=UserStatus.RESET_REQUIRED)
    locked = refused("Wrong-password-1")
    assert codes == ["OA-S315", "OA-S316", "OA-S310"]
    for _ in range(5):
        with pytest.raises(SignInRefused) as raised:
            sign_in(pool, app_client, locked, Secret("Wrong-password-1"), unattended)
    assert raised.value.code == "OA-S311"
    assert "Wait" in raised.value.fix


def test_a_disabled_flow_is_a_configuration_error_of_the_app_client(
    pool: UserPoolApi, sandbox: Sandbox
) -> None:
    from osdu_auth.cognito.app_client import AppClient

    other = sandbox.pool.add_app_client("no passwords", generate_secret=False)
    with pytest.raises(ConfigurationError, match="OA-C733"):
        sign_in(
            pool, AppClient(other.client_id), sandbox.username, Secret(sandbox.password), unattended
        )


@for_each(
    "password", ["x" * 256, " leading and trailing ", "e\u0301", "é", "😀\u200d", "a\x00b", '"\\\n']
)
def test_a_password_is_sent_as_it_was_typed(
    password: str, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    email = f"typed-{uuid4()}@example.com"
    sandbox.pool.add_user(email=email, password=password)
    assert sign_in(pool, app_client, email, Secret(password), unattended).tokens.access_token


def test_a_password_that_is_not_text_is_not_sent(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    with pytest.raises(ConfigurationError, match="OA-C756"):
        sign_in(pool, app_client, sandbox.username, Secret("a\udc80"), unattended)
    assert operations(sandbox) == []


def test_the_times_are_by_this_machine_s_clock_and_the_lifetime_is_the_token_s(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    tokens = sign_in(
        pool, app_client, sandbox.username, Secret(sandbox.password), unattended, lambda: 1000.0
    ).tokens
    assert (tokens.issued_at, tokens.expires_at) == (1000.0, 4600.0)
