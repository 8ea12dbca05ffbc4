"""The operation InitiateAuth: which flow is asked for, and whether the app client may use it.

The flow USER_PASSWORD_AUTH is here too; the others have modules of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool import custom_auth, srp_challenges, token_operations, user_auth
from osdu_auth.sandbox.pool.challenge_sessions import PendingSignIn
from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter
from osdu_auth.sandbox.pool.next_challenge import next_challenge_or_tokens
from osdu_auth.sandbox.pool.sign_in_checks import check_account, check_password, user_signing_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.challenge_sessions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

    Start = Callable[[UserPool, AppClient, Mapping[str, str]], dict[str, Any]]


@dataclass(frozen=True)
class Flow:
    """One way to sign in.

    Attributes:
        permission: the `ALLOW_...` name that the app client needs.
        not_enabled: the sentence for an app client without this permission.
        start: the function that answers the first request.
    """

    permission: str
    not_enabled: str
    start: Start


def _user_password_auth(
    pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]
) -> Reply:
    """Return the reply to a user name and a password in clear."""
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    password = parameters.get("PASSWORD")
    if not password:
        raise missing_parameter("PASSWORD")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    user = user_signing_in(pool, app_client, username)
    check_password(user, password, pool.clock.now())
    check_account(user, pool.clock.now())
    pending = PendingSignIn(app_client.client_id, user, parameters.get("DEVICE_KEY"))
    return next_challenge_or_tokens(pool, pending)


_RENEWAL = Flow(
    "ALLOW_REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN_AUTH flow not enabled for this client",
    token_operations.refresh_token_auth,
)

FLOWS: dict[str, Flow] = {
    "USER_PASSWORD_AUTH": Flow(
        "ALLOW_USER_PASSWORD_AUTH",
        "USER_PASSWORD_AUTH flow not enabled for this client",
        _user_password_auth,
    ),
    "REFRESH_TOKEN_AUTH": _RENEWAL,
    "REFRESH_TOKEN": _RENEWAL,
    "USER_SRP_AUTH": Flow(
        "ALLOW_USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client.", srp_challenges.start
    ),
    "CUSTOM_AUTH": Flow(
        "ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH is not enabled for the client.", custom_auth.start
    ),
    "USER_AUTH": Flow(
        "ALLOW_USER_AUTH", "USER_AUTH is not enabled for the client.", user_auth.start
    ),
}

_ADMINISTRATOR_FLOWS = ("ADMIN_NO_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH")


def initiate_auth(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `InitiateAuth`: tokens or a challenge.

    Raises:
        PoolError: the app client may not use the flow, or the flow refuses the request.
    """
    app_client = pool.app_client(body["ClientId"])
    name = body["AuthFlow"]
    if name in _ADMINISTRATOR_FLOWS:
        raise invalid_parameter("Initiate Auth method not supported.")
    flow = FLOWS[name]
    if flow.permission not in app_client.explicit_auth_flows:
        raise invalid_parameter(flow.not_enabled)
    parameters = body.get("AuthParameters") or {}
    session = body.get("Session")
    if session is None:
        return flow.start(pool, app_client, parameters)
    if name != "USER_AUTH":
        # The API reference says that it is for this flow only; the sentence is not published.
        raise invalid_parameter("A session is only valid for the USER_AUTH flow.")
    return user_auth.start_after_sign_up(pool, app_client, session, parameters)
