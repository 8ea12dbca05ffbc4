"""`osdu-auth why`: why OSDU refused a request, who can fix it, and what to send them.

`request`, `groups` and `whoami` record a refusal here, for a later `osdu-auth why`.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.standard_input import option_content
from osdu_auth.durations import duration_in_words
from osdu_auth.errors import OsduError, UsageError
from osdu_auth.fixes import Blank, Run
from osdu_auth.session import Session
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.platform.answers import PlatformAnswer
    from osdu_auth.platform.why import RefusalExplanation
    from osdu_auth.profiles.profile import AnyProfile

_WIDTH = 10_000  # characters of a line


@click.command(
    epilog="""\b
Example:
  osdu-auth why
  osdu-auth why POST /api/search/v2/query
  osdu-auth why GET /api/storage/v2/records/opendes:a:b --status 403 --answer @answer.json
"""
)
@click.argument("method", required=False)
@click.argument("path", required=False)
@click.option("--status", type=click.IntRange(200, 599), help="The status of the answer.")
@click.option("--answer", metavar="TEXT|@FILE|@-", help="The body of the answer: text or a file.")
@profile_option
@json_option
def command(
    method: str | None,
    path: str | None,
    status: int | None,
    answer: str | None,
    profile_name: str | None,
    as_json: bool,
) -> None:
    """Find out why OSDU refused a request, who can fix it, and what to write to them.

    Without arguments it explains the last refusal of `request`, `groups` or `whoami`. With a method
    and a path it checks whether you are in the groups that the request needs; with --status it
    explains that refusal. It makes at most two GET requests, and renews nothing.
    """
    from osdu_auth.platform.why import explain_refusal

    session = Session(profile_name)
    if method is None:
        if status is not None or answer is not None:
            raise _needs_path()
        given, when = _last(session.profile)
    else:
        if path is None:
            raise _needs_path()
        given, when = _given(method.upper(), path, status, answer), ""
    explanation = explain_refusal(given, session)
    if as_json:
        import json

        click.echo(json.dumps(explanation.as_dict(), indent=2))
        return
    for line in _lines(explanation, when):
        click.echo(printable(line, _WIDTH))


def _last(profile: AnyProfile) -> tuple[PlatformAnswer, str]:
    from osdu_auth.platform.last_refusal import last_refusal

    last = last_refusal(profile.name)
    if last is None:
        raise UsageError(
            f'No refusal for the profile "{profile.name}" is recorded.',
            code="OA-U250",
            why="Only `request`, `groups` and `whoami` record what OSDU refuses.",
            fix="Name the request: " + Run("why", "GET", "/api/entitlements/v2/groups"),
        )
    return last.answer, f" {duration_in_words(max(0.0, time.time() - last.at))} ago"


def _needs_path() -> UsageError:
    return UsageError(
        "To explain a refusal, the method and the path of its request are needed.",
        code="OA-U251",
        fix=Run("why", Blank("METHOD"), Blank("PATH"), "--status", Blank("STATUS")),
    )


def _given(method: str, path: str, status: int | None, answer: str | None) -> PlatformAnswer:
    from osdu_auth.platform.answers import read_answer
    from osdu_auth.url import read_url_or_none

    url = read_url_or_none(path)
    body = b"" if answer is None else option_content(answer, "--answer")
    return read_answer(status or 0, {}, body, method, path if url is None else url.path)


def _lines(explanation: RefusalExplanation, when: str) -> list[str]:
    """Return the lines of the explanation."""
    from osdu_auth.platform.refusal_table import FixedBy

    answer = explanation.answer
    request = f"{answer.method} {answer.path}".strip() or "The request"
    if answer.status:
        lines = [f"{request} was refused{when} ({answer.status}).  [{explanation.error.code}]"]
        lines += [f'OSDU answered: "{answer.words}"'] if answer.words else []
        lines += [f"Correlation id: {answer.correlation_id}"] if answer.correlation_id else []
    else:
        lines = [f"{request}: possible reasons for a refusal"]
    shown = explanation.possible
    if not answer.status:
        shown = explanation.confirmed
    if not shown:
        lines += ["", "No reason for a refusal was found."]
    for each in shown:
        lines += ["", explanation.what(each.cause), f"  Shown by: {each.how}."]
        lines += [f"  Next: {explanation.fix(each.cause)}"]
        request = explanation.request(each.cause)
        if each.cause.fixed_by is not FixedBy.YOU and request:
            lines += [f"  Send this to {each.cause.fixed_by.value}:", f"    {request}"]
    ruled_out = [each for each in explanation.findings if each.is_confirmed is False]
    if ruled_out:
        lines += ["", "Ruled out:"]
        lines += [f"  {each.cause.short}: {each.how}" for each in ruled_out]
    return lines


@contextmanager
def recording_refusals(session: Session) -> Iterator[None]:
    """Record what OSDU refuses in the block, for a later `osdu-auth why`."""
    try:
        yield
    except OsduError as error:
        raise record_refusal(error, session) from None


def record_refusal(error: OsduError, session: Session) -> OsduError:
    """Record what OSDU refused, and return the error."""
    from osdu_auth.platform.last_refusal import keep_refusal

    if error.answer is not None:
        keep_refusal(session.profile.name, error.answer)
    return error
