"""The challenge NEW_PASSWORD_REQUIRED: the first sign-in of a user whom an administrator added.

Its parameters hold JSON inside JSON strings, and the names of the attributes have a prefix, as at
Amazon Cognito (API reference, "RespondToAuthChallenge").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool.errors import invalid_parameter, missing_parameter, not_authorized
from osdu_auth.sandbox.pool.user_attributes import check_settable
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox.pool.challenge_sessions import ChallengeSession, PendingSignIn, Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

NAME = "NEW_PASSWORD_REQUIRED"
_PREFIX = "userAttributes."


def ask(pool: UserPool, pending: PendingSignIn) -> Reply:
    """Return the challenge for a user who proved a temporary password."""
    user = pending.user
    known = user.all_attributes()
    del known["sub"]
    wanted = [f"{_PREFIX}{name}" for name in _missing(pool, known)]
    return pool.open_session(pending, NAME).reply(
        {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": json.dumps(wanted, separators=(",", ":")),
            "userAttributes": json.dumps(known, separators=(",", ":")),
        }
    )


def answer(pool: UserPool, session: ChallengeSession, responses: Mapping[str, str]) -> None:
    """Give the user the new password and the attributes, or refuse and change nothing.

    Args:
        pool: the pool.
        session: the session that is answered.
        responses: the `ChallengeResponses`.

    Raises:
        PoolError: the password or an attribute is missing or does not conform.
    """
    user = session.pending.user
    # Of two sign-ins at the same time, one has already set the new password.
    if user.status is not UserStatus.FORCE_CHANGE_PASSWORD:
        raise not_authorized("Invalid session for the user.")
    password = responses.get("NEW_PASSWORD")
    if not password:
        raise missing_parameter("NEW_PASSWORD")
    given = _given_attributes(user, responses)
    known = user.all_attributes() | given
    for name in _missing(pool, known):
        raise invalid_parameter(f"Invalid attributes given, {name} is missing")
    pool.settings.password_policy.check(password)
    user.set_password(password)
    user.status = UserStatus.CONFIRMED
    user.attributes.update(given)


def _given_attributes(user: User, responses: Mapping[str, str]) -> dict[str, str]:
    given = {
        key[len(_PREFIX) :]: value for key, value in responses.items() if key.startswith(_PREFIX)
    }
    for name in given:
        check_settable(name)
        if user.all_attributes().get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
    return given


def _missing(pool: UserPool, attributes: Mapping[str, str]) -> list[str]:
    return [name for name in pool.settings.required_attributes if not attributes.get(name)]
