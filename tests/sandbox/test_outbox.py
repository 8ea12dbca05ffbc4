"""The outbox has the codes, and no repr and no log shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.raw_client import PASSWORD, call, respond, secret_hash, sign_in

if TYPE_CHECKING:
    from osdu_auth.sandbox import AppClient, Sandbox


def test_a_message_has_its_recipient_and_its_purpose(
    sandbox: Sandbox, open_client: AppClient
) -> None:
    user = sandbox.pool.add_user(email="sms@example.com", password=PASSWORD, mfa=["SMS_MFA"])
    sign_in(sandbox, open_client, user.email, PASSWORD)
    (message,) = sandbox.outbox.sent_to(user.username)
    assert (message.medium, message.purpose) == ("SMS", "SMS_MFA")
    assert message.destination == user.phone_number
    assert message.code == sandbox.outbox.last_code(user.phone_number)
    assert abs(message.time - sandbox.clock.now()) < 60


def test_the_newest_code_for_a_purpose_is_found(sandbox: Sandbox, open_client: AppClient) -> None:
    user = sandbox.pool.add_user(email="both@example.com", password=PASSWORD, mfa=["EMAIL_OTP"])
    sign_in(sandbox, open_client, user.email, PASSWORD)
    call(
        sandbox,
        "ForgotPassword",
        ClientId=open_client.client_id,
        Username=user.email,
        SecretHash=secret_hash(open_client, user.email),
    )
    newest, factor = sandbox.outbox.sent_to("BOTH@example.com")[::-1]
    assert sandbox.outbox.last_code(user.username) == newest.code
    assert sandbox.outbox.last_code(user.username, "EMAIL_OTP") == factor.code
    with pytest.raises(LookupError, match="nothing was sent"):
        sandbox.outbox.last_code(user.username, "SIGN_UP")
    sandbox.outbox.clear()
    assert len(sandbox.outbox) == 0


def test_a_code_shows_in_no_repr_and_in_no_log(sandbox: Sandbox, open_client: AppClient) -> None:
    user = sandbox.pool.add_user(email="hidden@example.com", password=PASSWORD, mfa=["EMAIL_OTP"])
    session = sign_in(sandbox, open_client, user.email, PASSWORD).body["Session"]
    code = sandbox.outbox.last_code(user.email)
    respond(sandbox, open_client, "EMAIL_OTP", session, user.username, EMAIL_OTP_CODE=code)
    call(
        sandbox,
        "ConfirmForgotPassword",
        ClientId=open_client.client_id,
        Username=user.email,
        SecretHash=secret_hash(open_client, user.email),
        ConfirmationCode=code,
        Password="Never-Shown-9",
    )
    shown = repr(list(sandbox.requests)) + repr(sandbox.outbox) + repr(list(sandbox.outbox))
    assert sandbox.requests.last.parameters["Username"] == user.email
    for secret in (f"'{code}'", session, "Never-Shown-9"):
        assert secret not in shown
