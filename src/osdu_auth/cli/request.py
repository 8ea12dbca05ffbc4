"""`osdu-auth request`: one OSDU call with the right headers."""

from __future__ import annotations

import sys

import click

from osdu_auth.cli.console import reading_standard_input
from osdu_auth.cli.options import profile_option
from osdu_auth.errors import UsageError
from osdu_auth.input_text import NotText, json_text, oddity_around
from osdu_auth.session import Session
from osdu_auth.text import printable


@click.command(
    epilog="""\b
Example:
  osdu-auth request GET /api/entitlements/v2/groups
  osdu-auth request POST /api/search/v2/query --data '{"kind": "*:*:*:*", "limit": 3}'
  osdu-auth request PUT /api/storage/v2/records --data @records.json
"""
)
@click.argument("method")
@click.argument("path")
@click.option(
    "-d", "--data", metavar="JSON|@FILE|@-", help="The body: text, a file, or standard input."
)
@profile_option
def command(method: str, path: str, data: str | None, profile_name: str | None) -> None:
    """Make one OSDU call with your token and data partition, and print the answer.

    The answer goes to standard output as it came, an error's too; what an error means is told on
    standard error, and by the exit code.
    """
    from osdu_auth.platform.call import call
    from osdu_auth.platform.refusals import refusal

    session = Session(profile_name)
    reply = call(session, method.upper(), path, _body(data))
    if sys.stdout.isatty():
        for line in reply.body.decode("utf-8", "replace").splitlines():
            click.echo(printable(line.expandtabs(), limit=sys.maxsize - 1))
    else:
        click.echo(reply.body, nl=False)
    if reply.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        raise refusal(reply, session.profile)


def _body(data: str | None) -> bytes | None:
    """Return the JSON text to send, in UTF-8 and without a mark before it.

    Raises:
        UsageError: OA-U205, OA-U206: it cannot be read; OA-U208: it is no text.
    """
    if data is None:
        return None
    try:
        return json_text(_content(data))
    except NotText as error:
        why = str(error)
    raise UsageError(
        f"The body {_place_of(data)}cannot be sent as JSON.",
        code="OA-U208",
        why=why,
        fix="Save it as UTF-8, with plain quotes and spaces: JSON has no others.",
    )


def _place_of(data: str) -> str:
    if not data.startswith("@"):
        return ""
    return f"in {'standard input' if data == '@-' else printable(data[1:], 200)} "


def _content(data: str) -> bytes:
    if not data.startswith("@"):
        return data.encode("utf-8", "surrogateescape")
    if data == "@-":
        with reading_standard_input():
            return sys.stdin.buffer.read()
    try:
        with open(data[1:], "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(
            f"The file {data[1:]} cannot be read.",
            code="OA-U205",
            why=f"{oddity_around(data[1:])} {error.strerror}.".strip(),
            fix="Give --data @FILE with a file that you can read.",
        ) from None
