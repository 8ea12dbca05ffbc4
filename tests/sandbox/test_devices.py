"""Remembered devices: keys, verifiers, and a device in place of a second factor."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import CustomQuestion, DeviceTracking
from sandbox.raw_client import PASSWORD, Reply, call, claims, initiate, renew, respond, sign_in
from sandbox.srp_client import N, SrpClient, SrpSignIn, java_bytes, sha256_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User

INVALID = ("NotAuthorizedException", "Invalid Refresh Token.")
NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
NO_KEY = ("InvalidParameterException", "Invalid device key given.")
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOT_YOURS = ("NotAuthorizedException", "Invalid session for the user.")


@pytest.fixture(autouse=True)
def _tracking(settings: Callable[..., object]) -> None:
    settings(device_tracking=DeviceTracking.ALWAYS)


@dataclass
class ClientDevice:
    """The data of a device that a client keeps."""

    key: str
    group_key: str
    password: str
    tokens: dict[str, Any]
    salt: bytes = b"\x91" * 16

    @property
    def config(self) -> dict[str, str]:
        client = SrpClient(self.group_key, self.password)
        inner = sha256_number(f"{client.group}{self.key}:{client.password}".encode())
        salt = java_bytes(int.from_bytes(self.salt, "big"))
        x = sha256_number(salt, inner.to_bytes(32, "big"))
        verifier = java_bytes(pow(2, x, N))
        return {
            "PasswordVerifier": base64.b64encode(verifier).decode(),
            "Salt": base64.b64encode(self.salt).decode(),
        }


def _new_device(
    sandbox: Sandbox, app_client: AppClient, user: User, *, confirmed: bool = True
) -> ClientDevice:
    result = SrpSignIn(sandbox, app_client, user.email).run().result
    metadata = result["NewDeviceMetadata"]
    device = ClientDevice(
        metadata["DeviceKey"], metadata["DeviceGroupKey"], secrets.token_urlsafe(30), result
    )
    if confirmed:
        assert _confirm(sandbox, device).body == {"UserConfirmationNecessary": False}
    return device


def _confirm(sandbox: Sandbox, device: ClientDevice, **changes: Any) -> Reply:
    members = {
        "AccessToken": device.tokens["AccessToken"],
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": device.config,
        "DeviceName": "my laptop",
        **changes,
    }
    return call(sandbox, "ConfirmDevice", **members)


def _prove_device(
    sandbox: Sandbox, app_client: AppClient, user: User, body: Any, device: ClientDevice
) -> Reply:
    """Answer DEVICE_SRP_AUTH and then DEVICE_PASSWORD_VERIFIER."""
    assert body["ChallengeName"] == "DEVICE_SRP_AUTH"
    client = SrpClient(device.group_key, device.password)
    asked = respond(
        sandbox,
        app_client,
        "DEVICE_SRP_AUTH",
        body["Session"],
        user.username,
        DEVICE_KEY=device.key,
        SRP_A=client.srp_a,
    ).body
    assert asked["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    responses = client.answers(asked["ChallengeParameters"], sandbox.clock.now(), name=device.key)
    return respond(
        sandbox,
        app_client,
        "DEVICE_PASSWORD_VERIFIER",
        asked["Session"],
        user.username,
        DEVICE_KEY=device.key,
        **responses,
    )


def _sign_in_from(sandbox: Sandbox, app_client: AppClient, user: User, device: ClientDevice) -> Any:
    attempt = SrpSignIn(sandbox, app_client, user.email)
    attempt.ask()
    reply = attempt.answer(DEVICE_KEY=device.key)
    assert reply.status == 200, reply.raw
    return reply.body


def test_without_tracking_there_is_no_device(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(device_tracking=DeviceTracking.OFF)
    result = SrpSignIn(sandbox, open_client, user.email).run().result
    assert "NewDeviceMetadata" not in result
    assert "device_key" not in claims(result["AccessToken"])


def test_a_sign_in_gives_a_new_device_its_keys(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    device = _new_device(sandbox, open_client, user, confirmed=False)
    assert re.fullmatch(r"us-east-1_[0-9a-f-]{36}", device.key)
    assert re.fullmatch(r"-[A-Za-z0-9]{8}", device.group_key)
    assert claims(device.tokens["AccessToken"])["device_key"] == device.key
    assert "device_key" not in claims(device.tokens["IdToken"])


def test_a_confirmed_device_proves_itself_from_then_on(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    device = _new_device(sandbox, open_client, user)
    body = _sign_in_from(sandbox, open_client, user, device)
    assert body["ChallengeParameters"]["DEVICE_KEY"] == device.key
    result = _prove_device(sandbox, open_client, user, body, device).result
    assert "NewDeviceMetadata" not in result
    assert claims(result["AccessToken"])["device_key"] == device.key


@pytest.mark.parametrize("salt", [b"\0" + b"\x81" * 15, b"\xff" * 16, b"\0\0" + b"\x01" * 14])
def test_a_device_s_salt_is_a_number(
    sandbox: Sandbox, open_client: AppClient, user: User, salt: bytes
) -> None:
    device = _new_device(sandbox, open_client, user, confirmed=False)
    device.salt = salt
    assert _confirm(sandbox, device).status == 200
    body = _sign_in_from(sandbox, open_client, user, device)
    assert _prove_device(sandbox, open_client, user, body, device).result


def test_a_plain_password_leads_to_the_device_too(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    device = _new_device(sandbox, open_client, user)
    body = initiate(
        sandbox,
        open_client,
        "USER_PASSWORD_AUTH",
        USERNAME=user.email,
        PASSWORD=PASSWORD,
        DEVICE_KEY=device.key,
    ).body
    assert _prove_device(sandbox, open_client, user, body, device).result


def test_a_wrong_device_password_is_refused_and_counts(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    device = _new_device(sandbox, open_client, user)
    body = _sign_in_from(sandbox, open_client, user, device)
    device.password = "another"
    assert _prove_device(sandbox, open_client, user, body, device).refusal == WRONG
    assert user.lockout.failures == 1


def test_an_unknown_device_is_refused_and_the_proof_may_be_sent_without_it(
    sandbox: Sandbox, open_client: AppClient, user: User, new_user: User
) -> None:
    foreign = _new_device(sandbox, open_client, user)
    pending = _new_device(sandbox, open_client, user, confirmed=False)
    other = sandbox.pool.add_user(email=f"other{new_user.username}@example.com", password=PASSWORD)
    for owner, key in ((other, foreign.key), (user, pending.key), (user, "us-east-1_0-0")):
        attempt = SrpSignIn(sandbox, open_client, owner.email)
        attempt.ask()
        assert attempt.answer(DEVICE_KEY=key).refusal == NO_DEVICE
        assert attempt.answer().result["NewDeviceMetadata"]


@pytest.mark.parametrize("only_on_new", [True, False])
def test_a_remembered_device_stands_for_a_second_factor_where_the_pool_says_so(
    sandbox: Sandbox,
    open_client: AppClient,
    user: User,
    settings: Callable[..., object],
    only_on_new: bool,
) -> None:
    device = _new_device(sandbox, open_client, user)
    user.mfa = ("EMAIL_OTP",)
    settings(challenge_on_new_device_only=only_on_new)
    body = _sign_in_from(sandbox, open_client, user, device)
    if not only_on_new:
        assert body["ChallengeName"] == "EMAIL_OTP"
        code = sandbox.outbox.last_code(user.email)
        body = respond(
            sandbox,
            open_client,
            "EMAIL_OTP",
            body["Session"],
            user.username,
            EMAIL_OTP_CODE=code,
        ).body
    assert _prove_device(sandbox, open_client, user, body, device).result


def test_a_device_that_is_not_remembered_does_not_stand_for_a_second_factor(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(device_tracking=DeviceTracking.USER_OPT_IN)
    device = _new_device(sandbox, open_client, user, confirmed=False)
    assert _confirm(sandbox, device).body == {"UserConfirmationNecessary": True}
    user.mfa = ("EMAIL_OTP",)
    body = _sign_in_from(sandbox, open_client, user, device)
    assert body["ChallengeName"] == "EMAIL_OTP"
    token = device.tokens["AccessToken"]
    for status in ("remembered", "not_remembered"):
        updated = call(
            sandbox,
            "UpdateDeviceStatus",
            AccessToken=token,
            DeviceKey=device.key,
            DeviceRememberedStatus=status,
        )
        assert updated.body == {}
        asked = _sign_in_from(sandbox, open_client, user, device)["ChallengeName"]
        assert asked == ("DEVICE_SRP_AUTH" if status == "remembered" else "EMAIL_OTP")


def test_another_device_cannot_answer_for_a_device(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    first, second = (_new_device(sandbox, open_client, user) for _ in range(2))
    body = _sign_in_from(sandbox, open_client, user, first)
    client = SrpClient(first.group_key, first.password)
    asked = respond(
        sandbox,
        open_client,
        "DEVICE_SRP_AUTH",
        body["Session"],
        user.username,
        DEVICE_KEY=first.key,
        SRP_A=client.srp_a,
    ).body
    responses = client.answers(asked["ChallengeParameters"], sandbox.clock.now(), name=first.key)
    proof = partial(
        respond,
        sandbox,
        open_client,
        "DEVICE_PASSWORD_VERIFIER",
        asked["Session"],
        user.username,
    )
    assert proof(DEVICE_KEY=second.key, **responses).refusal == NO_DEVICE
    missing = proof(**responses)
    assert missing.refusal[1] == "Missing required parameter DEVICE_KEY"


def test_a_device_s_answer_needs_its_session(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    device = _new_device(sandbox, open_client, user)
    body = _sign_in_from(sandbox, open_client, user, device)
    client = SrpClient(device.group_key, device.password)
    asked = respond(
        sandbox,
        open_client,
        "DEVICE_SRP_AUTH",
        body["Session"],
        user.username,
        DEVICE_KEY=device.key,
        SRP_A=client.srp_a,
    ).body
    responses = client.answers(asked["ChallengeParameters"], sandbox.clock.now(), name=device.key)
    for session in (None, body["Session"]):
        reply = respond(
            sandbox,
            open_client,
            "DEVICE_PASSWORD_VERIFIER",
            session,
            user.username,
            DEVICE_KEY=device.key,
            **responses,
        )
        assert reply.refusal == NOT_YOURS


# Renewal


def _renew_by_flow(sandbox: Sandbox, app_client: AppClient, token: str, **parameters: str) -> Reply:
    return initiate(sandbox, app_client, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, **parameters)


def test_renewal_needs_the_sign_in_s_own_confirmed_device(
    sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    public = sandbox.pool.change_app_client(
        public_client.client_id,
        explicit_auth_flows=frozenset({"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}),
    )
    device = _new_device(sandbox, public, user, confirmed=False)
    other = _new_device(sandbox, public, user)
    token = device.tokens["RefreshToken"]

    def both_ways(key: str | None) -> list[Reply]:
        by_flow = {} if key is None else {"DEVICE_KEY": key}
        by_operation = {} if key is None else {"DeviceKey": key}
        return [
            _renew_by_flow(sandbox, public, token, **by_flow),
            call(
                sandbox,
                "GetTokensFromRefreshToken",
                ClientId=public.client_id,
                RefreshToken=token,
                **by_operation,
            ),
        ]

    assert [reply.refusal for reply in both_ways(device.key)] == [INVALID] * 2
    _confirm(sandbox, device)
    for key in (None, other.key, "us-east-1_0-0"):
        assert [reply.refusal for reply in both_ways(key)] == [INVALID] * 2
    renewed = both_ways(device.key)
    keys = {claims(reply.result["AccessToken"])["device_key"] for reply in renewed}
    assert keys == {device.key}
    forgotten = call(
        sandbox,
        "ForgetDevice",
        AccessToken=device.tokens["AccessToken"],
        DeviceKey=device.key,
    )
    assert (forgotten.status, forgotten.raw) == (200, b"")
    assert [reply.refusal for reply in both_ways(device.key)] == [INVALID] * 2


def test_a_sign_in_from_before_tracking_needs_no_device(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(device_tracking=DeviceTracking.OFF)
    token = SrpSignIn(sandbox, open_client, user.email).run().result["RefreshToken"]
    settings(device_tracking=DeviceTracking.ALWAYS)
    assert renew(sandbox, open_client, token).result


# Confirming, listing, forgetting


def test_any_access_token_of_the_user_confirms_a_device_once(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    first, second = (_new_device(sandbox, open_client, user, confirmed=False) for _ in range(2))
    of_other_user = sandbox.issue_tokens()["AccessToken"]
    assert _confirm(sandbox, first, AccessToken=of_other_user).refusal == NO_KEY
    assert _confirm(sandbox, first, DeviceKey="us-east-1_0-0").refusal == NO_KEY
    assert _confirm(sandbox, first, AccessToken=second.tokens["AccessToken"]).status == 200
    assert _confirm(sandbox, first).refusal[0] == "DeviceKeyExistsException"


def _password_sent(sandbox: Sandbox, app_client: AppClient, user: User) -> Reply:
    return sign_in(sandbox, app_client, user.email, PASSWORD)


def _password_chosen(sandbox: Sandbox, app_client: AppClient, user: User) -> Reply:
    parameters = {"USERNAME": user.email, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
    return initiate(sandbox, app_client, "USER_AUTH", **parameters)


def _questions_answered(sandbox: Sandbox, app_client: AppClient, user: User) -> Reply:
    sandbox.pool.change_settings(custom_questions=(CustomQuestion({}, "blue"),))
    body = initiate(sandbox, app_client, "CUSTOM_AUTH", USERNAME=user.email).body
    return respond(
        sandbox, app_client, "CUSTOM_CHALLENGE", body["Session"], user.username, ANSWER="blue"
    )


@pytest.mark.parametrize("flow", [_password_sent, _password_chosen, _questions_answered])
def test_the_key_of_a_sign_in_without_a_proof_of_the_password_cannot_be_confirmed(
    sandbox: Sandbox, open_client: AppClient, user: User, flow: Callable[..., Reply]
) -> None:
    result = flow(sandbox, open_client, user).result
    metadata = result["NewDeviceMetadata"]
    device = ClientDevice(metadata["DeviceKey"], metadata["DeviceGroupKey"], "secret", result)
    assert _confirm(sandbox, device).refusal == NO_KEY


@pytest.mark.parametrize("operation", ["GetDevice", "ForgetDevice"])
def test_a_device_operation_without_an_access_token_names_it(
    sandbox: Sandbox, operation: str
) -> None:
    assert call(sandbox, operation, DeviceKey="us-east-1_0-0").refusal == (
        "InvalidParameterException",
        "Missing required parameter AccessToken",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"PasswordVerifier": ""},
        {"Salt": ""},
        {"PasswordVerifier": "not base64!"},
        {"PasswordVerifier": "AA=="},
        {"PasswordVerifier": base64.b64encode(java_bytes(N)).decode()},
        {"Salt": base64.b64encode(b"x" * 100).decode()},
    ],
)
def test_a_verifier_outside_the_group_is_refused(
    sandbox: Sandbox, open_client: AppClient, user: User, changed: dict[str, Any]
) -> None:
    device = _new_device(sandbox, open_client, user, confirmed=False)
    reply = _confirm(sandbox, device, DeviceSecretVerifierConfig=device.config | changed)
    assert reply.refusal[0] == "InvalidParameterException"


def test_devices_are_listed_page_by_page_shown_and_forgotten(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    devices = [_new_device(sandbox, open_client, user) for _ in range(3)]
    _new_device(sandbox, open_client, user, confirmed=False)
    token = devices[0].tokens["AccessToken"]
    page = call(sandbox, "ListDevices", AccessToken=token, Limit=2).body
    rest = call(
        sandbox, "ListDevices", AccessToken=token, PaginationToken=page["PaginationToken"]
    ).body
    assert "PaginationToken" not in rest
    listed = [device["DeviceKey"] for device in page["Devices"] + rest["Devices"]]
    assert listed == [device.key for device in devices]
    one = call(sandbox, "GetDevice", AccessToken=token, DeviceKey=devices[1].key).body["Device"]
    attributes = {entry["Name"]: entry["Value"] for entry in one["DeviceAttributes"]}
    assert attributes["device_name"] == "my laptop"
    assert attributes["dev:device_remembered_status"] == "remembered"
    assert abs(one["DeviceCreateDate"] - sandbox.clock.now()) < 60
    for operation in ("ForgetDevice", "ForgetDevice", "GetDevice", "UpdateDeviceStatus"):
        reply = call(sandbox, operation, AccessToken=token, DeviceKey=devices[1].key)
        first = operation == "ForgetDevice" and reply.status == 200
        assert first or reply.refusal == NO_DEVICE
    assert len(call(sandbox, "ListDevices", AccessToken=token).body["Devices"]) == 2


def test_a_user_cannot_see_or_change_another_user_s_devices(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    device = _new_device(sandbox, open_client, user)
    token = sandbox.issue_tokens()["AccessToken"]
    for operation in ("GetDevice", "ForgetDevice", "UpdateDeviceStatus"):
        reply = call(sandbox, operation, AccessToken=token, DeviceKey=device.key)
        assert reply.refusal == NO_DEVICE
    assert call(sandbox, "ListDevices", AccessToken=token).body == {"Devices": []}


@pytest.mark.parametrize(
    "members",
    [
        {"Limit": 61},
        {"Limit": -1},
        {"PaginationToken": "zz"},
        {"PaginationToken": "0" * 9_999},
    ],
)
def test_a_page_of_devices_that_does_not_exist_is_refused(
    sandbox: Sandbox, members: dict[str, Any]
) -> None:
    token = sandbox.issue_tokens()["AccessToken"]
    reply = call(sandbox, "ListDevices", AccessToken=token, **members)
    assert reply.refusal[0] == "InvalidParameterException"
