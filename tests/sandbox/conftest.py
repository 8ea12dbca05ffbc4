"""One sandbox for each module, and new users and app clients for each test."""

from __future__ import annotations

import logging
from itertools import count
from typing import TYPE_CHECKING

import pytest

from osdu_auth.sandbox import AppClient, Sandbox, User, UserStatus
from sandbox.openid_client import BrowserSignIn
from sandbox.raw_client import ALL_FLOWS, FLOWS, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_numbers = count(1)


@pytest.fixture(autouse=True)
def the_sdk_does_not_log_its_payloads(caplog: pytest.LogCaptureFixture) -> None:
    """Without osdu-auth's own setting, the AWS SDK would log whole requests and replies."""
    caplog.set_level(logging.INFO, "botocore")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def app_client(sandbox: Sandbox) -> AppClient:
    return sandbox.pool.add_app_client("confidential", explicit_auth_flows=FLOWS)


@pytest.fixture
def public_client(sandbox: Sandbox) -> AppClient:
    return sandbox.pool.add_app_client("public", generate_secret=False, explicit_auth_flows=FLOWS)


@pytest.fixture
def open_client(sandbox: Sandbox) -> AppClient:
    """An app client with a secret that allows every flow."""
    return sandbox.pool.add_app_client("open", explicit_auth_flows=ALL_FLOWS)


@pytest.fixture
def settings(sandbox: Sandbox) -> Iterator[Callable[..., object]]:
    """Changes settings of the pool for one test."""
    before = sandbox.pool.settings
    yield sandbox.pool.change_settings
    sandbox.pool.settings = before


@pytest.fixture
def user(sandbox: Sandbox) -> User:
    return sandbox.pool.add_user(email=f"user{next(_numbers)}@example.com", password=PASSWORD)


@pytest.fixture
def new_user(sandbox: Sandbox) -> User:
    return sandbox.pool.add_user(
        email=f"new{next(_numbers)}@example.com",
        password=PASSWORD,
        status=UserStatus.FORCE_CHANGE_PASSWORD,
    )


@pytest.fixture
def openid(sandbox: Sandbox) -> Iterator[Callable[..., object]]:
    """Changes settings of the sign-in domain for one test."""
    before = sandbox.openid.settings
    yield sandbox.openid.change_settings
    sandbox.openid.settings = before


@pytest.fixture
def attempt(sandbox: Sandbox) -> BrowserSignIn:
    """A sign-in of the sandbox's own app client for browsers."""
    return BrowserSignIn(sandbox, sandbox.pool.app_client(sandbox.browser_client_id))
