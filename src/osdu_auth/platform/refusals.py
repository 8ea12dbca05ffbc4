"""The error that an answer of OSDU stands for, by the table of refusals."""

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
    from osdu_auth.platform.answers import Answer
    from osdu_auth.platform.refusal_table import Row
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.wire import Reply

_OK = 200
_SHORT = 1024  # bytes; an answer that holds records is longer
_SECONDS = re.compile(r"[0-9]{1,6}")


def refusal(reply: Reply, profile: AnyProfile, method: str = "", path: str = "") -> OsduError:
    """Return the error that a reply of status 400 or more stands for.

    Args:
        reply: what OSDU answered.
        profile: who asked.
        method: the HTTP method of the request.
        path: the path of the request.
    """
    return error_of(read_answer(reply.status, reply.headers, reply.body, method, path), profile)


def found_nothing(reply: Reply, path: str) -> bool:
    """Say whether Search found no record, which it also says of those that one may not see.

    Args:
        reply: what OSDU answered.
        path: the path of the request.
    """
    if service_of(path) != "search" or reply.status != _OK or len(reply.body) > _SHORT:
        return False
    try:
        value = strict_value(reply.body)
    except ValueError:
        return False
    return isinstance(value, dict) and value.get("totalCount") == 0


def error_of(answer: Answer, profile: AnyProfile) -> OsduError:
    """Return the error that an answer stands for.

    Args:
        answer: of status 400 or more.
        profile: who asked.
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
    answer: Answer, profile: AnyProfile, member: str = "", domain: str = ""
) -> dict[str, str]:
    """Return what is filled into the sentences of a row.

    Args:
        answer: what came.
        profile: who asked.
        member: the name that the platform has for the user; "" where it is not known.
        domain: what follows the @ in the names of groups, such as `opendes.example.com`; "" where
            it is not known.
    """
    groups = required_groups(answer.service, answer.method, answer.path)
    named = [f"{group}@{domain}" if domain else group for group in groups]
    seconds = _SECONDS.fullmatch(answer.retry_after)
    return {
        "service": service_title(answer.service),
        "status": str(answer.status),
        "partition": profile.data_partition_id or "(none)",
        "groups": " or ".join(named) or "those that its documentation names",
        "group": named[0] if named else "the group that its documentation names",
        "member": member or "this user",
        "correlation_id": answer.correlation_id or "(none was given)",
        "id": f" {answer.correlation_id}" if answer.correlation_id else "",
        "words": answer.words,
        "wait": f" {answer.retry_after} s" if seconds else " a minute",
    }


def _why(answer: Answer, row: Row, placeholders: dict[str, str]) -> str:
    """Return what the platform said, and what it can mean."""
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
    """Return what to do about the likeliest cause, and how to find out which it is."""
    if row.is_guess:
        return Run("why") + " finds out which it is."
    likeliest = row.causes[0].fix
    fix = likeliest.format_map(placeholders) if isinstance(likeliest, str) else likeliest
    if len(row.causes) == 1:
        return fix
    # After a command, a sentence that begins anew would be read as more of it.
    joint = " What else it can be: " if str(fix).endswith(".") else ", or see what else it can be: "
    return fix + (joint + Run("why"))
