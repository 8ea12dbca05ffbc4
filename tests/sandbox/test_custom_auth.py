"""CUSTOM_AUTH: the pool's own questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import CustomQuestion
from sandbox.raw_client import Reply, initiate, respond
from sandbox.srp_client import SrpSignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User

QUESTIONS = (
    CustomQuestion({"question": "Name of the field?"}, "Ekofisk"),
    CustomQuestion({"question": "Number of the block?", "hint": "2/4"}, "2/4"),
)
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOT_YOURS = ("NotAuthorizedException", "Invalid session for the user.")


@pytest.fixture(autouse=True)
def _asking(settings: Callable[..., object]) -> None:
    settings(custom_questions=QUESTIONS)


def _begin(sandbox: Sandbox, app_client: AppClient, user: User | str) -> Any:
    name = user if isinstance(user, str) else user.email
    reply = initiate(sandbox, app_client, "CUSTOM_AUTH", USERNAME=name)
    assert reply.status == 200, reply.raw
    return reply.body


def _answer(sandbox: Sandbox, app_client: AppClient, body: Any, answer: str) -> Reply:
    name = body["ChallengeParameters"]["USERNAME"]
    return respond(sandbox, app_client, "CUSTOM_CHALLENGE", body["Session"], name, ANSWER=answer)


def test_the_user_is_signed_in_after_every_question(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    first = _begin(sandbox, open_client, user)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert first["ChallengeParameters"] == {**QUESTIONS[0].parameters, "USERNAME": user.username}
    second = _answer(sandbox, open_client, first, "Ekofisk").body
    assert second["ChallengeParameters"]["hint"] == "2/4"
    assert second["Session"] != first["Session"]
    assert _answer(sandbox, open_client, second, "2/4").result["RefreshToken"]
    assert _answer(sandbox, open_client, first, "Ekofisk").refusal == NOT_YOURS


def test_a_wrong_answer_is_asked_for_again_until_the_third(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    body = _begin(sandbox, open_client, user)
    again = _answer(sandbox, open_client, body, "ekofisk").body
    assert again["ChallengeParameters"] == body["ChallengeParameters"]
    assert _answer(sandbox, open_client, body, "Ekofisk").refusal == NOT_YOURS
    third = _answer(sandbox, open_client, again, "wrong").body
    assert _answer(sandbox, open_client, third, "wrong").refusal == WRONG
    assert _answer(sandbox, open_client, third, "Ekofisk").refusal == NOT_YOURS


def test_a_proof_of_the_password_may_come_first(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.body = initiate(
        sandbox,
        open_client,
        "CUSTOM_AUTH",
        USERNAME=user.email,
        CHALLENGE_NAME="SRP_A",
        SRP_A=attempt.client.srp_a,
    ).body
    first = attempt.answer().body
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    second = _answer(sandbox, open_client, first, "Ekofisk").body
    assert _answer(sandbox, open_client, second, "2/4").result


def test_an_unknown_user_is_asked_and_never_signed_in(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    body = _begin(sandbox, open_client, "nobody@example.com")
    for _ in range(2):
        body = _answer(sandbox, open_client, body, "Ekofisk").body
        assert body["ChallengeParameters"]["question"] == "Name of the field?"
    assert _answer(sandbox, open_client, body, "Ekofisk").refusal == WRONG


def test_a_pool_without_triggers_says_so(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(custom_questions=())
    reply = initiate(sandbox, open_client, "CUSTOM_AUTH", USERNAME=user.email)
    assert reply.refusal == (
        "InvalidParameterException",
        "Custom auth lambda trigger is not configured for the user pool.",
    )


def test_the_request_log_does_not_show_an_answer(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    _answer(sandbox, open_client, _begin(sandbox, open_client, user), "Ekofisk")
    assert "Ekofisk" not in repr(list(sandbox.requests))
