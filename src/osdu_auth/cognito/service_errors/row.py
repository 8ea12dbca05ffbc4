"""Row: one meaning that a refusal can have."""

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
    """One meaning that a refusal can have.

    In the sentences, `{message}` is what the pool said, for where it holds what nobody else knows,
    such as a password policy; `{type}` is the refusal's type.

    Args:
        types: the types of refusal that can have it.
        code, kind: the code and the class of the error.
        what, why, fix: its sentences.
        said: a regular expression that is found in the message, whatever its case.
        phases: what was going on; empty for anything.
    """

    types: tuple[str, ...]
    code: str
    kind: type[OsduAuthError]
    what: str
    why: str
    fix: str | Fix
    said: str = ""
    phases: tuple[Phase, ...] = ()

    def fits(self, refusal: ServiceError, phase: Phase) -> bool:
        """Say whether this is what the refusal means."""
        return (
            refusal.service_error in self.types
            and (not self.phases or phase in self.phases)
            and re.search(self.said, refusal.message, re.IGNORECASE) is not None
        )

    def error(self, refusal: ServiceError) -> OsduAuthError:
        """Return the error, with what is particular to this refusal."""
        kind = printable(refusal.service_error, 100)
        message = printable(refusal.message) or "nothing more"
        what, why = (
            sentence.format(message=message, type=kind) for sentence in (self.what, self.why)
        )
        return self.kind(
            what,
            code=self.code,
            why=why,
            fix=self.fix,
            service_error=kind,
            retry_after=refusal.retry_after,
        )
