"""A strict local Amazon Cognito user pool, its sign-in pages, and a small OSDU platform behind it.

    with Sandbox() as sandbox:
        print(sandbox.endpoint_url, sandbox.client_id, sandbox.username)

It is a second opinion: it shares no code with the client, and it enforces what public emulators
let pass. It listens on 127.0.0.1 alone and makes every identity, password and key anew.
"""

from .clock import SandboxClock
from .faults import Fault, Faults, HeldAnswer
from .openid.openid_settings import OpenIdSettings
from .outbox import Message, Outbox
from .platform.osdu_platform import OsduPlatform
from .pool.app_clients import AppClient
from .pool.password_policy import PasswordPolicy
from .pool.pool_settings import CustomQuestion, DeviceTracking, MfaConfiguration, PoolSettings
from .pool.user_pool import UserPool
from .pool.users import User, UserStatus
from .request_log import LoggedRequest, RequestLog
from .sandbox import Sandbox

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
