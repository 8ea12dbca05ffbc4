"""Row: one meaning of a service error, and our error for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.fixes import Fix, Run
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.service_errors import Phase, ServiceError
    from osdu_auth.errors import OsduAuthError

LOGIN = Run("login")
LOGIN_AND_ANSWER = Run("login", asks=True)
ASK = "Ask the user pool's administrator to "


@dataclass(frozen=True)
class Row:
    """One meaning of a service error, and our error for it.

    In the sentences, `{message}` is the pool's message, where only the pool knows the details, such
    as a password policy; `{type}` is the type of the service error.

    Args:
        types: the types of service error that can have this meaning.
        code, kind: the code and the class of our error.
        what, why, fix: the sentences of our error.
        message_pattern: a regular expression that the message contains, upper or lower case.
        phases: the phases in which it has this meaning; empty for all.
    """

    types: tuple[str, ...]
    code: str
    kind: type[OsduAuthError]
    what: str
    why: str
    fix: str | Fix
    message_pattern: str = ""
    phases: tuple[Phase, ...] = ()

    def fits(self, error: ServiceError, phase: Phase) -> bool:
        """Say whether a service error has this meaning."""
        return (
            error.service_error in self.types
            and (not self.phases or phase in self.phases)
            and re.search(self.message_pattern, error.message, re.IGNORECASE) is not None
        )

    def error(self, answered: ServiceError) -> OsduAuthError:
        """Return our error, with the details of this service error."""
        kind = printable(answered.service_error, 100)
        message = printable(answered.message) or "nothing more"
        what, why = (
            sentence.format(message=message, type=kind) for sentence in (self.what, self.why)
        )
        return self.kind(
            what,
            code=self.code,
            why=why,
            fix=self.fix,
            service_error=kind,
            retry_after=answered.retry_after,
        )
