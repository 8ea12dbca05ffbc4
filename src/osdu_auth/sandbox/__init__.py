"""A strict local Amazon Cognito user pool, its sign-in pages, and a small OSDU platform behind it.

    with Sandbox() as sandbox:
        print(sandbox.endpoint_url, sandbox.client_id, sandbox.username)

It is a second opinion: it shares no code with the client, and it enforces what public emulators
let pass. It listens on 127.0.0.1 alone and makes every identity, password and key anew.
"""

from osdu_auth.sandbox.clock import SandboxClock
from osdu_auth.sandbox.fault_injection import Fault, Faults, HeldAnswer
from osdu_auth.sandbox.openid.openid_settings import OpenIdSettings
from osdu_auth.sandbox.outbox import Message, Outbox
from osdu_auth.sandbox.platform.osdu_platform import OsduPlatform
from osdu_auth.sandbox.pool.app_clients import AppClient
from osdu_auth.sandbox.pool.password_policy import PasswordPolicy
from osdu_auth.sandbox.pool.pool_settings import (
    CustomQuestion,
    DeviceTracking,
    MfaConfiguration,
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
    "Fault",
    "Faults",
    "HeldAnswer",
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
