"""USER_SRP_AUTH: the password is proven and never sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from osdu_auth.sandbox import UserStatus
from sandbox.raw_client import ALL_FLOWS, FLOWS, PASSWORD, initiate, respond, sign_in
from sandbox.srp_client import N, SrpSignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOT_YOURS = ("NotAuthorizedException", "Invalid session for the user.")
LATE = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
BAD_TIME = (
    "InvalidParameterException",
    "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english",
)


def test_the_right_proof_gives_tokens(sandbox: Sandbox, open_client: AppClient, user: User) -> None:
    assert SrpSignIn(sandbox, open_client, user.email).run().result["RefreshToken"]
    assert SrpSignIn(sandbox, open_client, user.username).run().result["RefreshToken"]


def test_the_workshops_user_and_both_app_clients_prove_their_password(sandbox: Sandbox) -> None:
    for client_id in (sandbox.client_id, sandbox.public_client_id):
        app_client = sandbox.pool.app_client(client_id)
        attempt = SrpSignIn(sandbox, app_client, sandbox.username, sandbox.password)
        assert attempt.run().result


def test_the_challenge_has_cognitos_parameters_and_no_session(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    body = SrpSignIn(sandbox, open_client, user.email).ask()
    assert set(body) == {"ChallengeName", "ChallengeParameters"}
    assert body["ChallengeName"] == "PASSWORD_VERIFIER"
    parameters = body["ChallengeParameters"]
    assert set(parameters) == {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "USER_ID_FOR_SRP"}
    assert parameters["USER_ID_FOR_SRP"] == parameters["USERNAME"] == user.username
    assert int(parameters["SALT"], 16) == int.from_bytes(user.salt, "big")
    assert 0 < int(parameters["SRP_B"], 16) < N


def test_a_pool_may_send_a_session_and_then_the_answer_needs_it(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(session_with_password_verifier=True)
    attempt = SrpSignIn(sandbox, open_client, user.email)
    session = attempt.ask()["Session"]
    del attempt.body["Session"]
    assert attempt.answer().refusal == NOT_YOURS
    attempt.body["Session"] = session[::-1]
    assert attempt.answer().refusal == NOT_YOURS
    attempt.body["Session"] = session
    assert attempt.answer().result


def test_the_salt_stays_until_the_password_changes(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    salts = {SrpSignIn(sandbox, open_client, user.email).ask()["ChallengeParameters"]["SALT"]}
    salts.add(SrpSignIn(sandbox, open_client, user.email).ask()["ChallengeParameters"]["SALT"])
    assert len(salts) == 1
    user.set_password("Another-Horse-8")
    salts.add(SrpSignIn(sandbox, open_client, user.email).ask()["ChallengeParameters"]["SALT"])
    assert len(salts) == 2
    assert SrpSignIn(sandbox, open_client, user.email).run().refusal == WRONG
    assert SrpSignIn(sandbox, open_client, user.email, "Another-Horse-8").run().result


@pytest.mark.parametrize(
    "salt", [b"\0" * 2 + b"\x91" * 14, b"\x0a" * 16, b"\xff" * 16, b"\0" + b"\x7f" * 15]
)
@pytest.mark.parametrize("leading_zeros", [False, True])
def test_a_salt_is_a_number_with_or_without_leading_zeros(
    sandbox: Sandbox,
    open_client: AppClient,
    user: User,
    settings: Callable[..., object],
    salt: bytes,
    leading_zeros: bool,
) -> None:
    settings(salt_with_leading_zeros=leading_zeros)
    user.salt = salt
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    written = salt.hex() if leading_zeros else salt.hex().lstrip("0")
    assert attempt.parameters["SALT"] == written
    assert attempt.answer().result


def test_a_wrong_password_uses_the_secret_block_up(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email, "wrong")
    assert attempt.run().refusal == WRONG
    attempt.client.password = PASSWORD
    assert attempt.answer().refusal == NOT_YOURS


def test_a_proof_is_valid_once(sandbox: Sandbox, open_client: AppClient, user: User) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    assert attempt.run().result
    assert attempt.answer().refusal == NOT_YOURS


def test_a_proof_must_come_within_seconds(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    sandbox.clock.advance(10)
    assert attempt.answer().refusal == LATE


def test_wrong_proofs_count_towards_the_lockout_of_passwords(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    for _ in range(3):
        assert SrpSignIn(sandbox, open_client, user.email, "wrong").run().refusal == WRONG
    for _ in range(2):
        assert sign_in(sandbox, open_client, user.email, "wrong").refusal == WRONG
    locked = ("NotAuthorizedException", "Password attempts exceeded")
    assert SrpSignIn(sandbox, open_client, user.email).run().refusal == locked
    sandbox.clock.advance(2)
    assert SrpSignIn(sandbox, open_client, user.email).run().result
    assert user.lockout.failures == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"PASSWORD_CLAIM_SIGNATURE": "AAAA"},
        {"PASSWORD_CLAIM_SIGNATURE": "kein Base64 ü"},
    ],
)
def test_a_wrong_signature_is_a_wrong_password(
    sandbox: Sandbox, open_client: AppClient, user: User, changed: dict[str, str]
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    assert attempt.answer(**changed).refusal == WRONG


def test_a_secret_block_belongs_to_one_user_one_app_client_and_one_public_value(
    sandbox: Sandbox, open_client: AppClient, user: User, new_user: User
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    block = attempt.ask()["ChallengeParameters"]["SECRET_BLOCK"]
    assert attempt.answer(name=new_user.username).refusal == NOT_YOURS
    assert attempt.answer(name="nobody").refusal == NOT_YOURS
    other = SrpSignIn(sandbox, sandbox.pool.add_app_client("other"), user.email)
    other.body = attempt.body
    assert other.answer().refusal == NOT_YOURS
    for changed in (block[:-1], block + "=", block.swapcase(), "AAAA"):
        assert attempt.answer(PASSWORD_CLAIM_SECRET_BLOCK=changed).refusal == NOT_YOURS
    second = SrpSignIn(sandbox, open_client, user.email)
    second.ask()
    assert second.answer(PASSWORD_CLAIM_SECRET_BLOCK=block).refusal == WRONG


@pytest.mark.parametrize("missing", ["USERNAME", "SRP_A"])
def test_a_missing_parameter_is_named(
    sandbox: Sandbox, open_client: AppClient, missing: str
) -> None:
    parameters = {"USERNAME": "someone", "SRP_A": "2"}
    del parameters[missing]
    reply = initiate(sandbox, open_client, "USER_SRP_AUTH", **parameters)
    assert reply.refusal == ("InvalidParameterException", f"Missing required parameter {missing}")


@pytest.mark.parametrize(
    "missing", ["PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP"]
)
def test_a_missing_part_of_a_proof_is_named_and_may_be_added(
    sandbox: Sandbox, open_client: AppClient, user: User, missing: str
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    reply = attempt.answer(**{missing: ""})
    assert reply.refusal == ("InvalidParameterException", f"Missing required parameter {missing}")
    assert attempt.answer().result


@pytest.mark.parametrize(
    "srp_a",
    [
        "0", "00", f"{N:x}", f"{2 * N:x}", f"{N + 1:x}", "-1", "0x2", "xyz", " 2", "2 ", "2\n",
        "f" * 772, "1" * 1_000, "\u0662", "1_0",
    ],
)  # fmt: skip
def test_a_public_value_outside_the_group_is_refused(
    sandbox: Sandbox, open_client: AppClient, user: User, srp_a: str
) -> None:
    reply = initiate(sandbox, open_client, "USER_SRP_AUTH", USERNAME=user.email, SRP_A=srp_a)
    kind, message = reply.refusal
    assert kind == "InvalidParameterException"
    assert message.startswith("SRP_A is not")


def test_a_public_value_may_be_written_in_capitals_and_with_zeros_before_it(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.body = initiate(
        sandbox,
        open_client,
        "USER_SRP_AUTH",
        USERNAME=user.email,
        SRP_A=f"{attempt.client.public:0770X}",
    ).body
    assert attempt.answer().result


def test_both_requests_need_the_secret_hash(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    first = initiate(
        sandbox, open_client, "USER_SRP_AUTH", USERNAME=user.email, SRP_A="2", SECRET_HASH="AAAA"
    )
    assert first.refusal[1].startswith("Unable to verify secret hash")
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    assert attempt.answer(SECRET_HASH="AAAA").refusal[1].startswith("Unable to verify secret hash")


def test_an_app_client_without_srp_says_so(sandbox: Sandbox, app_client: AppClient) -> None:
    reply = initiate(sandbox, app_client, "USER_SRP_AUTH", USERNAME="a", SRP_A="2")
    assert reply.refusal == (
        "InvalidParameterException",
        "USER_SRP_AUTH is not enabled for the client.",
    )


# Time


@pytest.mark.parametrize(
    "timestamp",
    [
        "Tue Mar 03 04:05:06 UTC 2026", "Wed Mar 3 04:05:06 UTC 2026",
        "tue mar 3 04:05:06 utc 2026",
        "Die März 3 04:05:06 UTC 2026", "Tue Mar 3 04:05:06 GMT 2026", "Tue Mar 3 4:05:06 UTC 2026",
        "Tue, Mar 3 04:05:06 UTC 2026", "2026-03-03T04:05:06Z", "Tue Mar  3 04:05:06 UTC 2026",
        "Mon Feb 30 04:05:06 UTC 2026", "Tue Mar 3 24:05:06 UTC 2026", "Tue Mar 3 04:05:06 UTC 26",
        "Tue Mar 3 04:05:60 UTC 2026", "Tue Mar 3 04:05:06 UTC 2026\n",
        "Sun Jan 0 04:05:06 UTC 2026",
        "Tue Mar \u0663 04:05:06 UTC 2026",
    ],
)  # fmt: skip
def test_a_time_in_another_form_is_refused_and_may_be_sent_again(
    sandbox: Sandbox, open_client: AppClient, user: User, timestamp: str
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    assert attempt.answer(TIMESTAMP=timestamp).refusal == BAD_TIME
    assert attempt.answer().result


@pytest.mark.parametrize("seconds", [-600, 600])
def test_a_time_that_is_ten_minutes_away_is_refused(
    sandbox: Sandbox,
    open_client: AppClient,
    user: User,
    settings: Callable[..., object],
    seconds: int,
) -> None:
    settings(proofs_follow_skipped_time=True)
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    moment = sandbox.clock.now() + seconds
    refused = attempt.answer(**attempt.client.answers(attempt.parameters, moment))
    assert refused.refusal == WRONG
    assert user.lockout.failures == 0
    assert attempt.answer().result


def test_a_client_may_have_the_machine_s_time_when_a_test_has_skipped_some(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    skipping = sandbox.clock.now() - sandbox.clock.machine_time()
    sandbox.clock.advance(86_400)
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    moment = sandbox.clock.now() - 86_400 - skipping
    proof_responses = attempt.client.answers(attempt.parameters, moment)
    settings(proofs_follow_skipped_time=True)
    assert attempt.answer(**proof_responses).refusal == WRONG
    settings(proofs_follow_skipped_time=False)
    assert attempt.answer(**proof_responses).result


# Unknown users, and states of an account


def test_an_unknown_user_gets_a_challenge_like_a_real_one_and_always_the_same(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    real = SrpSignIn(sandbox, open_client, user.email).ask()["ChallengeParameters"]
    first = SrpSignIn(sandbox, open_client, "nobody@example.com")
    first.ask()
    second = SrpSignIn(sandbox, open_client, "Nobody@example.com").ask()["ChallengeParameters"]
    for name, value in real.items():
        assert abs(len(first.parameters[name]) - len(value)) <= 4
    for name in ("SALT", "USER_ID_FOR_SRP"):
        assert first.parameters[name] == second[name]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", second["USER_ID_FOR_SRP"])
    assert first.answer().refusal == WRONG
    for _ in range(4):
        SrpSignIn(sandbox, open_client, "nobody@example.com").run()
    locked = SrpSignIn(sandbox, open_client, "nobody@example.com").run()
    assert locked.refusal == ("NotAuthorizedException", "Password attempts exceeded")


def test_the_legacy_setting_shows_that_a_user_does_not_exist(sandbox: Sandbox) -> None:
    legacy = sandbox.pool.add_app_client(
        "legacy", explicit_auth_flows=ALL_FLOWS, prevent_user_existence_errors=False
    )
    reply = initiate(sandbox, legacy, "USER_SRP_AUTH", USERNAME="nobody@example.com", SRP_A="2")
    assert reply.refusal == ("UserNotFoundException", "User does not exist.")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (UserStatus.UNCONFIRMED, "UserNotConfirmedException"),
        (UserStatus.RESET_REQUIRED, "PasswordResetRequiredException"),
    ],
)
def test_the_state_of_an_account_is_shown_only_after_the_proof(
    sandbox: Sandbox, open_client: AppClient, user: User, status: UserStatus, kind: str
) -> None:
    user.status = status
    assert SrpSignIn(sandbox, open_client, user.email, "wrong").run().refusal == WRONG
    assert SrpSignIn(sandbox, open_client, user.email).run().refusal[0] == kind


def test_a_disabled_user_is_refused_after_the_proof(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    sandbox.pool.set_enabled(user.email, enabled=False)
    reply = SrpSignIn(sandbox, open_client, user.email).run()
    assert reply.refusal == ("NotAuthorizedException", "User is disabled.")


def test_a_temporary_password_is_proven_and_then_replaced(
    sandbox: Sandbox, open_client: AppClient, new_user: User
) -> None:
    body = SrpSignIn(sandbox, open_client, new_user.email).run().body
    assert body["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    names = {"userAttributes.given_name": "Grace", "userAttributes.family_name": "Newcomer"}
    reply = respond(
        sandbox,
        open_client,
        "NEW_PASSWORD_REQUIRED",
        body["Session"],
        new_user.username,
        NEW_PASSWORD="Brand-New-Horse-8",
        **names,
    )
    assert reply.result
    assert SrpSignIn(sandbox, open_client, new_user.email, "Brand-New-Horse-8").run().result


def test_a_user_deleted_in_between_is_refused(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    sandbox.pool.delete_user(user.email)
    assert attempt.answer().refusal == NOT_YOURS


def test_nothing_of_a_proof_is_in_the_request_log(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    attempt = SrpSignIn(sandbox, open_client, user.email)
    attempt.ask()
    proof_responses = attempt.client.answers(attempt.parameters, sandbox.clock.now())
    attempt.answer(**proof_responses)
    logged = repr(list(sandbox.requests))
    assert not [
        value for value in (attempt.client.srp_a, *proof_responses.values()) if value in logged
    ]


def test_users_with_passwords_of_every_script_sign_in(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    passwords = [
        "päss wörd",
        "密码密码密码",
        "🐴🔋 correct",
        "e\u0301 and \u00e9",
        "x" * 256,
        "'\";--",
    ]
    for number in range(12):
        password = passwords[number % len(passwords)]
        made = sandbox.pool.add_user(email=f"srp{number}@example.com", password=password)
        assert SrpSignIn(sandbox, open_client, made.email, password).run().result


def test_an_app_client_allows_srp_by_default(sandbox: Sandbox) -> None:
    assert "ALLOW_USER_SRP_AUTH" not in FLOWS
    ordinary = sandbox.pool.add_app_client("ordinary")
    assert "ALLOW_USER_SRP_AUTH" in ordinary.explicit_auth_flows
