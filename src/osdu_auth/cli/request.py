"""`osdu-auth request`: one OSDU call with the right headers."""

from __future__ import annotations

import sys

import click

from osdu_auth.cli.console import note, reading_standard_input
from osdu_auth.cli.options import profile_option
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Run
from osdu_auth.session import Session
from osdu_auth.text import printable

_EMPTY = ("--status", "200")


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
    from osdu_auth.cli.refusals import noted
    from osdu_auth.platform.call import call
    from osdu_auth.platform.refusals import found_nothing, refusal

    session = Session(profile_name)
    method = method.upper()
    reply = call(session, method, path, body_given(data, "--data"))
    if sys.stdout.isatty():
        for line in reply.body.decode("utf-8", "replace").splitlines():
            click.echo(printable(line.expandtabs(), limit=sys.maxsize - 1))
    else:
        click.echo(reply.body, nl=False)
    if reply.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        raise noted(refusal(reply, session.profile, method, path), session)
    if sys.stdout.isatty() and found_nothing(reply, path):
        note("No record was found, or none that you may see: " + Run("why", method, path, *_EMPTY))


def body_given(data: str | None, option: str) -> bytes | None:
    """Return what an option gives: its own text, what a file holds, or standard input.

    Args:
        data: a text, `@FILE` or `@-`; None where the option was not given.
        option: its name.

    Raises:
        UsageError: OA-U205: the file cannot be read; or as of `reading_standard_input`.
    """
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
            fix=f"Give {option} @FILE with a file that you can read.",
        ) from None
