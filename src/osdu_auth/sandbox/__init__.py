"""A strict local Amazon Cognito user pool, its sign-in pages, and a small OSDU platform behind it.

    with Sandbox() as sandbox:
        print(sandbox.endpoint_url, sandbox.client_id, sandbox.username)

It shares no code with the client, and it enforces rules that public emulators do not. It listens on
127.0.0.1 alone, and every identity, password and key in it is new and random.
"""

from osdu_auth.sandbox.clock import SandboxClock
from osdu_auth.sandbox.fault_injection import HeldAnswer, InjectedFault, InjectedFaults
from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings
from osdu_auth.sandbox.outbox import Message, Outbox
from osdu_auth.sandbox.platform.osdu_platform import OsduPlatform
from osdu_auth.sandbox.pool.app_clients import AppClient
from osdu_auth.sandbox.pool.pool_settings import (
    CustomQuestion,
    DeviceTracking,
    MfaConfiguration,
    PasswordPolicy,
    PoolSettings,
)
from osdu_auth.sandbox.pool.user_pool import UserPool
from osdu_auth.sandbox.pool.users import User, UserStatus
from osdu_auth.sandbox.request_log import LoggedRequest, RequestLog
from osdu_auth.sandbox.sandbox import Sandbox

__all__ = [
    "AppClient",
    "CustomQuestion",
    "DeviceTracking",
    "HeldAnswer",
    "InjectedFault",
    "InjectedFaults",
    "LoggedRequest",
    "Message",
    "MfaConfiguration",
    "OpenIdSettings",
    "OsduPlatform",
    "Outbox",
    "PasswordPolicy",
    "PoolSettings",
    "RequestLog",
    "Sandbox",
    "SandboxClock",
    "User",
    "UserPool",
    "UserStatus",
]
