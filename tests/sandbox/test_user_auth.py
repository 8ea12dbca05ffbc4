"""USER_AUTH: the user chooses what to begin with."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import MfaConfiguration
from sandbox.raw_client import PASSWORD, Reply, initiate, respond
from sandbox.srp_client import SrpSignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOT_YOURS = ("NotAuthorizedException", "Invalid session for the user.")
MISMATCH = ("CodeMismatchException", "Invalid code received for user")


@pytest.fixture
def choosing(sandbox: Sandbox) -> AppClient:
    """An app client that allows this flow and no other."""
    return sandbox.pool.add_app_client("choosing", explicit_auth_flows=["ALLOW_USER_AUTH"])


def _begin(sandbox: Sandbox, app_client: AppClient, user: User | str, **parameters: str) -> Any:
    name = user if isinstance(user, str) else user.email
    reply = initiate(sandbox, app_client, "USER_AUTH", USERNAME=name, **parameters)
    assert reply.status == 200, reply.raw
    return reply.body


def _choose(sandbox: Sandbox, app_client: AppClient, user: User, **responses: str) -> Reply:
    session = _begin(sandbox, app_client, user)["Session"]
    return respond(sandbox, app_client, "SELECT_CHALLENGE", session, user.username, **responses)


def test_without_a_preference_the_choice_is_asked_for(
    sandbox: Sandbox, choosing: AppClient, user: User
) -> None:
    body = _begin(sandbox, choosing, user)
    assert body["ChallengeName"] == "SELECT_CHALLENGE"
    assert body["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]


@pytest.mark.parametrize("preferred", ["SMS_OTP", "WEB_AUTHN", "NONSENSE", ""])
def test_a_preferred_challenge_that_is_not_available_is_ignored(
    sandbox: Sandbox, choosing: AppClient, user: User, preferred: str
) -> None:
    body = _begin(sandbox, choosing, user, PREFERRED_CHALLENGE=preferred)
    assert body["ChallengeName"] == "SELECT_CHALLENGE"


def test_a_chosen_password_is_one_answer(sandbox: Sandbox, choosing: AppClient, user: User) -> None:
    assert _choose(sandbox, choosing, user, ANSWER="PASSWORD", PASSWORD=PASSWORD).result
    wrong = _choose(sandbox, choosing, user, ANSWER="PASSWORD", PASSWORD="wrong")
    assert wrong.refusal == WRONG
    missing = _choose(sandbox, choosing, user, ANSWER="PASSWORD")
    assert missing.refusal[1] == "Missing required parameter PASSWORD"


def test_a_wrong_password_keeps_the_session(
    sandbox: Sandbox, choosing: AppClient, user: User
) -> None:
    session = _begin(sandbox, choosing, user)["Session"]
    answers = [
        respond(
            sandbox,
            choosing,
            "SELECT_CHALLENGE",
            session,
            user.username,
            ANSWER="PASSWORD",
            PASSWORD=password,
        )
        for password in ("wrong", PASSWORD, PASSWORD)
    ]
    assert answers[0].refusal == WRONG
    assert answers[1].result
    assert answers[2].refusal == NOT_YOURS


def test_a_chosen_proof_is_asked_for(sandbox: Sandbox, choosing: AppClient, user: User) -> None:
    attempt = SrpSignIn(sandbox, choosing, user.email)
    chosen = _choose(sandbox, choosing, user, ANSWER="PASSWORD_SRP", SRP_A=attempt.client.srp_a)
    attempt.body = chosen.body
    assert attempt.body["ChallengeName"] == "PASSWORD_VERIFIER"
    assert attempt.answer().result
    missing = _choose(sandbox, choosing, user, ANSWER="PASSWORD_SRP")
    assert missing.refusal[1] == "Missing required parameter SRP_A"


def test_a_preferred_password_signs_in_at_once(
    sandbox: Sandbox, choosing: AppClient, user: User
) -> None:
    body = _begin(sandbox, choosing, user, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert body["AuthenticationResult"]["RefreshToken"]
    reply = initiate(
        sandbox,
        choosing,
        "USER_AUTH",
        USERNAME=user.email,
        PREFERRED_CHALLENGE="PASSWORD",
        PASSWORD="wrong",
    )
    assert reply.refusal == WRONG


def test_a_preferred_proof_is_asked_for_at_once(
    sandbox: Sandbox, choosing: AppClient, user: User
) -> None:
    attempt = SrpSignIn(sandbox, choosing, user.email)
    attempt.body = _begin(
        sandbox,
        choosing,
        user,
        PREFERRED_CHALLENGE="PASSWORD_SRP",
        SRP_A=attempt.client.srp_a,
    )
    assert attempt.answer().result


def test_a_preferred_challenge_without_its_parameters_is_asked(
    sandbox: Sandbox, choosing: AppClient, user: User
) -> None:
    body = _begin(sandbox, choosing, user, PREFERRED_CHALLENGE="PASSWORD")
    assert body["ChallengeName"] == "PASSWORD"
    session = body["Session"]
    answer = partial(respond, sandbox, choosing, "PASSWORD", session, user.username)
    assert answer(PASSWORD="wrong").refusal == WRONG
    assert answer(PASSWORD=PASSWORD).result
    body = _begin(sandbox, choosing, user, PREFERRED_CHALLENGE="PASSWORD_SRP")
    assert body["ChallengeName"] == "PASSWORD_SRP"
    attempt = SrpSignIn(sandbox, choosing, user.email)
    attempt.body = respond(
        sandbox,
        choosing,
        "PASSWORD_SRP",
        body["Session"],
        user.username,
        SRP_A=attempt.client.srp_a,
    ).body
    assert attempt.answer().result


@pytest.mark.parametrize("preferred", [False, True])
@pytest.mark.parametrize("factor", ["EMAIL_OTP", "SMS_OTP"])
def test_a_code_is_a_first_factor(
    sandbox: Sandbox, choosing: AppClient, user: User, factor: str, preferred: bool
) -> None:
    user.attributes |= {"phone_number": "+15555550100", "phone_number_verified": "true"}
    if preferred:
        body = _begin(sandbox, choosing, user, PREFERRED_CHALLENGE=factor)
    else:
        body = _choose(sandbox, choosing, user, ANSWER=factor).body
    assert body["ChallengeName"] == factor
    code = sandbox.outbox.last_code(user.username, factor)
    assert re.fullmatch("[0-9]{8}", code)
    answer = partial(respond, sandbox, choosing, factor, body["Session"], user.username)
    assert answer(**{f"{factor}_CODE": "00"}).refusal == MISMATCH
    assert answer(**{f"{factor}_CODE": code}).result
    assert answer(**{f"{factor}_CODE": code}).refusal == NOT_YOURS


def test_a_user_who_needs_a_second_factor_begins_with_a_password(
    sandbox: Sandbox, choosing: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(mfa=MfaConfiguration.REQUIRED)
    assert _begin(sandbox, choosing, user)["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    body = _choose(sandbox, choosing, user, ANSWER="PASSWORD", PASSWORD=PASSWORD).body
    assert body["ChallengeName"] == "EMAIL_OTP"
    code = sandbox.outbox.last_code(user.email)
    reply = respond(
        sandbox, choosing, "EMAIL_OTP", body["Session"], user.username, EMAIL_OTP_CODE=code
    )
    assert reply.result


def test_a_pool_may_allow_fewer_first_factors(
    sandbox: Sandbox, choosing: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(first_factors=("EMAIL_OTP",))
    assert _begin(sandbox, choosing, user)["AvailableChallenges"] == ["EMAIL_OTP"]
    refused = _choose(sandbox, choosing, user, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert refused.refusal[0] == "InvalidParameterException"


def test_a_passkey_is_offered_and_refused_with_the_reason(
    sandbox: Sandbox, choosing: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(first_factors=("PASSWORD", "WEB_AUTHN"))
    user.has_passkey = True
    assert "WEB_AUTHN" in _begin(sandbox, choosing, user)["AvailableChallenges"]
    body = _choose(sandbox, choosing, user, ANSWER="WEB_AUTHN").body
    assert body["ChallengeName"] == "WEB_AUTHN"
    options = json.loads(body["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    assert options["challenge"]
    refused = respond(
        sandbox, choosing, "WEB_AUTHN", body["Session"], user.username, CREDENTIAL="{}"
    )
    assert refused.refusal == (
        "InvalidParameterException",
        "The sandbox does not check passkeys.",
    )


def test_an_unknown_user_is_offered_the_same_and_never_signed_in(
    sandbox: Sandbox, choosing: AppClient, user: User
) -> None:
    body = _begin(sandbox, choosing, "nobody@example.com")
    assert body["AvailableChallenges"] == _begin(sandbox, choosing, user)["AvailableChallenges"]
    name = body["ChallengeParameters"]["USERNAME"]
    chosen = respond(
        sandbox, choosing, "SELECT_CHALLENGE", body["Session"], name, ANSWER="EMAIL_OTP"
    ).body
    assert chosen["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "n***@e***"
    with pytest.raises(LookupError):
        sandbox.outbox.last_code("nobody@example.com")
    wrong = respond(
        sandbox, choosing, "EMAIL_OTP", chosen["Session"], name, EMAIL_OTP_CODE="12345678"
    )
    assert wrong.refusal == MISMATCH


def test_every_answer_needs_the_secret_hash(
    sandbox: Sandbox, choosing: AppClient, user: User
) -> None:
    reply = _choose(
        sandbox, choosing, user, ANSWER="PASSWORD", PASSWORD=PASSWORD, SECRET_HASH="AAAA"
    )
    assert reply.refusal[1].startswith("Unable to verify secret hash")
