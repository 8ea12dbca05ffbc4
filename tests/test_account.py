"""`Account`: passwords, sign-up, second factors, devices, and the end of all sessions."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth import MemoryStore, OsduAuthError, Profile, Secret, Session, SignInRequired
from osdu_auth.account import Account
from osdu_auth.cognito.challenges import TotpSetUpRequired, answers_from, unattended
from osdu_auth.errors import ChallengeUnanswered, ServiceBusy, SignInRefused, Unreachable
from osdu_auth.sandbox import DeviceTracking, PoolSettings, Sandbox, UserStatus
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken
from session_test_parts import sign_in_without_srp

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "Correct-Horse-7"
NEXT = "Better-Horse-88"


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        register(running.password, running.client_secret, PASSWORD, NEXT)
        yield running


@pytest.fixture
def sandbox(own_sandbox: Sandbox) -> Iterator[Sandbox]:
    own_sandbox.requests.clear()
    yield own_sandbox
    own_sandbox.faults.clear()
    own_sandbox.pool.settings = PoolSettings()


@pytest.fixture(params=["direct", "boto3"])
def session(request: pytest.FixtureRequest, profile: Profile) -> Session:
    return Session(replace(profile, transport=request.param), store=MemoryStore())


@pytest.fixture
def account(session: Session) -> Account:
    return Account(session)


@pytest.fixture
def email(sandbox: Sandbox, request: pytest.FixtureRequest) -> str:
    """A user who is not signed in."""
    email = f"account-{abs(hash(request.node.name))}@example.com"
    sandbox.pool.add_user(email=email, password=PASSWORD)
    return email


@pytest.fixture
def signed_in(session: Session, email: str, sandbox: Sandbox) -> str:
    sign_in_without_srp(session, sandbox, email, PASSWORD)
    sandbox.requests.clear()
    return email


def operations(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


def code_for(sandbox: Sandbox, email: str) -> Secret:
    return Secret(sandbox.outbox.last_code(email))


def test_a_forgotten_password_is_replaced(
    account: Account, session: Session, email: str, sandbox: Sandbox
) -> None:
    sent = account.request_password_reset(email)
    assert sent.medium == "EMAIL"
    assert sent.destination
    assert email not in sent.destination
    account.reset_password(email, code_for(sandbox, email), Secret(NEXT))
    assert operations(sandbox) == ["ForgotPassword", "ConfirmForgotPassword"]
    assert session.sign_in(email, Secret(NEXT), unattended).tokens.access_token


def test_a_wrong_code_or_a_weak_password_changes_nothing(
    account: Account, session: Session, email: str, sandbox: Sandbox
) -> None:
    account.request_password_reset(email)
    with pytest.raises(SignInRefused, match="OA-S321"):
        account.reset_password(email, Secret("000000"), Secret(NEXT))
    with pytest.raises(SignInRefused, match="OA-S317"):
        account.reset_password(email, code_for(sandbox, email), Secret("weak"))
    assert session.sign_in(email, Secret(PASSWORD), unattended).tokens.access_token


def test_an_expired_code_has_its_own_error(account: Account, email: str, sandbox: Sandbox) -> None:
    account.request_password_reset(email)
    sandbox.clock.advance(3700)
    with pytest.raises(SignInRefused, match="OA-S322"):
        account.reset_password(email, code_for(sandbox, email), Secret(NEXT))


def test_the_pool_s_answer_does_not_show_who_has_an_account(account: Account) -> None:
    assert account.request_password_reset("stranger@example.com").medium in {"EMAIL", "SMS", ""}


def test_a_new_account_is_confirmed_and_a_code_sent_again(
    account: Account, session: Session, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    email = f"new-{abs(hash(request.node.name))}@example.com"
    sandbox.pool.add_user(email=email, password=PASSWORD, status=UserStatus.UNCONFIRMED)
    with pytest.raises(SignInRefused, match="OA-S315"):
        session.sign_in(email, Secret(PASSWORD), unattended)
    assert account.resend_confirmation(email).medium == "EMAIL"
    with pytest.raises(SignInRefused, match="OA-S321"):
        account.confirm_sign_up(email, Secret("000000"))
    account.confirm_sign_up(email, code_for(sandbox, email))
    assert session.sign_in(email, Secret(PASSWORD), unattended).tokens.access_token
    with pytest.raises(SignInRefused, match="OA-S341"):
        account.resend_confirmation(email)


def test_a_password_is_changed_with_the_present_one(
    account: Account, session: Session, signed_in: str, sandbox: Sandbox
) -> None:
    with pytest.raises(SignInRefused, match="OA-S340"):
        account.change_password(Secret("Wrong-password-1"), Secret(NEXT))
    with pytest.raises(SignInRefused, match="OA-S317"):
        account.change_password(Secret(PASSWORD), Secret("weak"))
    account.change_password(Secret(PASSWORD), Secret(NEXT))
    assert operations(sandbox) == ["ChangePassword"] * 3
    assert session.sign_in(signed_in, Secret(NEXT), unattended).tokens.access_token


def code_now(sandbox: Sandbox, challenge: TotpSetUpRequired) -> str:
    import base64

    key = challenge.secret_key.reveal()
    register(key)
    secret = base64.b32decode(key + "=" * (-len(key) % 8))
    return SoftwareToken(secret).code_at(sandbox.clock.now())


def test_an_authenticator_app_is_set_up_and_removed(
    account: Account, session: Session, signed_in: str, sandbox: Sandbox
) -> None:
    codes = iter(["000000", ""])
    account.set_up_totp(
        answers_from(totp_set_up=lambda asked: next(codes) or code_now(sandbox, asked))
    )
    assert operations(sandbox) == [
        "AssociateSoftwareToken",
        "VerifySoftwareToken",
        "VerifySoftwareToken",
        "SetUserMFAPreference",
    ]
    with pytest.raises(ChallengeUnanswered, match="SOFTWARE_TOKEN_MFA"):
        session.sign_in(signed_in, Secret(PASSWORD), unattended)
    account.remove_totp()
    assert session.sign_in(signed_in, Secret(PASSWORD), unattended).tokens.access_token


def test_a_set_up_ends_after_three_wrong_codes(
    account: Account, signed_in: str, sandbox: Sandbox
) -> None:
    with pytest.raises(SignInRefused, match="OA-S321"):
        account.set_up_totp(answers_from(totp_set_up=lambda _: "000000"))
    assert operations(sandbox).count("VerifySoftwareToken") == 3
    assert "SetUserMFAPreference" not in operations(sandbox)


def test_devices_are_listed_and_forgotten(
    account: Account, session: Session, email: str, sandbox: Sandbox
) -> None:
    sandbox.pool.settings = replace(sandbox.pool.settings, device_tracking=DeviceTracking.ALWAYS)
    other = Session(session.profile, store=MemoryStore())
    other.sign_in(email, Secret(PASSWORD), unattended)
    session.sign_in(email, Secret(PASSWORD), unattended)
    listed = account.devices()
    assert [device.is_this_one for device in listed].count(True) == 1
    assert all(device.name.startswith("osdu-auth on ") for device in listed)
    assert all(device.last_used_at for device in listed)
    (theirs,) = (device for device in listed if not device.is_this_one)
    account.forget_device(theirs.key)
    assert len(account.devices()) == 1
    with pytest.raises(SignInRefused, match="OA-S348"):
        account.forget_device(theirs.key)
    with pytest.raises(OsduAuthError, match="OA-S41"):
        other.renew()


def test_signing_out_everywhere_ends_every_session_and_deletes_this_one(
    account: Account, session: Session, signed_in: str, sandbox: Sandbox
) -> None:
    other = Session(session.profile, store=MemoryStore())
    other.sign_in(signed_in, Secret(PASSWORD), unattended)
    account.sign_out_everywhere()
    assert sandbox.requests.count("GlobalSignOut") == 1
    with pytest.raises(SignInRequired):
        session.token()
    with pytest.raises(OsduAuthError, match="OA-S41"):
        other.renew()


def test_signing_out_everywhere_deletes_nothing_if_the_pool_fails(
    account: Account, session: Session, signed_in: str, sandbox: Sandbox
) -> None:
    sandbox.faults.drop("GlobalSignOut", times=None)
    with pytest.raises(Unreachable):
        account.sign_out_everywhere()
    assert session.token()


def test_without_a_sign_in_the_error_says_so(account: Account) -> None:
    for operation in (account.remove_totp, account.devices, account.sign_out_everywhere):
        with pytest.raises(SignInRequired, match="OA-S301"):
            operation()


@pytest.mark.parametrize("fault", ["throttle", "drop", "lose_reply"])
def test_an_operation_that_could_do_harm_twice_is_sent_once(
    fault: str, account: Account, signed_in: str, sandbox: Sandbox
) -> None:
    getattr(sandbox.faults, fault)("*", times=None)
    secret = Secret("123456")
    attempts = (
        lambda: account.request_password_reset(signed_in),
        lambda: account.reset_password(signed_in, secret, Secret(NEXT)),
        lambda: account.confirm_sign_up(signed_in, secret),
        lambda: account.resend_confirmation(signed_in),
        lambda: account.change_password(Secret(PASSWORD), Secret(NEXT)),
        lambda: account.set_up_totp(unattended),
        lambda: account.forget_device("us-east-1_0123"),
        account.sign_out_everywhere,
    )
    for attempt in attempts:
        with pytest.raises((Unreachable, ServiceBusy)):
            attempt()
    assert len(sandbox.requests) == len(attempts)


def test_too_many_attempts_are_an_error_and_are_not_retried(
    account: Account, email: str, sandbox: Sandbox
) -> None:
    sandbox.faults.error(
        "ForgotPassword", "LimitExceededException",
        "Attempt limit exceeded, please try after some time.", times=None,
    )  # fmt: skip
    with pytest.raises(ServiceBusy, match="OA-N642"):
        account.request_password_reset(email)
    assert len(sandbox.requests) == 1


def test_a_list_of_devices_without_an_end_is_an_error(
    account: Account, signed_in: str, sandbox: Sandbox
) -> None:
    sandbox.faults.reply(
        "ListDevices", body='{"Devices": [], "PaginationToken": "more"}',
        content_type="application/x-amz-json-1.1", times=None,
    )  # fmt: skip
    begun = time.perf_counter()
    with pytest.raises(OsduAuthError, match="OA-N662"):
        account.devices()
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize("body", [
    '{"Devices": 7}', '{"Devices": ["x"]}', '{"Devices": [{}]}', '{"Devices": [{"DeviceKey": ""}]}',
    '{"Devices": [{"DeviceKey": "k", "DeviceAttributes": 7}]}',
])  # fmt: skip
def test_an_invalid_list_of_devices_is_unusable(
    body: str, profile: Profile, email: str, sandbox: Sandbox
) -> None:
    session = Session(profile, store=MemoryStore())
    session.sign_in(email, Secret(PASSWORD), unattended)
    sandbox.faults.reply("ListDevices", body=body, content_type="application/x-amz-json-1.1")
    with pytest.raises(OsduAuthError, match="OA-N635"):
        Account(session).devices()
