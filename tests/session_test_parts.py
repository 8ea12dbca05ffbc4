"""Parts of the tests of sessions: clocks, app clients, tokens and answers."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from canaries import register
from osdu_auth import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth import AnyProfile, Profile, Session
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession

RENEWAL = "GetTokensFromRefreshToken"
EVERY_FLOW = (
    *("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"),
    *("ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
)


class Clock:
    """The wall clock of a session.

    It does not move until a test moves it, so that no pause and no token ends because the machine
    is busy.
    """

    def __init__(self) -> None:
        self.ahead = 0.0
        self._begin = time.time()

    def __call__(self) -> float:
        return self._begin + self.ahead


class Monotonic:
    """The monotonic clock of a session; it stands still until a test moves it."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._begin = time.monotonic()

    def __call__(self) -> float:
        return self._begin + self.ahead


def with_own_client(profile: Profile, sandbox: Sandbox, folder: Path) -> Profile:
    """Return the profile with an app client of its own, so that its requests can be counted.

    Args:
        profile: the profile of the workshop's app client.
        sandbox: the sandbox that gets an app client with the same settings.
        folder: the folder for its secret.
    """
    client = sandbox.pool.add_app_client("a test's own", explicit_auth_flows=EVERY_FLOW)
    assert client.client_secret is not None
    register(client.client_secret)
    secret = folder / "own-client-secret"
    secret.touch(mode=0o600)
    secret.write_text(client.client_secret)
    return replace(profile, client_id=client.client_id, client_secret=f"file:{secret}")


def sign_in_without_srp(
    session: Session, sandbox: Sandbox, username: str = "", password: str = ""
) -> SavedSession:
    """Sign a user in with one request, which takes a fifth of the time of SRP.

    Args:
        session: the session of a user pool's profile; the profile's auth_flow does not change.
        sandbox: the sandbox with its app client, which allows USER_PASSWORD_AUTH.
        username: the user; the workshop's if "".
        password: that user's password; the workshop user's if "".
    """
    from osdu_auth.cognito.challenges import unattended
    from osdu_auth.credentials.user_pool import UserPoolCredential

    credential = session.credential
    assert isinstance(credential, UserPoolCredential)
    by_password = credential._replace(
        profile=replace(credential.profile, auth_flow="USER_PASSWORD_AUTH")
    )
    name, secret = username or sandbox.username, Secret(password or sandbox.password)
    return session.sign_in(name, secret, unattended, lambda _note: None, by=by_password)


def renewals(sandbox: Sandbox, profile: AnyProfile) -> int:
    """Return how many renewals of one app client the pool has answered.

    Args:
        sandbox: the sandbox; it logs a request when it answers, also if the client does not wait.
        profile: the profile of an app client that no other test has, so that the pending requests
            of other tests are not counted.
    """
    entries = sandbox.requests.matching(RENEWAL)
    return sum(entry.parameters.get("ClientId") == profile.client_id for entry in entries)


def token_of(**claims: Any) -> str:
    """Return a token with these claims and an invalid signature, which lives for an hour."""
    parts = [{"alg": "RS256", "kid": "k"}, {"iat": 0, "exp": 3600, **claims}]
    text = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*text, "c2lnbmF0dXJl"])


def answer_with(sandbox: Sandbox, operation: str, **result: Any) -> None:
    """Have the pool answer one request with these members of an `AuthenticationResult`."""
    members = {"ExpiresIn": 3600, "TokenType": "Bearer", "RefreshToken": "another", **result}
    body = json.dumps({"AuthenticationResult": members})
    sandbox.faults.reply(operation, body=body, content_type="application/x-amz-json-1.1")
