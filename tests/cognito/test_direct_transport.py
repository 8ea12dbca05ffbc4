"""The direct transport: the bytes that it sends, and the spellings of error types."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osdu_auth.cognito.direct_transport import DirectTransport
from osdu_auth.cognito.service_errors import ServiceError
from osdu_auth.errors import OsduAuthError, ServiceBusy

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def direct(sandbox: Sandbox) -> DirectTransport:
    return DirectTransport(sandbox.region, sandbox.endpoint_url)


@pytest.mark.parametrize(
    ("body", "headers", "service_error", "message"),
    [
        ({"__type": "XException", "message": "m"}, (), "XException", "m"),
        ({"__type": "XException", "Message": "m"}, (), "XException", "m"),
        ({"__type": "com.amazonaws.cognito#XException", "message": "m"}, (), "XException", "m"),
        ({"message": "m"}, (("x-amzn-ErrorType", "XException:"),), "XException", "m"),
        ({"message": "m"}, (("x-amzn-ErrorType", "XException:http://x/"),), "XException", "m"),
        ("", (("x-amzn-ErrorType", "XException"),), "XException", ""),
        ({"__type": "XException", "message": 7}, (), "XException", ""),
    ],
)
def test_the_type_of_an_error_is_read_in_each_of_its_spellings(
    body: object, headers: tuple[tuple[str, str], ...], service_error: str, message: str,
    direct: DirectTransport, sandbox: Sandbox,
) -> None:  # fmt: skip
    text = json.dumps(body) if body else ""
    sandbox.faults.reply("GetUser", status=400, body=text, headers=headers)
    with pytest.raises(ServiceError) as raised:
        direct.call("GetUser", {"AccessToken": "x"})
    refusal = raised.value
    assert (refusal.service_error, refusal.message, refusal.status) == (service_error, message, 400)


def test_a_gateway_s_error_with_an_odd_type_is_the_gateway_s(
    direct: DirectTransport, sandbox: Sandbox
) -> None:
    sandbox.faults.reply("GetUser", status=502, body='{"__type": 7}')
    with pytest.raises(ServiceBusy):
        direct.call("GetUser", {"AccessToken": "x"})


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=300), status=st.sampled_from([200, 400, 401, 403, 500]))
def test_every_body_gives_a_service_error_or_one_of_our_errors(
    direct: DirectTransport, sandbox: Sandbox, body: bytes, status: int
) -> None:
    sandbox.faults.reply("GetUser", status=status, body=body)
    with suppress(ServiceError, OsduAuthError):
        assert isinstance(direct.call("GetUser", {"AccessToken": "x"}), dict)


def test_importing_the_client_loads_neither_the_sdk_nor_http_nor_tls() -> None:
    import subprocess
    import sys

    program = (
        "import sys, osdu_auth.wire, osdu_auth.cognito.direct_transport, osdu_auth.cognito.sign_in,"
        " osdu_auth.cognito.renewal, osdu_auth.cognito.boto3_transport;"
        "print({'boto3', 'http.client', 'ssl', 'truststore', 'urllib.request', 'email', 'socket',"
        " 'threading', 'random', 'osdu_auth.cognito.service_errors.table'} & set(sys.modules))"
    )
    answered = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answered.stdout.strip() == "set()"
