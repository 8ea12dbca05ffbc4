"""A sandbox for the tests of one module, and both transports to it."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import pytest

from canaries import register
from osdu_auth.cognito.api import Transport, UserPoolApi
from osdu_auth.cognito.app_client import AppClient
from osdu_auth.cognito.boto3_transport import Boto3Transport
from osdu_auth.cognito.direct_transport import DirectTransport
from osdu_auth.sandbox import Sandbox
from osdu_auth.secret import Secret
from osdu_auth.wire import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        register(running.password, running.client_secret, running.temporary_password)
        yield running


@pytest.fixture
def sandbox(own_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The module's own sandbox; its faults end with the test, and its clock may be moved."""
    own_sandbox.requests.clear()
    yield own_sandbox
    own_sandbox.faults.clear()


@pytest.fixture(scope="module")
def unused_transports() -> dict[str, Transport]:
    """The transports that each test copies: to make an SDK client takes as long as ten sign-ins."""
    return {}


@pytest.fixture(params=["direct", "boto3"])
def transport(
    request: pytest.FixtureRequest, sandbox: Sandbox, unused_transports: dict[str, Transport]
) -> Transport:
    kinds: dict[str, Any] = {"direct": DirectTransport, "boto3": Boto3Transport}
    if request.param not in unused_transports:
        made = kinds[request.param](sandbox.region, sandbox.endpoint_url)
        unused_transports[request.param] = made
    return copy(unused_transports[request.param])


@pytest.fixture
def pool(transport: Transport) -> UserPoolApi:
    """The pool's API, with retries that do not wait."""
    return UserPoolApi(transport, RetryPolicy(sleep=lambda _: None))


@pytest.fixture
def app_client(sandbox: Sandbox) -> AppClient:
    return AppClient(sandbox.client_id, Secret(sandbox.client_secret))


@pytest.fixture
def public_client(sandbox: Sandbox) -> AppClient:
    return AppClient(sandbox.public_client_id)
