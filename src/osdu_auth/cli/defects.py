"""Our own mistakes, in words that show nothing: a traceback helps no user and may hold secrets."""

from __future__ import annotations

from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Command


def as_error(defect: Exception) -> OsduAuthError:
    """Return an error of ours that says where an exception came from that nothing has met."""
    import traceback

    last = traceback.extract_tb(defect.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    return OsduAuthError(
        "osdu-auth met something it has no answer for; this is a defect of osdu-auth.",
        code="OA-D101",
        why=f"{type(defect).__name__} at {place}.",
        fix="Please report this line, the command, and " + Command("osdu-auth", "--version") + ".",
    )
