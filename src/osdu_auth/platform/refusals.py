"""Our error for an answer of OSDU, by the table of refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from osdu_auth.errors import OsduError, OsduFailed, RefusedByOsdu
from osdu_auth.fixes import Run
from osdu_auth.platform.answers import (
    FORBIDDEN,
    UNAUTHORIZED,
    Author,
    read_answer,
    service_of,
)
from osdu_auth.platform.refusal_rows import row_of
from osdu_auth.platform.required_groups import required_groups, service_title
from osdu_auth.wire.json_reader import strict_value

if TYPE_CHECKING:
    from osdu_auth.fixes import Fix
    from osdu_auth.platform.answers import PlatformAnswer
    from osdu_auth.platform.refusal_table import Row
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.wire import Reply

_OK = 200
_SHORT = 1024  # bytes; an answer with records is longer
_SECONDS = re.compile(r"[0-9]{1,6}")


def error_of_reply(
    reply: Reply, profile: AnyProfile, method: str = "", path: str = ""
) -> OsduError:
    """Return our error for a reply of status 400 or more.

    Args:
        reply: OSDU's reply.
        profile: the profile that was used.
        method: the HTTP method of the request.
        path: the path of the request.
    """
    return error_of(read_answer(reply.status, reply.headers, reply.body, method, path), profile)


def found_nothing(reply: Reply, path: str) -> bool:
    """Say whether Search found no record; it does not count records that the user may not see.

    Args:
        reply: OSDU's reply.
        path: the path of the request.
    """
    if service_of(path) != "search" or reply.status != _OK or len(reply.body) > _SHORT:
        return False
    try:
        value = strict_value(reply.body)
    except ValueError:
        return False
    return isinstance(value, dict) and value.get("totalCount") == 0


def error_of(answer: PlatformAnswer, profile: AnyProfile) -> OsduError:
    """Return our error for an answer.

    Args:
        answer: an answer of status 400 or more.
        profile: the profile that was used.
    """
    row, placeholders = row_of(answer), placeholders_of(answer, profile)
    kind = RefusedByOsdu if answer.status in {UNAUTHORIZED, FORBIDDEN} else OsduFailed
    return kind(
        row.what.format_map(placeholders),
        code=row.code,
        status=answer.status,
        correlation_id=answer.correlation_id,
        answer=answer,
        why=_why(answer, row, placeholders),
        fix=_fix(row, placeholders),
    )


def placeholders_of(
    answer: PlatformAnswer, profile: AnyProfile, member: str = "", domain: str = ""
) -> dict[str, str]:
    """Return the values of the placeholders in the sentences of a row.

    Args:
        answer: the platform's answer.
        profile: the profile that was used.
        member: the name that the platform has for the user; "" where it is not known.
        domain: the part after the @ in the names of groups, such as `opendes.example.com`; "" where
            it is not known.
    """
    groups = required_groups(answer.service, answer.method, answer.path)
    named = [f"{group}@{domain}" if domain else group for group in groups]
    seconds = _SECONDS.fullmatch(answer.retry_after)
    return {
        "service": service_title(answer.service),
        "status": str(answer.status),
        "partition": profile.data_partition_id or "(none)",
        "groups": " or ".join(named) or "those in its documentation",
        "group": named[0] if named else "the group in its documentation",
        "member": member or "this user",
        "correlation_id": answer.correlation_id or "(none was given)",
        "id": f" {answer.correlation_id}" if answer.correlation_id else "",
        "words": answer.words,
        "wait": f" {answer.retry_after} s" if seconds else " a minute",
    }


def _why(answer: PlatformAnswer, row: Row, placeholders: dict[str, str]) -> str:
    """Return what the platform said, and the possible causes."""
    author = "The page" if answer.author is Author.PAGE else "OSDU"
    said = f'{author} says: "{answer.words}".' if answer.words else f"{author} gave no reason."
    if answer.correlation_id:
        said += f" Correlation id: {answer.correlation_id}."
    likeliest, *others = row.causes
    if row.is_guess:
        return f"{said} It is one of: {'; '.join(cause.short for cause in row.causes)}."
    said = f"{said} {'Most likely: ' if others else ''}{likeliest.what.format_map(placeholders)}"
    if not others:
        return said
    return f"{said} It can also be: {'; '.join(cause.short for cause in others)}."


def _fix(row: Row, placeholders: dict[str, str]) -> str | Fix:
    """Return the fix for the most likely cause, and the command that finds the true cause."""
    if row.is_guess:
        return Run("why") + " finds out which it is."
    likeliest = row.causes[0].fix
    fix = likeliest.format_map(placeholders) if isinstance(likeliest, str) else likeliest
    if len(row.causes) == 1:
        return fix
    # After a command no new sentence begins, as it would look like a part of the command.
    joint = " To see other causes: " if str(fix).endswith(".") else ", or see other causes: "
    return fix + (joint + Run("why"))
