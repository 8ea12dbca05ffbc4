"""The AWS SDK for Python against the sandbox: both understand what the other sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import DeviceTracking
from sandbox.raw_client import FLOWS, PASSWORD, hashed

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

boto3 = pytest.importorskip("boto3")
botocore_config = pytest.importorskip("botocore.config")


@pytest.fixture
def sdk(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # The operations are unsigned; without this the SDK looks for credentials all the same.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    config = botocore_config.Config(retries={"total_max_attempts": 1})
    client = boto3.client(
        "cognito-idp", region_name=sandbox.region, endpoint_url=sandbox.endpoint_url, config=config
    )
    yield client
    client.close()


def _sign_in(sdk: Any, app_client: AppClient, name: str, password: str) -> Any:
    return sdk.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=app_client.client_id,
        AuthParameters={"USERNAME": name, "PASSWORD": password, **hashed(app_client, name)},
    )


def test_the_sdk_signs_in_renews_and_signs_out(sdk: Any, app_client: AppClient, user: User) -> None:
    result = _sign_in(sdk, app_client, user.email, PASSWORD)["AuthenticationResult"]
    assert sdk.get_user(AccessToken=result["AccessToken"])["Username"] == user.username
    renewed = sdk.get_tokens_from_refresh_token(
        RefreshToken=result["RefreshToken"],
        ClientId=app_client.client_id,
        ClientSecret=app_client.client_secret,
    )["AuthenticationResult"]
    sdk.revoke_token(
        Token=result["RefreshToken"],
        ClientId=app_client.client_id,
        ClientSecret=app_client.client_secret,
    )
    with pytest.raises(sdk.exceptions.NotAuthorizedException, match="Access Token has been revoke"):
        sdk.global_sign_out(AccessToken=renewed["AccessToken"])


def test_the_sdk_answers_the_first_login_challenge(
    sdk: Any, app_client: AppClient, new_user: User
) -> None:
    challenge = _sign_in(sdk, app_client, new_user.email, PASSWORD)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    wanted = json.loads(challenge["ChallengeParameters"]["requiredAttributes"])
    name = challenge["ChallengeParameters"]["USER_ID_FOR_SRP"]
    responses = {"USERNAME": name, "NEW_PASSWORD": "short", **hashed(app_client, name)}
    responses |= dict.fromkeys(wanted, "Grace")
    members = {
        "ClientId": app_client.client_id,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": challenge["Session"],
    }
    with pytest.raises(sdk.exceptions.InvalidPasswordException, match="not long enough"):
        sdk.respond_to_auth_challenge(**members, ChallengeResponses=responses)
    responses["NEW_PASSWORD"] = "Brand-New-Horse-8"
    done = sdk.respond_to_auth_challenge(**members, ChallengeResponses=responses)
    assert done["AuthenticationResult"]["AccessToken"]


def test_the_sdk_raises_its_own_exception_for_each_refusal(
    sdk: Any, sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    with pytest.raises(sdk.exceptions.NotAuthorizedException) as refused:
        _sign_in(sdk, app_client, user.email, "wrong")
    assert refused.value.response["Error"] == {
        "Code": "NotAuthorizedException",
        "Message": "Incorrect username or password.",
    }
    with pytest.raises(sdk.exceptions.ResourceNotFoundException):
        sdk.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId="nosuchclient", AuthParameters={})
    sandbox.faults.throttle("InitiateAuth")
    with pytest.raises(sdk.exceptions.TooManyRequestsException, match="Rate exceeded"):
        _sign_in(sdk, app_client, user.email, PASSWORD)


def test_the_sdk_knows_the_reuse_of_a_rotated_token(sdk: Any, sandbox: Sandbox, user: User) -> None:
    rotating = sandbox.pool.add_app_client(
        "rotating", generate_secret=False, explicit_auth_flows=FLOWS, rotation=True
    )
    token = _sign_in(sdk, rotating, user.email, PASSWORD)["AuthenticationResult"]["RefreshToken"]
    members = {"RefreshToken": token, "ClientId": rotating.client_id}
    again = sdk.get_tokens_from_refresh_token(**members)["AuthenticationResult"]
    assert again["RefreshToken"] != token
    with pytest.raises(sdk.exceptions.RefreshTokenReuseException):
        sdk.get_tokens_from_refresh_token(**members)


def test_the_sdk_reads_every_kind_of_reply(
    sdk: Any, sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    sandbox.pool.change_app_client(
        public_client.client_id,
        explicit_auth_flows=frozenset({"ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"}),
    )
    before = sandbox.pool.settings
    sandbox.pool.change_settings(device_tracking=DeviceTracking.ALWAYS)
    try:
        client_id, name = public_client.client_id, {"USERNAME": user.email}
        chosen = sdk.initiate_auth(AuthFlow="USER_AUTH", ClientId=client_id, AuthParameters=name)
        assert "PASSWORD_SRP" in chosen["AvailableChallenges"]
        proof = sdk.initiate_auth(
            AuthFlow="USER_SRP_AUTH", ClientId=client_id, AuthParameters={**name, "SRP_A": "2"}
        )
        assert "Session" not in proof
        token = sandbox.issue_tokens(user.email)["AccessToken"]
        key = sandbox.issue_tokens(user.email)["NewDeviceMetadata"]["DeviceKey"]
        with pytest.raises(sdk.exceptions.InvalidParameterException, match="Invalid device key"):
            sdk.confirm_device(AccessToken=token, DeviceKey=key)
        assert sdk.list_devices(AccessToken=token)["Devices"] == []
        assert sdk.associate_software_token(AccessToken=token)["SecretCode"]
        with pytest.raises(sdk.exceptions.EnableSoftwareTokenMFAException, match="Code mismatch"):
            sdk.verify_software_token(AccessToken=token, UserCode="000000")
        sdk.set_user_mfa_preference(AccessToken=token, EmailMfaSettings={"Enabled": True})
        assert sdk.get_user(AccessToken=token)["UserMFASettingList"] == ["EMAIL_OTP"]
        sent = sdk.forgot_password(ClientId=client_id, Username=user.email)
        assert sent["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    finally:
        sandbox.pool.settings = before


def test_the_sdk_calls_each_operation_of_an_account(
    sandbox: Sandbox, sdk: Any, public_client: AppClient, user: User
) -> None:
    token = _sign_in(sdk, public_client, user.email, PASSWORD)["AuthenticationResult"][
        "AccessToken"
    ]
    new = [{"Name": "email", "Value": f"sdk-{user.email}"}, {"Name": "locale", "Value": "nb"}]
    sent = sdk.update_user_attributes(AccessToken=token, UserAttributes=new)
    assert sent["CodeDeliveryDetailsList"][0]["AttributeName"] == "email"
    sdk.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    code = sandbox.outbox.last_code(user.email, "VERIFY_EMAIL")
    sdk.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    sdk.delete_user_attributes(AccessToken=token, UserAttributeNames=["locale"])
    assert sdk.get_user_auth_factors(AccessToken=token)["Username"] == user.username
    sdk.delete_user(AccessToken=token)
    assert sandbox.pool.find_user(user.email) is None


@pytest.mark.newest
def test_the_sdk_gets_the_name_of_an_operation_that_is_not_served(sdk: Any) -> None:
    refused = sdk.exceptions.OperationNotEnabledException
    with pytest.raises(refused, match="does not serve ListUserSessions"):
        sdk.list_user_sessions(AccessToken="a.b.c")
