"""Pools that remember devices: registration, proof, renewal, forgotten devices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from canaries import register
from osdu_auth.cognito.app_client import AppClient
from osdu_auth.cognito.challenges import (
    RememberDevice,
    RememberDeviceQuestion,
    answers_from,
    unattended,
)
from osdu_auth.cognito.renewal import renew
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.cognito.sign_in_attempt import SignInOptions
from osdu_auth.errors import OsduAuthError, SessionEnded
from osdu_auth.sandbox import DeviceTracking, PoolSettings
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.challenges import Answer, Answers, Challenge
    from osdu_auth.cognito.device import Device
    from osdu_auth.cognito.sign_in import SignedIn
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.tokens import TokenSet

PASSWORD = "Correct-Horse-7"
FLOWS = ("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")


@pytest.fixture(autouse=True)
def tracking(sandbox: Sandbox) -> Iterator[None]:
    sandbox.pool.settings = replace(PoolSettings(), device_tracking=DeviceTracking.ALWAYS)
    yield
    sandbox.pool.settings = PoolSettings()


@pytest.fixture
def email(sandbox: Sandbox, request: pytest.FixtureRequest) -> str:
    email = f"device-{abs(hash(request.node.name))}@example.com"
    sandbox.pool.add_user(email=email, password=PASSWORD)
    return email


class Pool:
    def __init__(self, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> None:
        self.pool, self.app_client, self.sandbox = pool, app_client, sandbox
        self.notes: list[str] = []

    def sign_in(
        self,
        email: str,
        answers: Answers = unattended,
        device: Device | None = None,
        **options: Any,
    ) -> SignedIn:
        self.sandbox.requests.clear()
        signed_in = sign_in(
            self.pool, self.app_client, email, Secret(PASSWORD), answers,
            options=SignInOptions(user_pool_id=self.sandbox.user_pool_id, device=device, **options),
        )  # fmt: skip
        self.notes += map(str, signed_in.notes)
        if signed_in.device is not None:
            register(signed_in.device.password.reveal())
        return signed_in

    def renew(self, signed_in: SignedIn, device: Device | None) -> TokenSet:
        key = None if device is None else device.key
        return renew(self.pool, self.app_client, signed_in.tokens, device_key=key)

    @property
    def operations(self) -> list[str | None]:
        return [request.operation for request in self.sandbox.requests]


@pytest.fixture
def far(pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> Pool:
    return Pool(pool, app_client, sandbox)


def forget(sandbox: Sandbox, device: Device | None) -> None:
    assert device is not None
    known = sandbox.pool.devices._devices
    del known[device.key.reveal()]


def test_a_new_device_is_confirmed_and_renewal_works(far: Pool, email: str) -> None:
    signed_in = far.sign_in(email)
    assert far.operations[-1] == "ConfirmDevice"
    assert signed_in.device is not None
    assert far.renew(signed_in, signed_in.device).access_token
    with pytest.raises(SessionEnded, match="OA-S413"):
        far.renew(signed_in, None)


def test_a_known_device_proves_its_password(far: Pool, email: str) -> None:
    device = far.sign_in(email).device
    again = far.sign_in(email, device=device)
    assert again.device == device
    assert "ConfirmDevice" not in far.operations
    assert far.renew(again, device).access_token


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("with_secret", [False, True])
@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("factor", [None, "SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_MFA"])
def test_every_factor_works_with_and_without_secret_rotation_and_device(
    factor: str | None, tracked: bool, with_secret: bool, rotation: bool, pool: UserPoolApi,
    sandbox: Sandbox, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    if not tracked:
        sandbox.pool.settings = PoolSettings()
    email = f"table-{abs(hash(request.node.name))}@example.com"
    mfa = [factor] if factor else []
    sandbox.pool.add_user(email=email, password=PASSWORD, mfa=mfa, preferred_mfa=factor)
    made = sandbox.pool.add_app_client(
        "table", generate_secret=with_secret, explicit_auth_flows=FLOWS, rotation=rotation
    )
    app_client = AppClient(
        made.client_id, Secret(made.client_secret) if made.client_secret else None
    )
    far = Pool(pool, app_client, sandbox)
    username = sandbox.pool.user(email).username

    def code(_: Challenge) -> str:
        if factor == "SOFTWARE_TOKEN_MFA":
            return sandbox.pool.totp_code(email)
        return sandbox.outbox.last_code(username)

    signed_in = far.sign_in(email, answers_from(code=code))
    tokens, device = signed_in.tokens, signed_in.device
    assert (device is not None) == tracked
    for _ in range(2):
        tokens = renew(pool, app_client, tokens, device_key=device.key if device else None)
    # A remembered device replaces the second factor.
    again = far.sign_in(email, unattended if tracked or not factor else answers_from(
        code=lambda _: sandbox.pool.totp_code(email, steps_ahead=1)
        if factor == "SOFTWARE_TOKEN_MFA" else sandbox.outbox.last_code(username)
    ), device=device)  # fmt: skip
    assert far.renew(again, again.device).access_token
    assert far.notes == []


def test_an_unknown_device_is_left_out_and_a_new_one_is_registered(
    far: Pool, email: str, sandbox: Sandbox
) -> None:
    device = far.sign_in(email).device
    forget(sandbox, device)
    signed_in = far.sign_in(email, device=device)
    assert signed_in.device is not None
    assert signed_in.device != device
    assert far.renew(signed_in, signed_in.device).access_token


def test_a_device_with_another_password_is_left_out(far: Pool, email: str) -> None:
    device = far.sign_in(email).device
    assert device is not None
    signed_in = far.sign_in(email, device=device._replace(password=Secret("not that one")))
    assert signed_in.device not in {None, device}
    assert far.operations.count("InitiateAuth") == 2


def test_the_user_is_asked_whether_to_remember_the_device_if_the_pool_wants_that(
    far: Pool, email: str, sandbox: Sandbox
) -> None:
    sandbox.pool.settings = replace(
        sandbox.pool.settings, device_tracking=DeviceTracking.USER_OPT_IN
    )
    asked: list[Challenge] = []

    def yes(challenge: Challenge) -> Answer:
        asked.append(challenge)
        return RememberDevice(remember=True)

    device = far.sign_in(email, yes, device_name="osdu-auth on a test").device
    assert isinstance(asked[0], RememberDeviceQuestion)
    assert asked[0].device_name == "osdu-auth on a test"
    assert far.operations[-2:] == ["ConfirmDevice", "UpdateDeviceStatus"]
    assert device is not None
    far.sign_in(email, unattended)
    assert far.operations[-1] == "ConfirmDevice"
    far.sign_in(email, answers_from(remember_device=True))
    assert far.operations[-1] == "UpdateDeviceStatus"


def test_a_failed_device_registration_is_a_note_and_the_sign_in_succeeds(
    far: Pool, email: str, sandbox: Sandbox
) -> None:
    sandbox.faults.error("ConfirmDevice", "InternalErrorException", "no")
    signed_in = far.sign_in(email)
    assert signed_in.tokens.access_token
    assert signed_in.device is None
    assert "could not register" in far.notes[0]
    assert far.operations.count("ConfirmDevice") == 1


def test_a_renewal_by_the_older_operation_names_the_device_too(
    far: Pool, email: str, sandbox: Sandbox
) -> None:
    signed_in = far.sign_in(email)
    sandbox.faults.error("GetTokensFromRefreshToken", "UnknownOperationException", "no")
    assert far.renew(signed_in, signed_in.device).access_token


def test_a_device_shows_no_secret(far: Pool, email: str) -> None:
    device = far.sign_in(email).device
    assert device is not None
    shown = repr(device)
    assert device.password.reveal() not in shown
    assert device.key.reveal() not in shown


def test_a_wrong_password_is_not_blamed_on_the_device(
    far: Pool, email: str, sandbox: Sandbox
) -> None:
    device = far.sign_in(email).device
    sandbox.requests.clear()
    with pytest.raises(OsduAuthError, match="OA-S310"):
        sign_in(
            far.pool, far.app_client, email, Secret("Wrong-password-1"), unattended,
            options=SignInOptions(user_pool_id=sandbox.user_pool_id, device=device),
        )  # fmt: skip
    assert far.operations.count("InitiateAuth") == 1
