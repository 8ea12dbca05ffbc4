"""`osdu-auth request`: one OSDU call with the right headers."""

from __future__ import annotations

import sys

import click

from osdu_auth.cli.console import reading_standard_input
from osdu_auth.cli.options import profile_option
from osdu_auth.errors import UsageError
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
    if data is None or not data.startswith("@"):
        return None if data is None else data.encode("utf-8", "surrogateescape")
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
            why=f"{error.strerror}.",
            fix="Give --data @FILE with a file that you can read.",
        ) from None
