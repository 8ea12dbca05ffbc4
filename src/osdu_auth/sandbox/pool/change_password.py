"""The operation ChangePassword: a signed-in user replaces the password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.sandbox.pool.password_sign_in import check_password
from osdu_auth.sandbox.pool.tokens import holder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.user_pool import UserPool


def change_password(pool: UserPool, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to `ChangePassword`; sign-ins that exist stay good.

    Raises:
        PoolError: If the access token or either password is not good, or the hour has had its
            attempts. A wrong previous password counts towards the lockout.
    """
    user, now = holder_of(pool, body["AccessToken"]), pool.clock.now()
    pool.attempt_limits.count(user.username, "ChangePassword", now)
    check_password(user, body.get("PreviousPassword") or "", now)
    pool.settings.password_policy.check(body["ProposedPassword"])
    user.set_password(body["ProposedPassword"])
    user.lockout.clear()
    return {}
