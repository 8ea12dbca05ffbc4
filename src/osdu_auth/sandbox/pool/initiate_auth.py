"""The operation InitiateAuth: which flow is asked for, and may this app client use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool import (
    custom_auth,
    renewal,
    user_auth,
    user_password_auth,
    user_srp_auth,
)
from osdu_auth.sandbox.pool.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.user_pool import UserPool

    Start = Callable[[UserPool, AppClient, Mapping[str, str]], dict[str, Any]]


@dataclass(frozen=True)
class Flow:
    """One way to sign in.

    Attributes:
        permission: What the app client's explicit flows must hold.
        not_enabled: The sentence when they do not.
        start: Answers the first request.
    """

    permission: str
    not_enabled: str
    start: Start


_RENEWAL = Flow(
    "ALLOW_REFRESH_TOKEN_AUTH",
    "REFRESH_TOKEN_AUTH flow not enabled for this client",
    renewal.refresh_token_auth,
)

FLOWS: dict[str, Flow] = {
    "USER_PASSWORD_AUTH": Flow(
        "ALLOW_USER_PASSWORD_AUTH",
        "USER_PASSWORD_AUTH flow not enabled for this client",
        user_password_auth.start,
    ),
    "REFRESH_TOKEN_AUTH": _RENEWAL,
    "REFRESH_TOKEN": _RENEWAL,
    "USER_SRP_AUTH": Flow(
        "ALLOW_USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client.", user_srp_auth.start
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
        PoolError: If the app client or the flow is refused, or the flow refuses.
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
        # That it is good for this flow alone is in the API reference; the sentence is not.
        raise invalid_parameter("A session is only valid for the USER_AUTH flow.")
    return user_auth.start_after_sign_up(pool, app_client, session, parameters)
