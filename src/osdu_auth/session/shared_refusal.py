"""A refusal that is shared: processes that waited while the issuer refused do not ask in a row.

Many processes without a token wait for the one right to ask. The issuer refuses the first one, as
its secret is wrong, and it would refuse all others. The first one leaves a note for them in the
store, where the store takes notes. A process that began to wait before the note was left takes the
refusal as its own. A process that starts later asks, so that a corrected setting counts at once.

The question is the same where three things are the same: the settings, the binding, and the job,
which is the operating system's session (setsid), as the processes of one shell or one build share
it. A secret in a variable is not compared, as no form of it is kept: the processes of one job are
given the same variables.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from osdu_auth import errors
from osdu_auth.fixes import fix_text
from osdu_auth.stores.token_store import NoteTaking

if TYPE_CHECKING:
    from osdu_auth.fixes import Reader
    from osdu_auth.stores.token_store import HeldSession

_TEXTS = ("what", "code", "why", "service_error")


def leave_refusal(
    right: HeldSession, binding: str, error: errors.OsduAuthError, reader: Reader
) -> None:
    """Leave the issuer's refusal for those who wait for the right to ask the same.

    Args:
        right: to renew the session.
        binding: of the session.
        error: what asking came to; only what the issuer answered is left.
        reader: who reads what to do about it.
    """
    if not error.service_error or not isinstance(right, NoteTaking):
        return
    note = {name: getattr(error, name) for name in _TEXTS}
    note |= {"fix": fix_text(error.advice, reader), "retry_after": error.retry_after}
    about = {"binding": binding, "job": _job(), "kind": type(error).__name__}
    right.leave_note(json.dumps({**note, **about}))


def refusal_in(note: str, binding: str) -> errors.OsduAuthError | None:
    """Return the refusal that a note says, None where it is about another question.

    Args:
        note: that was left while the right to ask was waited for.
        binding: of the session.
    """
    try:
        said = json.loads(note)
        kind = getattr(errors, said["kind"])
        if (said["binding"], said["job"]) != (binding, _job()):
            return None
        what, code, why, service_error = (str(said[name]) for name in _TEXTS)
        refusal: errors.OsduAuthError = kind(
            what,
            code=code,
            why=why,
            fix=str(said["fix"]),
            service_error=service_error,
            retry_after=said["retry_after"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):  # torn, or of another version
        return None
    return refusal


def _job() -> int:
    return os.getsid(0) if hasattr(os, "getsid") else 0  # not tried: Windows has none
