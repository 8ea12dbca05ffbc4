"""What comes after a proven password: a question, or tokens.

A later factor (a one-time code, a device) asks its question here, between the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import new_password_required
from .tokens import new_sign_in
from .users import UserStatus

if TYPE_CHECKING:
    from .app_clients import AppClient
    from .user_pool import UserPool
    from .users import User


def after_password(pool: UserPool, app_client: AppClient, user: User) -> dict[str, Any]:
    """Return the reply to a user who has just proven a password."""
    if user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return new_password_required.ask(pool, app_client, user)
    return signed_in(pool, app_client, user)


def signed_in(pool: UserPool, app_client: AppClient, user: User) -> dict[str, Any]:
    """Return the reply to a user who has proven everything."""
    return {
        "ChallengeParameters": {},
        "AuthenticationResult": new_sign_in(pool, app_client, user),
    }
