"""The challenge NEW_PASSWORD_REQUIRED: the first sign-in of a user whom an administrator made.

Its parameters carry JSON inside JSON strings, and the attributes it wants have a prefix; both are
Amazon Cognito's (API reference, RespondToAuthChallenge).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .errors import invalid_parameter, missing_parameter, not_authorized
from .users import UserStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .app_clients import AppClient
    from .user_pool import UserPool
    from .users import User

NAME = "NEW_PASSWORD_REQUIRED"
_PREFIX = "userAttributes."
_IMMUTABLE = frozenset({"sub", "email_verified", "phone_number_verified"})
_STANDARD_ATTRIBUTES = frozenset(
    {
        "address", "birthdate", "email", "family_name", "gender", "given_name", "locale",
        "middle_name", "name", "nickname", "phone_number", "picture", "preferred_username",
        "profile", "updated_at", "website", "zoneinfo",
    }
)  # fmt: skip


def ask(pool: UserPool, app_client: AppClient, user: User) -> dict[str, Any]:
    """Return the challenge for a user who proved a temporary password."""
    now = pool.clock.now()
    session = pool.challenge_sessions.open(
        username=user.username,
        client_id=app_client.client_id,
        challenge=NAME,
        expires=now + app_client.auth_session_validity,
        now=now,
    )
    known = user.all_attributes()
    del known["sub"]
    wanted = [f"{_PREFIX}{name}" for name in _missing(pool, known)]
    return {
        "ChallengeName": NAME,
        "Session": session.token,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": json.dumps(wanted, separators=(",", ":")),
            "userAttributes": json.dumps(known, separators=(",", ":")),
        },
    }


def answer(pool: UserPool, user: User, responses: Mapping[str, str]) -> None:
    """Give the user the new password and the attributes, or refuse and change nothing.

    Args:
        pool: The pool.
        user: The user who answers.
        responses: The `ChallengeResponses`.

    Raises:
        PoolError: If the password or an attribute is missing or does not conform.
    """
    # Two questions can be open at once: once the first is answered, the second has no object.
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
    user.password = password
    user.status = UserStatus.CONFIRMED
    user.temporary_password_expires = None
    user.attributes.update(given)


def _given_attributes(user: User, responses: Mapping[str, str]) -> dict[str, str]:
    given = {
        key[len(_PREFIX) :]: value for key, value in responses.items() if key.startswith(_PREFIX)
    }
    for name in given:
        if name in _IMMUTABLE:
            raise invalid_parameter(f"Cannot modify the non-mutable attribute {name}")
        if name not in _STANDARD_ATTRIBUTES and not name.startswith("custom:"):
            raise invalid_parameter(
                "Attributes did not conform to the schema: "
                f"Type for attribute {{{name}}} could not be determined"
            )
        if user.all_attributes().get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
    return given


def _missing(pool: UserPool, attributes: Mapping[str, str]) -> list[str]:
    return [name for name in pool.settings.required_attributes if not attributes.get(name)]
