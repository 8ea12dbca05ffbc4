"""`osdu-auth request`: one OSDU call with the right headers."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.standard_input import option_content
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Run
from osdu_auth.input_text import NotText, json_text
from osdu_auth.session import Session
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.wire import Reply

_EMPTY = ("--status", "200")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ -~]*[!-~])?)[ \t]*")

_PIECE = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[\[\]{},:]|[^\s\[\]{},:\"]+")
_STEP = "  "


@click.command(
    epilog="""\b
Example:
  osdu-auth request GET /api/entitlements/v2/groups
  osdu-auth request POST /api/search/v2/query --data '{"kind": "*:*:*:*", "limit": 3}'
  osdu-auth request PUT /api/storage/v2/records --data @records.json
  osdu-auth request -i GET /api/legal/v1/legaltags -H "data-partition-id: other"
"""
)
@click.argument("method")
@click.argument("path")
@click.option(
    "-d", "--data", metavar="JSON|@FILE|@-", help="The body: text, a file, or standard input."
)
@click.option(
    "-H",
    "--header",
    "headers",
    metavar="NAME:VALUE",
    multiple=True,
    help="Add a header, or replace the value of one; may be given more than once.",
)
@click.option("-i", "--include", is_flag=True, help="Print status and headers of the answer, too.")
@click.option("-q", "--quiet", is_flag=True, help="Do not print the body of the answer.")
@profile_option
def command(
    method: str,
    path: str,
    data: str | None,
    headers: tuple[str, ...],
    include: bool,
    quiet: bool,
    profile_name: str | None,
) -> None:
    """Make one OSDU call with your token and data partition, and print the answer.

    Standard output gets the unchanged body, even of an error; a terminal gets JSON with line
    breaks. Standard error explains an error, and the exit code shows its kind.
    """
    from osdu_auth.cli.why import record_refusal
    from osdu_auth.platform.call import call
    from osdu_auth.platform.refusals import error_of_reply, found_nothing

    session = Session(profile_name)
    method = method.upper()
    reply = call(session, method, path, _body(data), _named(headers))
    if include:
        _print_head(reply)
    if not quiet:
        _print_body(reply)
    if reply.status >= 400:  # noqa: PLR2004 - where HTTP's errors begin
        raise record_refusal(error_of_reply(reply, session.profile, method, path), session)
    if sys.stdout.isatty() and found_nothing(reply, path):
        note("No record was found, or none that you may see: " + Run("why", method, path, *_EMPTY))


def _print_head(reply: Reply) -> None:
    from http.client import responses

    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, '')}".rstrip()]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    for line in (*lines, ""):
        if sys.stdout.isatty():
            click.echo(printable(line, limit=sys.maxsize - 1))
        else:
            click.echo(line.encode("latin-1", "replace") + b"\r\n", nl=False)


def _print_body(reply: Reply) -> None:
    if not sys.stdout.isatty():
        click.echo(reply.body, nl=False)
        return
    text = reply.body.decode("utf-8", "replace")
    for line in (indented(text) or text).splitlines():
        click.echo(printable(line.expandtabs(), limit=sys.maxsize - 1))


def _named(headers: tuple[str, ...]) -> dict[str, str]:
    """Return headers by their names; the values of the same name are joined by commas."""
    named: dict[str, str] = {}
    for header in headers:
        found = _HEADER.fullmatch(header)
        if found is None:
            raise UsageError(
                f"{printable(header, 60)!r} is not a header.",
                code="OA-U215",
                why="A header is a name, a colon and a value, of visible ASCII characters.",
                fix="Give it as in: -H 'data-partition-id: opendes'",
            )
        name, value = found[1].lower(), found[2]
        named[name] = f"{named[name]}, {value}" if name in named else value
    return named


def _body(data: str | None) -> bytes | None:
    """Return the JSON text to send, in UTF-8 without a byte order mark.

    Raises:
        UsageError: OA-U205, OA-U206: it cannot be read; OA-U208: it is not text.
    """
    if data is None:
        return None
    try:
        return json_text(option_content(data, "--data"))
    except NotText as error:
        why = str(error)
    raise UsageError(
        f"The body {_place_of(data)}cannot be sent as JSON.",
        code="OA-U208",
        why=why,
        fix="Save it as UTF-8, with plain quotes and spaces: JSON allows no others.",
    )


def _place_of(data: str) -> str:
    if not data.startswith("@"):
        return ""
    return f"in {'standard input' if data == '@-' else printable(data[1:], 200)} "


def indented(text: str) -> str | None:
    """Return JSON text with line breaks and indentation; None for text that is not JSON.

    Numbers, escapes and repeated members stay as written: the text is split, not decoded.

    Args:
        text: the body of an answer.
    """
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    pieces: list[str] = []
    depth = 0
    before = ""
    for piece in _PIECE.findall(text):
        if piece in "]}":
            depth -= 1
            if before not in ("[", "{"):
                pieces.append(_line(depth))
        elif before in ("[", "{"):
            pieces.append(_line(depth))
        pieces.append(piece)
        if piece in "[{":
            depth += 1
        elif piece == ",":
            pieces.append(_line(depth))
        elif piece == ":":
            pieces.append(" ")
        before = piece
    return "".join(pieces)


def _line(depth: int) -> str:
    return "\n" + _STEP * depth
