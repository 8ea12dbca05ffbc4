"""The trace (`osdu_auth.log`): one line for each request of either transport, and no secret."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest

from canaries import leaks
from cases import for_each
from osdu_auth.cognito.boto3_transport import _METHODS
from osdu_auth.cognito.challenges import unattended
from osdu_auth.cognito.service_errors import ServiceError
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.errors import OsduAuthError
from osdu_auth.secret import Secret
from osdu_auth.wire.request_trace import operation_of

if TYPE_CHECKING:
    from osdu_auth.cognito.api import Transport, UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.sandbox import Sandbox

WRONG = "a-password-in-the-wrong-place"
OF_CLIENTS = {
    *("InitiateAuth", "RespondToAuthChallenge", "GetTokensFromRefreshToken", "RevokeToken"),
    "GetClientToken",
    *("ForgotPassword", "ConfirmForgotPassword", "ConfirmSignUp", "ResendConfirmationCode"),
}
LINE = re.compile(r"request (\w+) host=(\S+) proxy=none ms=\d+ status=(\S+) id=(\S+)")


@pytest.fixture
def traced(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "osdu_auth")
    return caplog


def lines(traced: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in traced.records if record.name == "osdu_auth"]


@pytest.mark.parametrize("operation", _METHODS)
def test_each_operation_has_one_line(
    transport: Transport, sandbox: Sandbox, operation: str, traced: pytest.LogCaptureFixture
) -> None:
    with pytest.raises((ServiceError, OsduAuthError)):
        transport.call(operation, {"ClientId" if operation in OF_CLIENTS else "AccessToken": WRONG})
    (line,) = lines(traced)
    found = LINE.fullmatch(line)
    assert found, line
    assert found[1] == operation
    assert found[2] == sandbox.endpoint_url.removeprefix("http://")
    assert found[3] == "400"
    assert len(found[4]) > 20
    assert WRONG not in line


def test_the_trace_of_a_sign_in_shows_no_secret_and_no_name(
    pool: UserPoolApi,
    app_client: AppClient,
    sandbox: Sandbox,
    traced: pytest.LogCaptureFixture,
) -> None:
    sign_in(pool, app_client, sandbox.username, Secret(sandbox.password), unattended)
    assert [LINE.fullmatch(line)[1] for line in lines(traced)] == ["InitiateAuth"]  # type: ignore[index]
    assert not leaks("\n".join(lines(traced)))
    assert sandbox.username not in traced.text


def test_a_request_without_a_reply_has_a_line_and_so_has_each_retry(
    pool: UserPoolApi, sandbox: Sandbox, traced: pytest.LogCaptureFixture
) -> None:
    sandbox.faults.drop("GetUser", times=None)
    with pytest.raises(OsduAuthError) as failed:
        pool.get_user(Secret("no token"))
    told = lines(traced)
    asked = [line for line in told if line.startswith("request GetUser ")]
    assert len(asked) == 3
    assert all(f"status={failed.value.code} id=none" in line for line in asked)
    waits = [line for line in told if line.startswith("attempt ")]
    assert len(waits) == 2
    assert len(told) == 5


def test_without_a_request_for_the_trace_nothing_is_logged(
    transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "osdu_auth")
    with pytest.raises(ServiceError):
        transport.call("GetUser", {"AccessToken": "eyJ"})
    assert not [record for record in caplog.records if record.name == "osdu_auth"]


@for_each(
    ("path", "shown"),
    [
        ("/api/entitlements/v2/groups", "GET /api/entitlements/v2/groups"),
        ("/api/entitlements/v2/groups?type=all", "GET /api/entitlements/v2/groups"),
        (
            "/api/entitlements/v2/members/ada@example.com/groups",
            "GET /api/entitlements/v2/members/…",
        ),
        ("/api/storage/v2/records/opendes:well:1", "GET /api/storage/v2/records/…"),
        ("/ada@example.com", "GET /…"),
        ("/ada%40example.com/x", "GET /x/…"),
        ("/", "GET /"),
    ],
)
def test_only_the_part_of_a_path_that_names_an_operation_is_shown(path: str, shown: str) -> None:
    assert operation_of("GET", path, {}) == shown
