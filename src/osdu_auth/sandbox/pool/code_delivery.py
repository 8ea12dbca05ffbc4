"""Codes by e-mail or text message: they go to the outbox, and replies show a masked address."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from osdu_auth.sandbox.outbox import Message

if TYPE_CHECKING:
    from osdu_auth.sandbox.pool.user_pool import UserPool
    from osdu_auth.sandbox.pool.users import User

EMAIL, SMS = "EMAIL", "SMS"
_ATTRIBUTES = {EMAIL: "email", SMS: "phone_number"}
MEDIA_OF_ATTRIBUTES = {attribute: medium for medium, attribute in _ATTRIBUTES.items()}
"""The medium of a code, by the attribute that names its destination."""

_SHOWN_DIGITS = 4


def send_code(pool: UserPool, user: User, medium: str, purpose: str, digits: int = 6) -> str:
    """Send a new code to the outbox, and return it.

    Args:
        pool: the pool.
        user: the user whom it is for; an unknown user's code is not sent.
        medium: `EMAIL` or `SMS`.
        purpose: its purpose; see `Message`.
        digits: its number of digits.
    """
    code = "".join(secrets.choice("0123456789") for _ in range(digits))
    if user.exists:
        pool.outbox.add(
            Message(
                medium, user.destination(medium), user.username, code, purpose, pool.clock.now()
            )
        )
    return code


def delivery_parameters(user: User, medium: str) -> dict[str, str]:
    """Return the `ChallengeParameters` that say where a code was sent."""
    return {
        "CODE_DELIVERY_DELIVERY_MEDIUM": medium,
        "CODE_DELIVERY_DESTINATION": _masked(user, medium),
        "USER_ID_FOR_SRP": user.username,
    }


def delivery_details(user: User, medium: str) -> dict[str, str]:
    """Return the `CodeDeliveryDetails` that say where a code was sent."""
    return {
        "Destination": _masked(user, medium),
        "DeliveryMedium": medium,
        "AttributeName": _ATTRIBUTES[medium],
    }


def _masked(user: User, medium: str) -> str:
    if medium == SMS:
        number = user.destination(SMS)
        hidden = max(len(number) - 1 - _SHOWN_DIGITS, 0)
        return f"+{'*' * hidden}{number[-_SHOWN_DIGITS:]}"
    name, _, domain = user.email.partition("@")
    return f"{name[:1]}***@{domain[:1]}***"
