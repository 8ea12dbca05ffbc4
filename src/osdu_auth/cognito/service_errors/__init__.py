"""Service errors: the errors that a user pool answers with, and our error for each.

A service error has a type, which is stable, and a message, which AWS may reword. So a row of the
table is found by the type, and by a few words of the message only where the type has several
meanings. A service error without a row is shown with its type and message.

The rows are imported only when a user pool answers with an error.
"""

from __future__ import annotations

import enum
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduAuthError, ServiceBusy
from osdu_auth.secret import MASK
from osdu_auth.text import printable
from osdu_auth.wire.retries import when_to_try_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from osdu_auth.secret import Secret

# The codes that a sign-in, a renewal or a retry reacts to.
BUSY = "OA-N640"
FAILING = "OA-N641"
# After these the pool has done nothing, and a retry is right.
RETRYABLE = frozenset({BUSY, FAILING})

SESSION_EXPIRED = "OA-S314"
PASSWORD_REFUSED = "OA-S310"  # noqa: S105 - a code
# The pool refuses the new password itself.
NEW_PASSWORD_INVALID = frozenset({"OA-S317", "OA-S318"})
# The same challenge can be answered again.
NEW_PASSWORD_REFUSED = NEW_PASSWORD_INVALID | {"OA-S324"}
CODE_USED = "OA-S323"
CODE_REFUSED = frozenset({"OA-S321", CODE_USED})
# The code is too old; only a new sign-in sends a new one.
CODE_EXPIRED = "OA-S322"
# The pool has forgotten this computer.
DEVICE_UNKNOWN = "OA-S348"
# The app client may not use SRP; only then a question asks whether the password may be sent.
SRP_NOT_ENABLED = "OA-C758"
# The present password is wrong.
_PASSWORD_WRONG = frozenset({"OA-S310", "OA-S340"})
# The pool, or the SDK, does not have the operation; another operation may work.
OPERATION_UNAVAILABLE = frozenset({"OA-C735", "OA-C736"})

_SHORTEST_SECRET = 4  # a shorter text may be part of an ordinary word


class Phase(enum.Enum):
    """The kind of work of a request; a service error may have another meaning in each kind."""

    SIGN_IN = "sign-in"
    RECOVERY = "an operation on an account that is not signed in"
    RENEWAL = "renewal"
    SIGNED_IN = "use of the access token"
    SIGN_OUT = "sign-out"
    SERVICE = "the request of a service account for a token"


class ServiceError(Exception):
    """An error that a user pool answered with. It does not leave this package.

    Args:
        service_error: its type, such as `NotAuthorizedException`.
        message: the pool's message.
        status: the HTTP status.
        retry_after: seconds to wait before another attempt; None if the pool did not say.
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
        """Return this error with these secrets masked in its message."""
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
    """Return our error for a pool, or a gateway before it, that cannot answer at present.

    Args:
        status: the HTTP status: 429, or 500 and more.
        service_error: the type, if the pool gave one.
        retry_after: seconds to wait before another attempt; None if the pool did not say.
    """
    return ServiceBusy(
        f"The user pool fails at present ({status}).",
        code=FAILING,
        why="The service, or a gateway before it, reports an error of its own.",
        fix=when_to_try_again(retry_after),
        service_error=printable(service_error, 100),
        retry_after=retry_after,
    )


@contextmanager
def naming_invisible_ends(password: Callable[[], Secret | None]) -> Iterator[None]:
    """Add to the error of a wrong password that it begins or ends with an invisible character.

    A user pool accepts no such password, so the character was pasted or saved by mistake.

    Args:
        password: returns the password that is sent in the block; None if none is sent.
    """
    try:
        yield
    except OsduAuthError as refusal:
        sent = password() if refusal.code in _PASSWORD_WRONG else None
        if sent is not None:
            from osdu_auth.input_text import invisible_ends

            refusal.why = f"{invisible_ends(sent.reveal())} {refusal.why}".strip()
        raise
