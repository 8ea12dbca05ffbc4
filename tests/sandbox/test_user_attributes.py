"""A signed-in user changes attributes, verifies them, and deletes the account."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.raw_client import PASSWORD, Reply, call, claims, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox, User

HOUR = 3600
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
_numbers = count(1)


@pytest.fixture
def named(sandbox: Sandbox) -> User:
    return sandbox.pool.add_user(
        email=f"named{next(_numbers)}@example.com",
        password=PASSWORD,
        attributes={"given_name": "Ada", "family_name": "Named", "locale": "nb"},
    )


def _token(sandbox: Sandbox, user: User) -> str:
    token: str = sandbox.issue_tokens(user.username)["AccessToken"]
    return token


def _update(sandbox: Sandbox, user: User, **attributes: str) -> Reply:
    listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
    return call(
        sandbox, "UpdateUserAttributes", AccessToken=_token(sandbox, user), UserAttributes=listed
    )


def _known(sandbox: Sandbox, user: User) -> dict[str, Any]:
    listed = call(sandbox, "GetUser", AccessToken=_token(sandbox, user)).body["UserAttributes"]
    return {attribute["Name"]: attribute["Value"] for attribute in listed}


def test_attributes_are_changed_and_a_blank_one_is_deleted(sandbox: Sandbox, named: User) -> None:
    reply = _update(sandbox, named, given_name="Grace", locale="", **{"custom:team": "subsurface"})
    assert reply.body == {"CodeDeliveryDetailsList": []}
    known = _known(sandbox, named)
    assert known["given_name"] == "Grace"
    assert known["custom:team"] == "subsurface"
    assert "locale" not in known
    deleted = call(
        sandbox, "DeleteUserAttributes", AccessToken=_token(sandbox, named),
        UserAttributeNames=["custom:team"],
    )  # fmt: skip
    assert deleted.body == {}
    assert "custom:team" not in _known(sandbox, named)


@pytest.mark.parametrize(
    ("attributes", "kind", "said"),
    [
        ({"sub": "x"}, "InvalidParameterException", "non-mutable attribute sub"),
        ({"email_verified": "true"}, "InvalidParameterException", "non-mutable"),
        ({"shoe_size": "44"}, "InvalidParameterException", "could not be determined"),
        ({"given_name": ""}, "InvalidParameterException", "given_name is required"),
        ({"email": ""}, "InvalidParameterException", "email is required"),
        ({"email": "no-address"}, "InvalidParameterException", "email address format"),
        ({"phone_number": "555"}, "InvalidParameterException", "phone number format"),
        ({"email": "workshop.user@example.com"}, "AliasExistsException", "already exists"),
    ],
)
def test_an_attribute_with_an_invalid_value_changes_nothing(
    sandbox: Sandbox, named: User, attributes: dict[str, str], kind: str, said: str
) -> None:
    before = _known(sandbox, named)
    refusal = _update(sandbox, named, locale="en", **attributes).refusal
    assert refusal[0] == kind
    assert said in refusal[1]
    assert _known(sandbox, named) == before


def test_a_new_address_is_the_user_name_at_once_and_a_code_verifies_it(
    sandbox: Sandbox, app_client: AppClient, named: User
) -> None:
    new = f"other-{named.email}"
    sent = _update(sandbox, named, email=new).body["CodeDeliveryDetailsList"]
    assert sent[0]["AttributeName"] == "email"
    assert _known(sandbox, named)["email_verified"] == "false"
    tokens = sign_in(sandbox, app_client, new, PASSWORD).result
    assert claims(tokens["IdToken"])["email_verified"] is False
    code = sandbox.outbox.last_code(new, "VERIFY_EMAIL")
    members = {"AccessToken": tokens["AccessToken"], "AttributeName": "email"}
    verify = {**members, "Code": code}
    wrong = call(sandbox, "VerifyUserAttribute", **members, Code="0" if code != "0" else "1")
    assert wrong.refusal[0] == "CodeMismatchException"
    assert call(sandbox, "VerifyUserAttribute", **verify).body == {}
    assert _known(sandbox, named)["email_verified"] == "true"
    assert call(sandbox, "VerifyUserAttribute", **verify).refusal == EXPIRED


def test_an_address_that_is_not_verified_gets_no_reset_code(
    sandbox: Sandbox, public_client: AppClient, named: User
) -> None:
    _update(sandbox, named, email=f"unverified-{named.email}")
    reply = call(sandbox, "ForgotPassword", ClientId=public_client.client_id, Username=named.email)
    assert reply.refusal[0] == "InvalidParameterException"


def test_a_phone_number_is_verified_by_a_code_that_can_be_sent_again(
    sandbox: Sandbox, named: User
) -> None:
    number = "+12025550143"
    sent = _update(sandbox, named, phone_number=number).body["CodeDeliveryDetailsList"]
    assert (sent[0]["DeliveryMedium"], sent[0]["AttributeName"]) == ("SMS", "phone_number")
    assert named.phone_number == ""
    members = {"AccessToken": _token(sandbox, named), "AttributeName": "phone_number"}
    again = call(sandbox, "GetUserAttributeVerificationCode", **members).body
    assert again["CodeDeliveryDetails"]["Destination"].endswith("0143")
    code = sandbox.outbox.last_code(number, "VERIFY_PHONE_NUMBER")
    sandbox.clock.advance(23 * HOUR)
    members["AccessToken"] = _token(sandbox, named)
    assert call(sandbox, "VerifyUserAttribute", **members, Code=code).status == 200
    assert named.phone_number == number
    _update(sandbox, named, phone_number="")
    assert "phone_number_verified" not in _known(sandbox, named)


@pytest.mark.parametrize("name", ["locale", "phone_number"])
def test_an_attribute_that_cannot_be_verified_gets_no_code(
    sandbox: Sandbox, named: User, name: str
) -> None:
    members = {"AccessToken": _token(sandbox, named), "AttributeName": name}
    reply = call(sandbox, "GetUserAttributeVerificationCode", **members)
    assert reply.refusal[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("operation", "most"), [("GetUserAttributeVerificationCode", 5), ("VerifyUserAttribute", 15)]
)
def test_the_codes_in_an_hour_are_limited(
    sandbox: Sandbox, named: User, operation: str, most: int
) -> None:
    members = {"AccessToken": _token(sandbox, named), "AttributeName": "email"}
    if operation == "VerifyUserAttribute":
        members["Code"] = "none"
    kinds = [
        reply.status == 200 or reply.refusal[0]
        for reply in (call(sandbox, operation, **members) for _ in range(most + 1))
    ]
    assert kinds.count("LimitExceededException") == 1
    assert kinds[-1] == "LimitExceededException"


def test_the_factors_of_a_user_are_listed(sandbox: Sandbox, named: User) -> None:
    named.mfa, named.preferred_mfa = ("EMAIL_OTP",), "EMAIL_OTP"
    assert call(sandbox, "GetUserAuthFactors", AccessToken=_token(sandbox, named)).body == {
        "Username": named.username,
        "PreferredMfaSetting": "EMAIL_OTP",
        "UserMFASettingList": ["EMAIL_OTP"],
        "ConfiguredUserAuthFactors": ["PASSWORD", "EMAIL_OTP"],
    }


def test_a_deleted_user_and_the_sign_ins_are_gone(
    sandbox: Sandbox, app_client: AppClient, named: User
) -> None:
    token = _token(sandbox, named)
    reply = call(sandbox, "DeleteUser", AccessToken=token)
    assert (reply.status, reply.raw) == (200, b"")
    assert call(sandbox, "GetUser", AccessToken=token).refusal[0] == "NotAuthorizedException"
    assert sign_in(sandbox, app_client, named.email, PASSWORD).refusal[0] == (
        "NotAuthorizedException"
    )
