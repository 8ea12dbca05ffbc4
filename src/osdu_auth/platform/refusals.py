"""What an error of OSDU means to the person who asked.

OSDU's services answer errors in three shapes: `{code, reason, message}` (most services), Spring's
`{status, error, message, path}` (what the framework refuses by itself), and the plain text of the
gateway before them. All three end here as one of our errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import OsduError, OsduFailed, RefusedByOsdu
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.secret import MASK
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.wire import Reply

_UNAUTHORIZED, _FORBIDDEN, _SERVER_ERRORS = 401, 403, 500

_READ = 64 * 1024  # characters of a reason
# Gateways repeat the token that they refuse; the header of a JWT begins with these two letters.
_TOKEN = re.compile(r"ey[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}")


def refusal(reply: Reply, profile: AnyProfile) -> OsduError:
    """Return the error that a reply of status 400 or more stands for.

    Args:
        reply: what OSDU answered.
        profile: who asked.
    """
    said = _words(reply)
    why = f'OSDU says: "{said}".' if said else "OSDU gave no reason."
    correlation_id = printable(reply.headers.get("correlation-id", ""), 100)
    kind: type[OsduError] = OsduFailed
    if reply.status == _UNAUTHORIZED:
        kind, code = RefusedByOsdu, "OA-O501"
        what = "OSDU does not accept this token (401)."
        fix: str | Fix = (
            Run("login", profile=profile.name)
            + ", or check that this platform trusts that user pool."
        )
    elif reply.status == _FORBIDDEN:
        kind, code = RefusedByOsdu, "OA-O502"
        what = "OSDU knows you, but you may not do this (403)."
        fix = (
            "Signing in again will not help: see your groups with "
            + Run("groups")
            + f', and ask the administrator of "{profile.data_partition_id}" for the one that '
            "is missing."
        )
    elif reply.status >= _SERVER_ERRORS:
        code, what = "OA-O902", f"OSDU failed ({reply.status})."
        fix = "Try again later; give the platform's operators the correlation id" + (
            f" {correlation_id}." if correlation_id else "."
        )
    else:
        code, what = "OA-O901", f"OSDU cannot do what was asked ({reply.status})."
        fix = "Check the path, the data partition and the data that was sent."
        if profile.data_partition_id is None:
            why += " The profile names no data partition, so none was sent."
            fix = Run("init", "--data-partition-id", Blank("ID"), profile=profile.name)
    return kind(
        what, code=code, status=reply.status, correlation_id=correlation_id, why=why, fix=fix
    )


def _words(reply: Reply) -> str:
    """The reason in the reply, in whichever of the three shapes it came, without tokens."""
    return printable(_TOKEN.sub(MASK, _reason(reply)), 200)


def _reason(reply: Reply) -> str:
    from osdu_auth.errors import UnusableReply
    from osdu_auth.wire import strict_json

    try:
        body: Any = strict_json(reply.body)
    except UnusableReply:
        text = reply.body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text[:_READ]
    if not isinstance(body, dict):
        return ""
    parts = [body.get(member) for member in ("reason", "error", "message")]
    return ": ".join(part for part in parts if isinstance(part, str) and part)[:_READ]
