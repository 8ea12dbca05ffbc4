"""The set-up of a software token: in a sign-in that requires it, and by a signed-in user."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import MfaConfiguration
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken
from sandbox.raw_client import PASSWORD, Reply, call, respond, sign_in
from sandbox.srp_client import SrpSignIn

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User

NOT_YOURS = ("NotAuthorizedException", "Invalid session for the user.")
MISMATCH = ("EnableSoftwareTokenMFAException", "Code mismatch")


@pytest.fixture(autouse=True)
def _demanding(settings: Callable[..., object]) -> None:
    settings(mfa=MfaConfiguration.REQUIRED, mfa_factors=("SOFTWARE_TOKEN_MFA",))


def _code(sandbox: Sandbox, secret: str) -> str:
    octets = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return SoftwareToken(octets).code_at(sandbox.clock.now())


def _asked(sandbox: Sandbox, app_client: AppClient, user: User) -> str:
    body = sign_in(sandbox, app_client, user.email, PASSWORD).body
    assert body["ChallengeName"] == "MFA_SETUP"
    session: str = body["Session"]
    return session


def _verify(sandbox: Sandbox, session: str, code: str, **members: Any) -> Reply:
    return call(sandbox, "VerifySoftwareToken", Session=session, UserCode=code, **members)


def _finish(sandbox: Sandbox, app_client: AppClient, user: User, session: str) -> Reply:
    return respond(sandbox, app_client, "MFA_SETUP", session, user.username)


def test_a_token_is_set_up_and_used_from_then_on(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    first = _asked(sandbox, open_client, user)
    associated = call(sandbox, "AssociateSoftwareToken", Session=first).body
    code = _code(sandbox, associated["SecretCode"])
    verified = _verify(sandbox, associated["Session"], code, FriendlyDeviceName="my phone").body
    assert verified["Status"] == "SUCCESS"
    assert len({first, associated["Session"], verified["Session"]}) == 3
    assert _finish(sandbox, open_client, user, verified["Session"]).result["RefreshToken"]
    assert sandbox.pool.totp_secret(user.email) == associated["SecretCode"]
    body = SrpSignIn(sandbox, open_client, user.email).run().body
    assert body["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert body["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "my phone"
    again = respond(
        sandbox,
        open_client,
        "SOFTWARE_TOKEN_MFA",
        body["Session"],
        user.username,
        SOFTWARE_TOKEN_MFA_CODE=code,
    )
    assert again.refusal[0] == "ExpiredCodeException"


def test_only_the_session_of_the_verification_ends_the_set_up(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    first = _asked(sandbox, open_client, user)
    not_set_up = "SoftwareTokenMFANotFoundException"
    assert _finish(sandbox, open_client, user, first).refusal[0] == not_set_up
    associated = call(sandbox, "AssociateSoftwareToken", Session=first).body
    assert _finish(sandbox, open_client, user, first).refusal == NOT_YOURS
    assert _finish(sandbox, open_client, user, associated["Session"]).refusal[0] == not_set_up
    code = _code(sandbox, associated["SecretCode"])
    verified = _verify(sandbox, associated["Session"], code).body
    assert _finish(sandbox, open_client, user, associated["Session"]).refusal == NOT_YOURS
    assert user.software_token is None
    assert _finish(sandbox, open_client, user, verified["Session"]).result


def test_a_wrong_code_at_set_up_may_be_tried_a_few_times(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    first = _asked(sandbox, open_client, user)
    body = call(sandbox, "AssociateSoftwareToken", Session=first).body
    code = _code(sandbox, body["SecretCode"])
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert _verify(sandbox, body["Session"], wrong).refusal == MISMATCH
    assert _verify(sandbox, body["Session"], code).status == 200
    body = call(sandbox, "AssociateSoftwareToken", Session=_asked(sandbox, open_client, user)).body
    for _ in range(3):
        assert _verify(sandbox, body["Session"], "000000").refusal == MISMATCH
    code = _code(sandbox, body["SecretCode"])
    assert _verify(sandbox, body["Session"], code).refusal == NOT_YOURS


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345x"])
def test_a_text_that_is_no_code_does_not_count_as_a_failure(
    sandbox: Sandbox, open_client: AppClient, user: User, code: str
) -> None:
    body = call(sandbox, "AssociateSoftwareToken", Session=_asked(sandbox, open_client, user)).body
    reply = _verify(sandbox, body["Session"], code)
    assert reply.refusal[0] == "InvalidParameterException"
    assert user.lockout.failures == 0


def test_a_session_of_another_challenge_sets_nothing_up(
    sandbox: Sandbox, open_client: AppClient, new_user: User
) -> None:
    session = sign_in(sandbox, open_client, new_user.email, PASSWORD).body["Session"]
    assert call(sandbox, "AssociateSoftwareToken", Session=session).refusal == NOT_YOURS
    assert call(sandbox, "AssociateSoftwareToken", Session="x" * 30).refusal == NOT_YOURS
    neither = call(sandbox, "AssociateSoftwareToken")
    assert neither.refusal[0] == "InvalidParameterException"


def test_a_software_token_cannot_be_verified_before_it_is_associated(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    session = _asked(sandbox, open_client, user)
    reply = _verify(sandbox, session, "000000")
    assert reply.refusal[0] == "SoftwareTokenMFANotFoundException"


def test_a_set_up_ends_with_its_session(
    sandbox: Sandbox, open_client: AppClient, user: User
) -> None:
    session = _asked(sandbox, open_client, user)
    sandbox.clock.advance(180)
    late = call(sandbox, "AssociateSoftwareToken", Session=session)
    assert late.refusal[1] == "Invalid session for the user, session is expired."


def test_a_signed_in_user_sets_up_a_software_token_and_then_turns_it_on(
    sandbox: Sandbox, open_client: AppClient, user: User, settings: Callable[..., object]
) -> None:
    settings(mfa=MfaConfiguration.OPTIONAL)
    token = sandbox.issue_tokens(user.email)["AccessToken"]
    body = call(sandbox, "AssociateSoftwareToken", AccessToken=token).body
    assert set(body) == {"SecretCode"}
    assert user.software_token is None
    code = _code(sandbox, body["SecretCode"])
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    verify = {"AccessToken": token, "FriendlyDeviceName": "laptop"}
    assert call(sandbox, "VerifySoftwareToken", UserCode=wrong, **verify).refusal == MISMATCH
    verified = call(sandbox, "VerifySoftwareToken", UserCode=code, **verify)
    assert verified.body == {"Status": "SUCCESS"}
    assert "AuthenticationResult" in sign_in(sandbox, open_client, user.email, PASSWORD).body
    preferred = {"Enabled": True, "PreferredMfa": True}
    call(sandbox, "SetUserMFAPreference", AccessToken=token, SoftwareTokenMfaSettings=preferred)
    body = sign_in(sandbox, open_client, user.email, PASSWORD).body
    assert body["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert body["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"] == "laptop"


def test_a_pool_without_software_tokens_gives_no_secret(
    sandbox: Sandbox, user: User, settings: Callable[..., object]
) -> None:
    settings(mfa_factors=("SMS_MFA",))
    token = sandbox.issue_tokens(user.email)["AccessToken"]
    assert call(sandbox, "AssociateSoftwareToken", AccessToken=token).refusal == (
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA has not been enabled by the userPool",
    )


def test_an_invalid_access_token_sets_nothing_up(sandbox: Sandbox) -> None:
    for operation, members in (
        ("AssociateSoftwareToken", {}),
        ("VerifySoftwareToken", {"UserCode": "000000"}),
        ("SetUserMFAPreference", {}),
    ):
        reply = call(sandbox, operation, AccessToken="a.b.c", **members)
        assert reply.refusal == ("NotAuthorizedException", "Invalid Access Token")
