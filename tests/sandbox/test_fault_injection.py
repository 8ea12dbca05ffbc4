"""Fault injection: each fault applies to its target, as often as the test says."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sandbox.raw_client import FLOWS, PASSWORD, call, renew, send, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.sandbox import AppClient, Sandbox, User

INFO = "/api/search/v2/info"


@pytest.fixture(autouse=True)
def _clear_faults(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()


def test_a_throttled_operation_answers_rate_exceeded_as_often_as_the_test_said(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    sandbox.faults.throttle("InitiateAuth", times=2)
    for _ in range(2):
        reply = sign_in(sandbox, app_client, user.email, PASSWORD)
        assert reply.refusal == ("TooManyRequestsException", "Rate exceeded")
    assert sign_in(sandbox, app_client, user.email, PASSWORD).result


def test_a_fault_applies_only_to_its_operation(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    sandbox.faults.throttle("GetUser", times=None)
    token = sign_in(sandbox, app_client, user.email, PASSWORD).result["AccessToken"]
    for _ in range(3):
        assert call(sandbox, "GetUser", AccessToken=token).status == 400
    sandbox.faults.clear()
    assert call(sandbox, "GetUser", AccessToken=token).status == 200


def test_a_fault_applies_only_to_its_paths(sandbox: Sandbox) -> None:
    sandbox.faults.reply("/api/search", status=503, body="upstream connect error", times=None)
    assert send(sandbox, "GET", INFO).raw == b"upstream connect error"
    assert send(sandbox, "GET", "/api/legal/v1/info").status == 200


def test_a_captive_portal_answers_everything_with_its_page(sandbox: Sandbox) -> None:
    sandbox.faults.reply("*", body="<html>Accept our terms</html>", times=None)
    for reply in (call(sandbox, "GetUser"), send(sandbox, "GET", INFO)):
        assert reply.status == 200
        assert reply.headers["content-type"] == "text/html"
        assert reply.raw.startswith(b"<html>")


def test_raw_bytes_are_sent_as_they_are(sandbox: Sandbox) -> None:
    raw = b"\xff\x00" + b"[" * 1000
    sandbox.faults.reply("GetUser", body=raw, content_type="", headers=(("X-Extra", "1"),))
    reply = call(sandbox, "GetUser")
    assert reply.raw == raw
    assert "content-type" not in reply.headers
    assert reply.headers["x-extra"] == "1"


def test_a_test_can_have_any_pool_error_answered(sandbox: Sandbox) -> None:
    sandbox.faults.error("GetUser", "ForbiddenException", "Request not allowed due to WAF block.")
    assert call(sandbox, "GetUser").refusal[0] == "ForbiddenException"


def test_a_redirect_has_its_location(sandbox: Sandbox) -> None:
    sandbox.faults.redirect("GetUser", "http://127.0.0.1:9/", status=307)
    reply = call(sandbox, "GetUser")
    assert (reply.status, reply.headers["location"]) == (307, "http://127.0.0.1:9/")


def test_latency_delays_the_real_answer(sandbox: Sandbox) -> None:
    sandbox.faults.latency(INFO, 0.2)
    began = time.monotonic()
    assert send(sandbox, "GET", INFO).status == 200
    assert time.monotonic() - began >= 0.2


def test_a_held_answer_is_sent_when_it_is_released(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(2) as threads:
        with sandbox.faults.hold(INFO) as held:
            assert not held.has_request
            answer = threads.submit(send, sandbox, "GET", INFO)
            held.wait_for_request()
            assert held.has_request
            assert send(sandbox, "GET", INFO).status == 200, "one request alone is held"
            assert not answer.done()
            held.release()
            assert answer.result(60).status == 200
            assert sandbox.requests.last.faults == ("hold",)
        with sandbox.faults.hold(INFO) as held:
            answer = threads.submit(send, sandbox, "GET", INFO)
            held.wait_for_request()
        assert answer.result(60).status == 200, "the end of the block lets it go"


def test_a_held_answer_without_a_request_ends_with_its_block(sandbox: Sandbox) -> None:
    with sandbox.faults.hold(INFO, times=None) as held:
        with pytest.raises(TimeoutError, match="no request arrived"):
            held.wait_for_request(0.01)
        assert [fault.held for fault in sandbox.faults.waiting] == [held]
    assert sandbox.faults.waiting == ()


def test_a_delay_and_another_fault_apply_to_the_same_request(sandbox: Sandbox) -> None:
    sandbox.faults.latency("GetUser", 0.05)
    sandbox.faults.throttle("GetUser")
    assert call(sandbox, "GetUser").refusal[0] == "TooManyRequestsException"
    assert sandbox.faults.waiting == ()
    assert sandbox.requests.last.faults == ("latency", "TooManyRequestsException")
    with sandbox.faults.hold("GetUser") as held:
        held.release()
        sandbox.faults.throttle("GetUser")
        assert call(sandbox, "GetUser").refusal[0] == "TooManyRequestsException"
    assert sandbox.requests.last.faults == ("hold", "TooManyRequestsException")


def test_faults_of_one_target_come_in_the_order_in_which_they_were_injected(
    sandbox: Sandbox,
) -> None:
    sandbox.faults.reply("GetUser", status=500)
    sandbox.faults.throttle("GetUser")
    assert [call(sandbox, "GetUser").status for _ in range(2)] == [500, 400]


@pytest.mark.parametrize(
    ("reset", "error"), [(False, http.client.RemoteDisconnected), (True, ConnectionResetError)]
)
def test_a_dropped_connection_ends_without_an_answer(
    sandbox: Sandbox, reset: bool, error: type[OSError]
) -> None:
    sandbox.faults.drop("GetUser", reset=reset)
    with pytest.raises(error):
        call(sandbox, "GetUser")
    assert sandbox.requests.last.status is None


def test_a_dropped_request_changes_nothing_and_a_lost_reply_does(
    sandbox: Sandbox, user: User
) -> None:
    rotating = sandbox.pool.add_app_client("rotating", explicit_auth_flows=FLOWS, rotation=True)
    token = sign_in(sandbox, rotating, user.email, PASSWORD).result["RefreshToken"]
    sandbox.faults.drop("GetTokensFromRefreshToken")
    with pytest.raises(http.client.RemoteDisconnected):
        renew(sandbox, rotating, token)
    sandbox.faults.lose_reply("GetTokensFromRefreshToken")
    with pytest.raises(http.client.RemoteDisconnected):
        renew(sandbox, rotating, token)
    assert renew(sandbox, rotating, token).refusal[0] == "RefreshTokenReuseException"


def test_a_truncated_reply_promises_more_than_it_sends(sandbox: Sandbox) -> None:
    sandbox.faults.truncate(INFO)
    with pytest.raises(http.client.IncompleteRead):
        send(sandbox, "GET", INFO)


def test_a_fault_that_would_never_happen_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="one request or more"):
        sandbox.faults.throttle("GetUser", times=0)
    with pytest.raises(ValueError, match="more than zero"):
        sandbox.faults.latency("GetUser", 0)


def test_a_fault_applies_to_an_operation_that_would_be_refused(sandbox: Sandbox) -> None:
    sandbox.faults.reply("NoSuchOperation", body=json.dumps({"new": True}))
    assert call(sandbox, "NoSuchOperation").body == {"new": True}
