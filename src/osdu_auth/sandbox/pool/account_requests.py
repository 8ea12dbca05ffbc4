"""What the operations on an account share: a user name, the app client, and its secret hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.password_sign_in import who_signs_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User


def user_of(pool: UserPool, body: Mapping[str, Any], operation: str) -> User:
    """Return whose account a request is about, and count it.

    Args:
        pool: The pool.
        body: The request.
        operation: The operation's name.

    Raises:
        PoolError: If the secret hash is not good, the user does not exist and that may be
            told, or the hour has had its attempts.
    """
    app_client = pool.app_client(body["ClientId"])
    app_client.check_first_secret_hash(body.get("SecretHash"), body["Username"])
    user = who_signs_in(pool, app_client, body["Username"])
    pool.attempt_limits.count(user.username, operation, pool.clock.now())
    return user
