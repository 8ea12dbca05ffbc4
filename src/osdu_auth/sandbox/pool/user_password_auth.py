"""The flow USER_PASSWORD_AUTH: a user name and a password, sent as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.conversations import Conversation
from osdu_auth.sandbox.pool.errors import missing_parameter
from osdu_auth.sandbox.pool.next_step import next_step
from osdu_auth.sandbox.pool.password_sign_in import check_account, check_password, who_signs_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.app_clients import AppClient
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool


def start(pool: UserPool, app_client: AppClient, parameters: Mapping[str, str]) -> Reply:
    """Return the reply to a user name and a password.

    Args:
        pool: The pool.
        app_client: The app client that asks.
        parameters: The `AuthParameters`.

    Raises:
        PoolError: Whatever forbids the sign-in.
    """
    username = parameters.get("USERNAME")
    if not username:
        raise missing_parameter("USERNAME")
    password = parameters.get("PASSWORD")
    if not password:
        raise missing_parameter("PASSWORD")
    app_client.check_first_secret_hash(parameters.get("SECRET_HASH"), username)
    user = who_signs_in(pool, app_client, username)
    check_password(user, password, pool.clock.now())
    check_account(user, pool.clock.now())
    return next_step(pool, Conversation(app_client.client_id, user, parameters.get("DEVICE_KEY")))
