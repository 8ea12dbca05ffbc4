"""Which requests are retried, how often and when; and which requests are never retried.

The rows I-01, I-03 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import osdu_auth.cognito
from osdu_auth.cognito.account.devices import forget_device, list_devices
from osdu_auth.cognito.account.passwords import (
    change_password,
    confirm_sign_up,
    request_password_reset,
    resend_confirmation,
    reset_password,
)
from osdu_auth.cognito.account.totp import (
    associate_software_token,
    remove_totp,
    verify_software_token,
)
from osdu_auth.cognito.api import UserPoolApi
from osdu_auth.cognito.challenges import RememberDeviceQuestion, TotpSetUp, unattended
from osdu_auth.cognito.device import register_device
from osdu_auth.cognito.replies import ChallengeReply, NewDevice
from osdu_auth.cognito.service_errors import Phase
from osdu_auth.errors import OsduAuthError, ServiceBusy
from osdu_auth.secret import Secret
from osdu_auth.wire import RetryPolicy
from wire.test_retries import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.api import Transport
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.sandbox import Sandbox

    Act = Callable[[UserPoolApi, AppClient], object]

JSON_1_1 = "application/x-amz-json-1.1"
TOKEN, PASSWORD, CODE = Secret("a.b.c"), Secret("Password-1"), Secret("123456")
REFRESH_TOKEN = Secret("r" * 30)
DEVICE = NewDevice(Secret("us-east-1_device"), Secret("group"))
POSED = ChallengeReply("PASSWORD_VERIFIER", Secret("s" * 30), {})

ONCE: dict[str, Act] = {
    "RespondToAuthChallenge": lambda pool, client: pool.answer_challenge(
        client, POSED, {"USERNAME": "u", "PASSWORD_CLAIM_SIGNATURE": Secret("proof")}
    ),
    "ChangePassword": lambda pool, _: change_password(pool, TOKEN, PASSWORD, PASSWORD),
    "ConfirmForgotPassword": lambda pool, client: reset_password(pool, client, "u", CODE, PASSWORD),
    "ForgotPassword": lambda pool, client: request_password_reset(pool, client, "u"),
    "ConfirmSignUp": lambda pool, client: confirm_sign_up(pool, client, "u", CODE),
    "ResendConfirmationCode": lambda pool, client: resend_confirmation(pool, client, "u"),
    "RevokeToken": lambda pool, client: pool.revoke_token(client, REFRESH_TOKEN),
    "GlobalSignOut": lambda pool, _: pool.global_sign_out(TOKEN),
    "ForgetDevice": lambda pool, _: forget_device(pool, TOKEN, "key"),
    "ConfirmDevice": lambda pool, _: register_device(
        pool, TOKEN, DEVICE, RememberDeviceQuestion("u", "this one"), unattended
    ),
    "AssociateSoftwareToken": lambda pool, _: associate_software_token(
        pool, {"AccessToken": TOKEN}, Phase.SIGNED_IN
    ),
    "VerifySoftwareToken": lambda pool, _: verify_software_token(
        pool, {"AccessToken": TOKEN}, TotpSetUp(CODE), Phase.SIGNED_IN
    ),
}
AGAIN: dict[str, Act] = {
    "InitiateAuth": lambda pool, client: pool.begin_sign_in(client, "USER_SRP_AUTH", {}),
    "InitiateAuth, renewal": lambda pool, client: pool.renew_by_flow(client, {}),
    "GetTokensFromRefreshToken": lambda pool, client: pool.get_tokens_from_refresh_token(
        client, REFRESH_TOKEN
    ),
    "GetClientToken": lambda pool, client: pool.get_client_token(client, ("osdu/read",)),
    "GetUser": lambda pool, _: pool.get_user(TOKEN),
    "ListDevices": lambda pool, _: list_devices(pool, TOKEN, None),
    "SetUserMFAPreference": lambda pool, _: remove_totp(pool, TOKEN),
}
# Setting the same status twice does no harm. It follows ConfirmDevice.
AFTER_ANOTHER = {"UpdateDeviceStatus"}


def set_fault(sandbox: Sandbox, fault: str) -> None:
    faults = sandbox.faults
    {
        "dropped": lambda: faults.drop("*", times=None),
        "reset": lambda: faults.drop("*", reset=True, times=None),
        "answer lost": lambda: faults.lose_reply("*", times=None),
        "answer lost, reset": lambda: faults.lose_reply("*", reset=True, times=None),
        "throttled": lambda: faults.throttle("*", times=None),
        "page": lambda: faults.reply("*", body="<html>", times=None),
        "redirect": lambda: faults.redirect("*", sandbox.endpoint_url, status=307, times=None),
        "damaged": lambda: faults.reply("*", body=b'{"a":', content_type=JSON_1_1, times=None),
        "429": lambda: faults.reply("*", status=429, times=None),
        "500": lambda: faults.reply("*", status=500, times=None),
        "503, at once": lambda: faults.reply(
            "*", status=503, headers=(("Retry-After", "0"),), times=None
        ),
        "internal": lambda: refuse_all(sandbox, "InternalErrorException", 500),
    }[fault]()  # fmt: skip


def refuse_all(sandbox: Sandbox, kind: str, status: int, headers: Any = ()) -> None:
    body = json.dumps({"__type": kind, "message": "no"})
    sandbox.faults.reply(
        "*", status=status, body=body, content_type=JSON_1_1, headers=headers, times=None
    )


@pytest.mark.parametrize(
    "fault",
    ["dropped", "reset", "answer lost", "answer lost, reset", "throttled", "page", "redirect",
     "damaged", "429", "500", "503, at once", "internal"],
)  # fmt: skip
def test_an_operation_that_could_do_harm_twice_is_sent_once_whether_it_fails_or_not(
    fault: str, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    set_fault(sandbox, fault)
    for operation, act in ONCE.items():
        sandbox.requests.clear()
        with suppress(OsduAuthError):  # the SDK cannot read empty replies
            act(pool, app_client)
        assert [request.operation for request in sandbox.requests] == [operation]


def test_the_tables_of_this_test_name_every_operation_and_if_it_may_be_retried() -> None:
    (folder,) = osdu_auth.cognito.__path__
    source = "".join(path.read_text() for path in Path(folder).rglob("*.py"))
    said = re.findall(r'\.call\(\s*"(\w+)",[^)]*?Retry\.(\w+)', source)
    assert {name for name, repeat in said if repeat == "NEVER"} == set(ONCE)
    again = {name.partition(",")[0] for name in AGAIN}
    assert {name for name, repeat in said if repeat != "NEVER"} == again | AFTER_ANOTHER


ANSWERS: dict[str, Callable[[Sandbox, Any], None]] = {
    "500": lambda sandbox, headers: sandbox.faults.reply(
        "*", status=500, headers=headers, times=None
    ),
    "502, a page": lambda sandbox, headers: sandbox.faults.reply(
        "*", status=502, body="<html>", headers=headers, times=None
    ),
    "503": lambda sandbox, headers: sandbox.faults.reply(
        "*", status=503, headers=headers, times=None
    ),
    "429": lambda sandbox, headers: sandbox.faults.reply(
        "*", status=429, headers=headers, times=None
    ),
    "400, too many": lambda sandbox, headers: refuse_all(
        sandbox, "TooManyRequestsException", 400, headers
    ),
    "500, internal": lambda sandbox, headers: refuse_all(
        sandbox, "InternalErrorException", 500, headers
    ),
}
# The header, and its seconds; None where it is not a time to wait.
RETRY_AFTER: dict[str, tuple[str | None, float | None]] = {
    "nothing": (None, None),
    "0 s": ("0", 0.0),
    "2 s": ("2", 2.0),
    "20 s": ("20", 20.0),
    "too long": ("1000000000", 60.0),
    "a date": ("in 30 s", 30.0),
    "a date that is over": ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    "garbage": ("soon", None),
    "1e9": ("1e9", None),
    "negative": ("-1", None),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_failing_pool_gets_at_most_four_requests_and_the_wait_that_it_asks_for(
    answer: str, transport: Transport, app_client: AppClient, sandbox: Sandbox
) -> None:
    every = [("GetUser", asked) for asked in RETRY_AFTER]
    every += [(operation, asked) for operation in AGAIN for asked in ("nothing", "2 s", "20 s")]
    for operation, asked in every:
        text, seconds = RETRY_AFTER[asked]
        if text == "in 30 s":
            text = formatdate(time.time() + 30, usegmt=True)
        sandbox.faults.clear()
        sandbox.requests.clear()
        ANSWERS[answer](sandbox, () if text is None else (("Retry-After", text),))
        clock = Clock()
        pool = UserPoolApi(transport, RetryPolicy(sleep=clock.sleep, clock=clock))
        with pytest.raises(ServiceBusy) as raised:
            AGAIN[operation](pool, app_client)
        expected = None if seconds is None else pytest.approx(seconds, abs=2)
        assert raised.value.retry_after == expected, (operation, asked)
        assert len(sandbox.requests) == len(clock.waits) + 1 <= 4
        assert clock.time <= 10  # and a request ends within 20 s, which makes 30 in all
        for number, wait in enumerate(clock.waits):
            assert 0 <= wait - (seconds or 0.0) <= 0.4 * 2**number
        assert bool(clock.waits) == (seconds in {None, 0.0, 2.0})


def test_clients_that_failed_together_do_not_retry_together(
    transport: Transport, app_client: AppClient, sandbox: Sandbox
) -> None:
    sandbox.faults.reply("*", status=503, times=None)
    first, second = [], []
    for _ in range(60):
        clock = Clock()
        pool = UserPoolApi(transport, RetryPolicy(sleep=clock.sleep, clock=clock))
        with pytest.raises(ServiceBusy):
            AGAIN["GetUser"](pool, app_client)
        first.append(clock.waits[0])
        second.append(clock.waits[1])
    for waits, longest in ((first, 0.4), (second, 0.8)):
        thirds = [int(3 * wait / longest) for wait in waits]
        assert {0, 1, 2} == set(thirds)  # the whole range from zero is used
        assert max(map(thirds.count, (0, 1, 2))) < 40
