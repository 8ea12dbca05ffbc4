"""What tests of sessions say about the far end and about time."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canaries import register

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth import AnyProfile, Profile
    from osdu_auth.sandbox import Sandbox

RENEWAL = "GetTokensFromRefreshToken"
EVERY_FLOW = (
    *("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"),
    *("ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
)


class Clock:
    """This machine's wall clock, as far as a session is told.

    It stands still until a test sets it, so that no pause and no token ends because the machine is
    busy.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        self._begin = time.time()

    def __call__(self) -> float:
        return self._begin + self.ahead


class Monotonic:
    """The clock that only goes forward, as far as a session is told; it stands still likewise."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._begin = time.monotonic()

    def __call__(self) -> float:
        return self._begin + self.ahead


def with_own_client(profile: Profile, sandbox: Sandbox, folder: Path) -> Profile:
    """Return the profile with an app client that no other test has, so that it can be counted.

    Args:
        profile: of the workshop's app client.
        sandbox: where to make one that is the same otherwise.
        folder: for its secret.
    """
    client = sandbox.pool.add_app_client("a test's own", explicit_auth_flows=EVERY_FLOW)
    assert client.client_secret is not None
    register(client.client_secret)
    secret = folder / "own-client-secret"
    secret.touch(mode=0o600)
    secret.write_text(client.client_secret)
    return replace(profile, client_id=client.client_id, client_secret=f"file:{secret}")


def renewals(sandbox: Sandbox, profile: AnyProfile) -> int:
    """How often the pool was asked to renew by one app client.

    Args:
        sandbox: logs a request when it is answered, be it long after whoever asked is gone.
        profile: of a client that no other test has: what others left under way is not counted.
    """
    entries = sandbox.requests.matching(RENEWAL)
    return sum(entry.parameters.get("ClientId") == profile.client_id for entry in entries)


def token_of(**claims: Any) -> str:
    """A token with these claims, unsigned in truth, that lives for an hour."""
    parts = [{"alg": "RS256", "kid": "k"}, {"iat": 0, "exp": 3600, **claims}]
    text = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*text, "c2lnbmF0dXJl"])


def answer_with(sandbox: Sandbox, operation: str, **result: Any) -> None:
    """Have the pool answer one request with these members of an `AuthenticationResult`."""
    members = {"ExpiresIn": 3600, "TokenType": "Bearer", "RefreshToken": "another", **result}
    body = json.dumps({"AuthenticationResult": members})
    sandbox.faults.reply(operation, body=body, content_type="application/x-amz-json-1.1")
