"""The first sign-in: a temporary password, a challenge, and the session of both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import PasswordPolicy, PoolSettings, UserStatus
from sandbox.raw_client import FLOWS, PASSWORD, Reply, call, hashed, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

NEW = "Brand-New-Horse-8"
NAMES = {"userAttributes.given_name": "Grace", "userAttributes.family_name": "Newcomer"}
NOT_YOURS = ("NotAuthorizedException", "Invalid session for the user.")


def _ask(sandbox: Sandbox, app_client: AppClient, user: User) -> Any:
    reply = sign_in(sandbox, app_client, user.email, PASSWORD)
    assert reply.status == 200, reply.raw
    return reply.body


def _answer(
    sandbox: Sandbox,
    app_client: AppClient,
    user: User,
    session: str,
    *,
    password: str = NEW,
    attributes: dict[str, str] | None = None,
    name: str | None = None,
    challenge: str = "NEW_PASSWORD_REQUIRED",
) -> Reply:
    name = name or user.username
    responses = {"USERNAME": name, "NEW_PASSWORD": password, **hashed(app_client, name)}
    return call(
        sandbox,
        "RespondToAuthChallenge",
        ClientId=app_client.client_id,
        ChallengeName=challenge,
        Session=session,
        ChallengeResponses=responses | (NAMES if attributes is None else attributes),
    )


def test_a_temporary_password_gives_a_challenge_and_no_token(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    challenge = _ask(sandbox, app_client, new_user)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" not in challenge
    assert 20 <= len(challenge["Session"]) <= 4096
    parameters = challenge["ChallengeParameters"]
    assert parameters["USER_ID_FOR_SRP"] == new_user.username
    assert json.loads(parameters["requiredAttributes"]) == [
        "userAttributes.given_name",
        "userAttributes.family_name",
    ]
    assert json.loads(parameters["userAttributes"]) == {
        "email": new_user.email,
        "email_verified": "true",
    }


def test_the_new_colleague_signs_in_for_the_first_time(sandbox: Sandbox) -> None:
    app_client = sandbox.pool.app_client(sandbox.client_id)
    user = sandbox.pool.user(sandbox.new_username)
    challenge = sign_in(sandbox, app_client, sandbox.new_username, sandbox.temporary_password).body
    assert _answer(sandbox, app_client, user, challenge["Session"]).result["RefreshToken"]


def test_a_correct_answer_gives_tokens_and_changes_the_user(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    assert _answer(sandbox, app_client, new_user, session).result["RefreshToken"]
    assert new_user.status is UserStatus.CONFIRMED
    assert new_user.attributes == {"given_name": "Grace", "family_name": "Newcomer"}
    assert sign_in(sandbox, app_client, new_user.email, NEW).result
    assert sign_in(sandbox, app_client, new_user.email, PASSWORD).status == 400


def test_the_alias_may_answer_if_the_hash_is_over_it_too(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    assert _answer(sandbox, app_client, new_user, session, name=new_user.email).result


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Sh0rt-x", "not long enough"),
        ("no-upper-case-7", "must have uppercase characters"),
        ("NO-LOWER-CASE-7", "must have lowercase characters"),
        ("No-Number-Here", "must have numeric characters"),
        ("NoSymbolHere77", "must have symbol characters"),
        ("Ünicode-ünly-7", "must have uppercase characters"),
    ],
)
def test_the_refusal_of_a_password_names_the_rule_that_it_breaks(
    sandbox: Sandbox, app_client: AppClient, new_user: User, password: str, rule: str
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    reply = _answer(sandbox, app_client, new_user, session, password=password)
    assert reply.refusal == (
        "InvalidPasswordException",
        f"Password did not conform with policy: Password {rule}",
    )


@pytest.mark.parametrize("password", [" Leading-7x", "Trailing-7x ", "Aa1-" + "x" * 253])
def test_a_password_that_no_policy_allows_is_an_invalid_parameter(
    sandbox: Sandbox, app_client: AppClient, new_user: User, password: str
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    reply = _answer(sandbox, app_client, new_user, session, password=password)
    assert reply.refusal[0] == "InvalidParameterException"
    assert password not in reply.refusal[1]


def test_a_refused_answer_changes_nothing_and_may_be_tried_again(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    assert _answer(sandbox, app_client, new_user, session, password="short").status == 400
    assert new_user.attributes == {}
    assert _answer(sandbox, app_client, new_user, session).result


def test_a_required_attribute_that_is_missing_is_named(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    only = {"userAttributes.given_name": "Grace"}
    assert _answer(sandbox, app_client, new_user, session, attributes=only).refusal == (
        "InvalidParameterException",
        "Invalid attributes given, family_name is missing",
    )


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("email", "NotAuthorizedException", "Cannot modify an already provided email"),
        (
            "email_verified",
            "InvalidParameterException",
            "Cannot modify the non-mutable attribute email_verified",
        ),
        (
            "sub",
            "InvalidParameterException",
            "Cannot modify the non-mutable attribute sub",
        ),
        (
            "token_use",
            "InvalidParameterException",
            (
                "Attributes did not conform to the schema: "
                "Type for attribute {token_use} could not be determined"
            ),
        ),
    ],
)
def test_an_attribute_that_may_not_be_set_here_is_refused(
    sandbox: Sandbox, app_client: AppClient, new_user: User, name: str, kind: str, said: str
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    attributes = {**NAMES, f"userAttributes.{name}": "x"}
    reply = _answer(sandbox, app_client, new_user, session, attributes=attributes)
    assert reply.refusal == (kind, said)


@pytest.mark.parametrize("missing", ["USERNAME", "NEW_PASSWORD", "Session"])
def test_a_part_of_the_answer_that_is_missing_is_named(
    sandbox: Sandbox, public_client: AppClient, new_user: User, missing: str
) -> None:
    session = _ask(sandbox, public_client, new_user)["Session"]
    responses = {"USERNAME": new_user.username, "NEW_PASSWORD": NEW}
    responses.pop(missing, None)
    members: dict[str, Any] = {} if missing == "Session" else {"Session": session}
    reply = call(
        sandbox,
        "RespondToAuthChallenge",
        ClientId=public_client.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        ChallengeResponses=responses,
        **members,
    )
    assert reply.refusal == ("InvalidParameterException", f"Missing required parameter {missing}")


def test_a_session_can_succeed_once(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    assert _answer(sandbox, app_client, new_user, session).result
    assert _answer(sandbox, app_client, new_user, session).refusal == NOT_YOURS


def test_a_second_challenge_ends_when_the_first_is_answered(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    first, second = (_ask(sandbox, app_client, new_user)["Session"] for _ in range(2))
    assert first != second
    assert _answer(sandbox, app_client, new_user, first).result
    assert _answer(sandbox, app_client, new_user, second).refusal == NOT_YOURS


def test_a_session_ends_after_three_minutes(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    sandbox.clock.advance(180)
    assert _answer(sandbox, app_client, new_user, session).refusal == (
        "NotAuthorizedException",
        "Invalid session for the user, session is expired.",
    )


def test_an_app_client_may_give_its_sessions_more_time(sandbox: Sandbox, new_user: User) -> None:
    patient = sandbox.pool.add_app_client(
        "patient", explicit_auth_flows=FLOWS, auth_session_validity=900
    )
    session = _ask(sandbox, patient, new_user)["Session"]
    sandbox.clock.advance(600)
    assert _answer(sandbox, patient, new_user, session).result


def test_a_modified_session_is_refused(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    for changed in (session[:-1], session + "A", session.swapcase(), "x" * 20):
        assert _answer(sandbox, app_client, new_user, changed).refusal == NOT_YOURS


def test_a_session_belongs_to_one_user(
    sandbox: Sandbox, app_client: AppClient, new_user: User, user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    assert _answer(sandbox, app_client, user, session).refusal == NOT_YOURS
    assert _answer(sandbox, app_client, user, session, name="nobody").refusal == NOT_YOURS


def test_a_session_belongs_to_one_app_client(
    sandbox: Sandbox, app_client: AppClient, public_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    assert _answer(sandbox, public_client, new_user, session).refusal == NOT_YOURS


@pytest.mark.parametrize("challenge", ["CUSTOM_CHALLENGE", "SMS_MFA", "MFA_SETUP", "PASSWORD"])
def test_a_session_belongs_to_one_challenge(
    sandbox: Sandbox, app_client: AppClient, new_user: User, challenge: str
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    reply = _answer(sandbox, app_client, new_user, session, challenge=challenge)
    assert reply.refusal == NOT_YOURS
    assert _answer(sandbox, app_client, new_user, session).result


def test_an_administrators_challenge_is_refused_here(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    reply = _answer(sandbox, app_client, new_user, session, challenge="ADMIN_NO_SRP_AUTH")
    assert reply.refusal[0] == "InvalidParameterException"


def test_a_user_disabled_in_between_is_refused(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    session = _ask(sandbox, app_client, new_user)["Session"]
    sandbox.pool.set_enabled(new_user.email, enabled=False)
    reply = _answer(sandbox, app_client, new_user, session)
    assert reply.refusal == ("NotAuthorizedException", "User is disabled.")


def test_a_temporary_password_expires(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    sandbox.clock.advance(7 * 24 * 3600)
    assert sign_in(sandbox, app_client, new_user.email, PASSWORD).refusal == (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    )


def test_a_pool_may_require_other_attributes_and_have_another_policy(
    sandbox: Sandbox, app_client: AppClient, new_user: User
) -> None:
    before = sandbox.pool.settings
    sandbox.pool.settings = PoolSettings(
        required_attributes=("name",), password_policy=PasswordPolicy(6, needs_symbol=False)
    )
    try:
        challenge = _ask(sandbox, app_client, new_user)
        wanted = challenge["ChallengeParameters"]["requiredAttributes"]
        assert json.loads(wanted) == ["userAttributes.name"]
        named = {"userAttributes.name": "Grace"}
        reply = _answer(
            sandbox, app_client, new_user, challenge["Session"], password="Simpl3", attributes=named
        )
        assert reply.result
    finally:
        sandbox.pool.settings = before
