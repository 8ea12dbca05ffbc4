"""Refusal: what a user pool said instead of what was asked for."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from osdu_auth.cognito.refusals.codes import FAILING
from osdu_auth.errors import ServiceBusy
from osdu_auth.secret import MASK
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from osdu_auth.secret import Secret

_SHORTEST_SECRET = 4  # shorter ones are parts of ordinary words


class Phase(enum.Enum):
    """What was going on when the pool refused; one refusal means different things in each."""

    SIGN_IN = "sign-in"
    RECOVERY = "an operation on an account that is not signed in"
    RENEWAL = "renewal"
    SIGNED_IN = "use of the access token"
    SIGN_OUT = "sign-out"


class Refusal(Exception):
    """What a user pool said instead of what was asked for. It does not leave this package.

    Args:
        service_error: its type, such as `NotAuthorizedException`.
        message: the pool's words.
        status: the HTTP status.
        retry_after: seconds to leave the pool alone; None if it did not say.
    """

    def __init__(
        self,
        service_error: str,
        message: str,
        *,
        status: int = 400,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(service_error)
        self.service_error = service_error
        self.message = message
        self.status = status
        self.retry_after = retry_after

    def without(self, secrets: Iterable[Secret]) -> Refusal:
        """Return this refusal with those secrets masked that the message repeats."""
        message = self.message
        for secret in secrets:
            if len(secret.reveal()) >= _SHORTEST_SECRET:
                message = message.replace(secret.reveal(), MASK)
        return Refusal(
            self.service_error, message, status=self.status, retry_after=self.retry_after
        )


def service_failing(
    status: int, service_error: str = "", retry_after: float | None = None
) -> ServiceBusy:
    """Return the error of a pool, or of what stands before it, that fails by its own fault.

    Args:
        status: the HTTP status: 429, or 500 and more.
        service_error: the type, if the pool named one.
        retry_after: seconds to leave it alone; None if it did not say.
    """
    return ServiceBusy(
        f"The user pool fails at present ({status}).",
        code=FAILING,
        why="The service, or a gateway before it, reports a fault of its own.",
        fix="Try again in a minute.",
        service_error=printable(service_error, 100),
        retry_after=retry_after,
    )
