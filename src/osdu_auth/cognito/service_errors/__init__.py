"""From what a user pool refuses with to one of our errors.

A refusal names a type, which is stable, and a message, which is not: AWS rewords its messages. So a
row of the table is found by the type, and by a few words of the message only where the type means
several things. What no row fits is told nevertheless, with the type and the message.

The rows are imported when something is refused, and not before.
"""

from __future__ import annotations

import enum
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError, ServiceBusy
from osdu_auth.secret import MASK
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from osdu_auth.secret import Secret

# The codes that a conversation goes by.
BUSY = "OA-N640"
FAILING = "OA-N641"
# The pool says of these that it has done nothing, and that trying again is right.
RETRYABLE = frozenset({BUSY, FAILING})

SESSION_EXPIRED = "OA-S314"
PASSWORD_REFUSED = "OA-S310"  # noqa: S105 - a code
# A new password that the pool does not take, whatever else was answered.
NEW_PASSWORD_UNFIT = frozenset({"OA-S317", "OA-S318"})
# Answered wrongly; the same challenge can be answered again.
NEW_PASSWORD_REFUSED = NEW_PASSWORD_UNFIT | {"OA-S324"}
CODE_USED = "OA-S323"
CODE_REFUSED = frozenset({"OA-S321", CODE_USED})
# The code is too old, and only a new sign-in has a new one sent.
CODE_EXPIRED = "OA-S322"
# The pool has forgotten this computer.
DEVICE_UNKNOWN = "OA-S348"
# The app client is not allowed SRP: the one reason to ask whether the password may be sent.
SRP_NOT_ENABLED = "OA-C758"
# The password that signs in, or that is to be replaced, is wrong.
_PASSWORD_WRONG = frozenset({"OA-S310", "OA-S340"})
# The pool, or the SDK, does not have the operation; another one may do.
OPERATION_UNAVAILABLE = frozenset({"OA-C735", "OA-C736"})

_SHORTEST_SECRET = 4  # shorter ones are parts of ordinary words


class Phase(enum.Enum):
    """What was going on when the pool refused; one refusal means different things in each."""

    SIGN_IN = "sign-in"
    RECOVERY = "an operation on an account that is not signed in"
    RENEWAL = "renewal"
    SIGNED_IN = "use of the access token"
    SIGN_OUT = "sign-out"
    SERVICE = "the request of a service account for a token"


class ServiceError(Exception):
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

    def without(self, secrets: Iterable[Secret]) -> ServiceError:
        """Return this refusal with those secrets masked that the message repeats."""
        message = self.message
        for secret in secrets:
            if len(secret.reveal()) >= _SHORTEST_SECRET:
                message = message.replace(secret.reveal(), MASK)
        return ServiceError(
            self.service_error, message, status=self.status, retry_after=self.retry_after
        )


def service_unavailable(
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


@contextmanager
def naming_blank_ends(password: Callable[[], Secret | None]) -> Iterator[None]:
    """Have the refusal of a password say that it ends in a blank, or in what cannot be seen.

    A user pool takes no such password, so that it was pasted or saved along with it.

    Args:
        password: returns the one that is sent in the block, None for none.
    """
    try:
        yield
    except OsduAuthError as refusal:
        sent = password() if refusal.code in _PASSWORD_WRONG else None
        if sent is not None:
            from osdu_auth.input_text import blank_ends

            refusal.why = f"{blank_ends(sent.reveal())} {refusal.why}".strip()
        raise
