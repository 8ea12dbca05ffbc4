"""A shared refusal: if the issuer refuses one process, the waiting processes do not ask again.

Many processes without a token may wait for the right to renew. If the client secret is wrong, the
issuer refuses the first process, and would refuse each of the others. So the first process leaves a
note with the refusal in the store, if the store supports notes (`HeldSessionWithNotes`). A process
that began to wait before that raises the same error. A process that begins to wait later asks the
issuer: a corrected setting is used at once.

A refusal is shared only among processes with the same settings, the same binding and the same job.
A job is a session of the operating system (setsid): the processes of one shell or one build have
the same one. A secret in a variable is not compared, as it must not be written into the note; the
processes of one job usually have the same variables.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, cast

from osdu_auth import errors
from osdu_auth.fixes import fix_text

if TYPE_CHECKING:
    from osdu_auth.fixes import Reader
    from osdu_auth.stores.token_store import HeldSession, HeldSessionWithNotes

_TEXTS = ("what", "code", "why", "service_error")


def leave_refusal(
    right: HeldSession, binding: str, error: errors.OsduAuthError, reader: Reader
) -> None:
    """Leave a note with the issuer's refusal for the processes that wait for the right to renew.

    Args:
        right: the right to renew the session.
        binding: the binding of the session.
        error: the error of the request; without an answer of the issuer no note is left.
        reader: the reader of the error's fix.
    """
    if not error.service_error or not hasattr(right, "leave_note"):
        return
    note = {name: getattr(error, name) for name in _TEXTS}
    note |= {"fix": fix_text(error.advice, reader), "retry_after": error.retry_after}
    about = {"binding": binding, "job": _job(), "kind": type(error).__name__}
    cast("HeldSessionWithNotes", right).leave_note(json.dumps({**note, **about}))


def refusal_in(note: str, binding: str) -> errors.OsduAuthError | None:
    """Return the refusal in a note; None if the note is of another binding or another job.

    Args:
        note: the note that was left while this process waited for the right to renew.
        binding: the binding of the session.
    """
    try:
        members = json.loads(note)
        kind = getattr(errors, members["kind"])
        if (members["binding"], members["job"]) != (binding, _job()):
            return None
        what, code, why, service_error = (str(members[name]) for name in _TEXTS)
        refusal: errors.OsduAuthError = kind(
            what,
            code=code,
            why=why,
            fix=str(members["fix"]),
            service_error=service_error,
            retry_after=members["retry_after"],
        )
    except (ValueError, KeyError, TypeError, AttributeError):  # damaged, or of another version
        return None
    return refusal


def _job() -> int:
    """Return the number of the operating system's session that this process belongs to."""
    return os.getsid(0) if hasattr(os, "getsid") else 0  # not tried: Windows has none
