"""Second factors: which one is asked for, its answer, and wrong answers."""

from __future__ import annotations

import json
import re
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import MfaConfiguration, UserStatus
from sandbox.raw_client import PASSWORD, Reply, call, respond, sign_in
from sandbox.srp_client import SrpSignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User

MISMATCH = ("CodeMismatchException", "Invalid code received for user")
NOT_YOURS = ("NotAuthorizedException", "Invalid session for the user.")
LATE = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
USED = ("ExpiredCodeException", "Your software token has already been used once.")
FACTORS = ["SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"]
_numbers = count(1)


def _user(sandbox: Sandbox, *mfa: str, **settings: Any) -> User:
    email = f"factor{next(_numbers)}@example.com"
    return sandbox.pool.add_user(email=email, password=PASSWORD, mfa=mfa, **settings)


def _ask(sandbox: Sandbox, app_client: AppClient, user: User) -> Any:
    reply = sign_in(sandbox, app_client, user.email, PASSWORD)
    assert reply.status == 200, reply.raw
    return reply.body


def _code(sandbox: Sandbox, user: User, factor: str) -> str:
    if factor == "SOFTWARE_TOKEN_MFA":
        return sandbox.pool.totp_code(user.email)
    return sandbox.outbox.last_code(user.username, factor)


def _answer(
    sandbox: Sandbox, app_client: AppClient, user: User, body: Any, code: str, **changes: str
) -> Reply:
    challenge = body["ChallengeName"]
    responses = {f"{challenge}_CODE": code, **changes}
    return respond(sandbox, app_client, challenge, body["Session"], user.username, **responses)


@pytest.mark.parametrize("factor", FACTORS)
def test_a_user_with_one_factor_is_asked_for_it_and_signs_in(
    sandbox: Sandbox, open_client: AppClient, factor: str
) -> None:
    user = _user(sandbox, factor)
    body = _ask(sandbox, open_client, user)
    assert body["ChallengeName"] == factor
    assert body["ChallengeParameters"]["USER_ID_FOR_SRP"] == user.username
    assert "AuthenticationResult" not in body
    code = _code(sandbox, user, factor)
    assert re.fullmatch("[0-9]{6}", code)
    assert _answer(sandbox, open_client, user, body, code).result["RefreshToken"]
    assert _answer(sandbox, open_client, user, body, code).refusal == NOT_YOURS


@pytest.mark.parametrize("factor", FACTORS)
def test_a_proven_password_is_followed_by_the_same_challenge(
    sandbox: Sandbox, open_client: AppClient, factor: str
) -> None:
    user = _user(sandbox, factor)
    body = SrpSignIn(sandbox, open_client, user.email).run().body
    assert body["ChallengeName"] == factor
    assert _answer(sandbox, open_client, user, body, _code(sandbox, user, factor)).result


def test_destinations_are_masked(sandbox: Sandbox, open_client: AppClient) -> None:
    by_email, by_phone = _user(sandbox, "EMAIL_OTP"), _user(sandbox, "SMS_MFA")
    shown = _ask(sandbox, open_client, by_email)["ChallengeParameters"]
    assert shown["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    assert shown["CODE_DELIVERY_DESTINATION"] == "f***@e***"
    shown = _ask(sandbox, open_client, by_phone)["ChallengeParameters"]
    assert shown["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS"
    assert shown["CODE_DELIVERY_DESTINATION"] == f"+*******{by_phone.phone_number[-4:]}"


@pytest.mark.parametrize("factor", FACTORS)
def test_a_wrong_code_keeps_the_session_for_a_few_tries(
    sandbox: Sandbox, open_client: AppClient, factor: str
) -> None:
    user = _user(sandbox, factor)
    body = _ask(sandbox, open_client, user)
    assert _answer(sandbox, open_client, user, body, "none").refusal == MISMATCH
    assert _answer(sandbox, open_client, user, body, "").refusal == (
        "InvalidParameterException",
        f"Missing required parameter {factor}_CODE",
    )
    assert _answer(sandbox, open_client, user, body, _code(sandbox, user, factor)).result
    body = _ask(sandbox, open_client, user)
    for _ in range(3):
        assert _answer(sandbox, open_client, user, body, "none").refusal == MISMATCH
    sandbox.clock.advance(30)
    right = _code(sandbox, user, factor)
    assert _answer(sandbox, open_client, user, body, right).refusal == NOT_YOURS


def test_wrong_codes_count_towards_the_lockout_until_a_whole_sign_in(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    user = _user(sandbox, "EMAIL_OTP")
    for tries in (3, 2):
        body = _ask(sandbox, open_client, user)
        for _ in range(tries):
            assert _answer(sandbox, open_client, user, body, "none").refusal == MISMATCH
    locked = ("NotAuthorizedException", "Password attempts exceeded")
    code = _code(sandbox, user, "EMAIL_OTP")
    assert _answer(sandbox, open_client, user, body, code).refusal == locked
    assert sign_in(sandbox, open_client, user.email, PASSWORD).refusal == locked
    sandbox.clock.advance(2)
    assert _answer(sandbox, open_client, user, body, code).result
    assert user.lockout.failures == 0


@pytest.mark.parametrize("factor", FACTORS)
def test_a_code_ends_with_its_session(
    sandbox: Sandbox, open_client: AppClient, factor: str
) -> None:
    user = _user(sandbox, factor)
    body = _ask(sandbox, open_client, user)
    code = _code(sandbox, user, factor)
    sandbox.clock.advance(180)
    assert _answer(sandbox, open_client, user, body, code).refusal == LATE


def test_a_session_is_for_one_user_one_app_client_and_one_challenge(
    sandbox: Sandbox, open_client: AppClient, app_client: AppClient
) -> None:
    user, other = _user(sandbox, "EMAIL_OTP"), _user(sandbox, "EMAIL_OTP")
    body = _ask(sandbox, open_client, user)
    code = _code(sandbox, user, "EMAIL_OTP")
    assert _answer(sandbox, open_client, other, body, code).refusal == NOT_YOURS
    assert _answer(sandbox, app_client, user, body, code).refusal == NOT_YOURS
    for challenge in ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "MFA_SETUP", "SMS_OTP"):
        moved = {**body, "ChallengeName": challenge}
        assert _answer(sandbox, open_client, user, moved, code).refusal == NOT_YOURS


def test_an_older_code_is_not_valid_for_a_newer_session(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    user = _user(sandbox, "EMAIL_OTP")
    first = _ask(sandbox, open_client, user)
    old = _code(sandbox, user, "EMAIL_OTP")
    second = _ask(sandbox, open_client, user)
    if old != _code(sandbox, user, "EMAIL_OTP"):
        assert _answer(sandbox, open_client, user, second, old).refusal == MISMATCH
    assert _answer(sandbox, open_client, user, first, old).result


def test_every_answer_needs_the_secret_hash(sandbox: Sandbox, open_client: AppClient) -> None:
    user = _user(sandbox, "EMAIL_OTP")
    body = _ask(sandbox, open_client, user)
    code = _code(sandbox, user, "EMAIL_OTP")
    reply = _answer(sandbox, open_client, user, body, code, SECRET_HASH="AAAA")
    assert reply.refusal[1].startswith("Unable to verify secret hash")


# Software tokens


def test_each_code_of_a_software_token_is_valid_once(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    user = _user(sandbox, "SOFTWARE_TOKEN_MFA")
    code = sandbox.pool.totp_code(user.email)
    assert _answer(sandbox, open_client, user, _ask(sandbox, open_client, user), code).result
    body = _ask(sandbox, open_client, user)
    assert _answer(sandbox, open_client, user, body, code).refusal == USED
    following = sandbox.pool.totp_code(user.email, steps_ahead=1)
    assert _answer(sandbox, open_client, user, body, following).result


def test_a_used_code_does_not_count_as_a_failure(sandbox: Sandbox, open_client: AppClient) -> None:
    user = _user(sandbox, "SOFTWARE_TOKEN_MFA")
    code = sandbox.pool.totp_code(user.email)
    assert _answer(sandbox, open_client, user, _ask(sandbox, open_client, user), code).result
    body = _ask(sandbox, open_client, user)
    for _ in range(4):
        assert _answer(sandbox, open_client, user, body, code).refusal == USED
    assert user.lockout.failures == 0


def test_codes_of_two_steps_away_are_wrong(sandbox: Sandbox, open_client: AppClient) -> None:
    user = _user(sandbox, "SOFTWARE_TOKEN_MFA")
    body = _ask(sandbox, open_client, user)
    far = sandbox.pool.totp_code(user.email, steps_ahead=3)
    assert _answer(sandbox, open_client, user, body, far).refusal == MISMATCH


def test_only_the_test_can_read_the_secret(sandbox: Sandbox) -> None:
    user = _user(sandbox, "SOFTWARE_TOKEN_MFA")
    assert re.fullmatch("[A-Z2-7]{52}", sandbox.pool.totp_secret(user.email))
    assert sandbox.pool.totp_secret(user.email) not in repr(user)
    with pytest.raises(LookupError):
        sandbox.pool.totp_code(sandbox.username)


# Which factor


def test_a_user_with_several_factors_chooses(sandbox: Sandbox, open_client: AppClient) -> None:
    user = _user(sandbox, *FACTORS)
    body = _ask(sandbox, open_client, user)
    assert body["ChallengeName"] == "SELECT_MFA_TYPE"
    offered = json.loads(body["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    assert sorted(offered) == sorted(FACTORS)
    for answer, challenge in (
        ("SMS_MFA", "SMS_MFA"),
        ("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA"),
        ("EMAIL_OTP", "EMAIL_OTP"),
        ("EMAIL_MFA", "EMAIL_OTP"),
    ):
        body = _ask(sandbox, open_client, user)
        chosen = respond(
            sandbox,
            open_client,
            "SELECT_MFA_TYPE",
            body["Session"],
            user.username,
            ANSWER=answer,
        ).body
        assert chosen["ChallengeName"] == challenge
        assert chosen["Session"] != body["Session"]
        sandbox.clock.advance(30)
        code = _code(sandbox, user, challenge)
        assert _answer(sandbox, open_client, user, chosen, code).result


@pytest.mark.parametrize("answer", ["", "SMS", "PASSWORD", "EMAIL_OTP"])
def test_a_choice_that_was_not_offered_may_be_made_again(
    sandbox: Sandbox, open_client: AppClient, answer: str
) -> None:
    user = _user(sandbox, "SMS_MFA", "SOFTWARE_TOKEN_MFA")
    session = _ask(sandbox, open_client, user)["Session"]
    choose = partial(respond, sandbox, open_client, "SELECT_MFA_TYPE", session, user.username)
    assert choose(ANSWER=answer).refusal[0] == "InvalidParameterException"
    assert choose(ANSWER="SMS_MFA").status == 200
    assert choose(ANSWER="SMS_MFA").refusal == NOT_YOURS


def test_a_preferred_factor_is_asked_for_at_once(sandbox: Sandbox, open_client: AppClient) -> None:
    user = _user(sandbox, *FACTORS, preferred_mfa="SOFTWARE_TOKEN_MFA")
    assert _ask(sandbox, open_client, user)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_pool_without_mfa_asks_for_no_factor(
    sandbox: Sandbox, open_client: AppClient, settings: Callable[..., object]
) -> None:
    settings(mfa=MfaConfiguration.OFF)
    assert "AuthenticationResult" in _ask(sandbox, open_client, _user(sandbox, "EMAIL_OTP"))


def test_a_factor_the_pool_does_not_allow_is_not_asked_for(
    sandbox: Sandbox, open_client: AppClient, settings: Callable[..., object]
) -> None:
    settings(mfa_factors=("SMS_MFA",))
    assert "AuthenticationResult" in _ask(sandbox, open_client, _user(sandbox, "EMAIL_OTP"))


def test_a_pool_that_requires_a_factor_uses_the_factors_of_the_account(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(mfa=MfaConfiguration.REQUIRED)
    assert _ask(sandbox, open_client, user)["ChallengeName"] == "EMAIL_OTP"
    settings(mfa_factors=("SMS_MFA", "SOFTWARE_TOKEN_MFA"))
    body = _ask(sandbox, open_client, user)
    assert body["ChallengeName"] == "MFA_SETUP"
    can = json.loads(body["ChallengeParameters"]["MFAS_CAN_SETUP"])
    assert can == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    user.attributes |= {"phone_number": "+15555550100", "phone_number_verified": "true"}
    assert _ask(sandbox, open_client, user)["ChallengeName"] == "SMS_MFA"


def test_the_password_is_replaced_before_a_factor_is_asked_for(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    user = _user(sandbox, "EMAIL_OTP", status=UserStatus.FORCE_CHANGE_PASSWORD)
    body = _ask(sandbox, open_client, user)
    assert body["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    body = respond(
        sandbox,
        open_client,
        "NEW_PASSWORD_REQUIRED",
        body["Session"],
        user.username,
        NEW_PASSWORD="Brand-New-Horse-8",
        **{"userAttributes.given_name": "G", "userAttributes.family_name": "N"},
    ).body
    assert body["ChallengeName"] == "EMAIL_OTP"
    assert _answer(sandbox, open_client, user, body, _code(sandbox, user, "EMAIL_OTP")).result


# A user's own preferences


def _prefer(sandbox: Sandbox, token: str, **settings: dict[str, bool]) -> Reply:
    return call(sandbox, "SetUserMFAPreference", AccessToken=token, **settings)


def test_a_user_turns_factors_on_and_off(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    token = sandbox.issue_tokens(user.email)["AccessToken"]
    on = {"Enabled": True, "PreferredMfa": True}
    assert _prefer(sandbox, token, EmailMfaSettings=on).body == {}
    shown = call(sandbox, "GetUser", AccessToken=token).body
    assert shown["UserMFASettingList"] == ["EMAIL_OTP"]
    assert shown["PreferredMfaSetting"] == "EMAIL_OTP"
    assert _ask(sandbox, open_client, user)["ChallengeName"] == "EMAIL_OTP"
    assert _prefer(sandbox, token, EmailMfaSettings={"Enabled": False}).body == {}
    assert "AuthenticationResult" in _ask(sandbox, open_client, user)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"SoftwareTokenMfaSettings": {"Enabled": True}},
            "User has not verified software token mfa",
        ),
        (
            {"SMSMfaSettings": {"Enabled": True}},
            "User does not have delivery config set to turn on SMS_MFA",
        ),
        ({"EmailMfaSettings": {"PreferredMfa": True}}, "must be enabled"),
        (
            {
                "EmailMfaSettings": {"Enabled": True, "PreferredMfa": True},
                "SMSMfaSettings": {"Enabled": True, "PreferredMfa": True},
            },
            "Only one",
        ),
    ],
)
def test_a_preference_for_a_factor_that_the_user_lacks_is_refused(
    sandbox: Sandbox, user: User, settings: dict[str, Any], said: str
) -> None:
    token = sandbox.issue_tokens(user.email)["AccessToken"]
    kind, message = _prefer(sandbox, token, **settings).refusal
    assert kind == "InvalidParameterException"
    assert said in message
    assert user.mfa == ()
