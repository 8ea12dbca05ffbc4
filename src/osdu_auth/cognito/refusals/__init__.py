"""From what a user pool refuses with to one of our errors.

A refusal names a type, which is stable, and a message, which is not: AWS rewords its messages. So a
row of the table is found by the type, and by a few words of the message only where the type means
several things. What no row fits is told nevertheless, with the type and the message.

The rows are imported when something is refused, and not before.
"""

from __future__ import annotations

from osdu_auth.cognito.refusals.codes import (
    CODE_EXPIRED,
    CODE_REFUSED,
    CODE_USED,
    DEVICE_UNKNOWN,
    NEW_PASSWORD_REFUSED,
    OPERATION_UNAVAILABLE,
    REPEATABLE,
    SESSION_EXPIRED,
    SRP_NOT_ENABLED,
)
from osdu_auth.cognito.refusals.refusal import Phase, Refusal, service_failing

__all__ = [
    "CODE_EXPIRED",
    "CODE_REFUSED",
    "CODE_USED",
    "DEVICE_UNKNOWN",
    "NEW_PASSWORD_REFUSED",
    "OPERATION_UNAVAILABLE",
    "REPEATABLE",
    "SESSION_EXPIRED",
    "SRP_NOT_ENABLED",
    "Phase",
    "Refusal",
    "service_failing",
]
