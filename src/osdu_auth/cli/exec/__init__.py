"""`osdu-auth exec`: run a command with a file that always holds a fresh token.

`child` runs the command, `signals` passes signals on to it, `token_file` is the file, and
`token_file_renewer` renews the token in it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.fresh_token import prepare_fast_path
from osdu_auth.cli.options import Duration, profile_option
from osdu_auth.durations import rfc3339_time
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.token_source import TokenSource
    from osdu_auth.tokens import TokenSet


@click.command(
    # Options after the command's name belong to that command.
    context_settings={"allow_interspersed_args": False},
    epilog="""\b
Example:
  osdu-auth exec -- python ingest.py wells/*.las
  osdu-auth exec --min-session 6h -- ./load.sh
  osdu-auth exec --board dir:/shared/osdu-board -- ./load.sh    # on a worker, without a session

\b
The command gets your variables and the four below. If the profile does not set one of the four,
that variable is removed. OSDU_ACCESS_TOKEN and the variable with the client secret are removed
too (OSDU_AUTH_CLIENT_SECRET, or the variable that the profile names):
  OSDU_ACCESS_TOKEN_FILE   a file with the bare token; read it for each request
  OSDU_URL, OSDU_DATA_PARTITION_ID, OSDU_AUTH_PROFILE

\b
Exit code: the command's own, or
  126  it cannot be run
  127  there is no such command
""",
)
@profile_option
@click.option(
    "--min-session",
    type=Duration(),
    default=0.0,
    metavar="DURATION",
    help="Do not start the command if the session ends within this time, such as 6h.",
)
@click.option(
    "--env-token",
    is_flag=True,
    help="Also set OSDU_ACCESS_TOKEN, to a token that is not renewed.",
)
@click.option(
    "--board",
    metavar="BOARD",
    help="Take the tokens from a board of a publisher, and not from a session here.",
)
@click.argument("command_line", metavar="-- COMMAND [ARGS]...", nargs=-1, type=click.UNPROCESSED)
def command(
    profile_name: str | None,
    min_session: float,
    env_token: bool,
    board: str | None,
    command_line: tuple[str, ...],
) -> int:
    """Run a command with a file that always holds a fresh token.

    Only you can read the file, and it is removed when the command ends. The command uses the
    terminal and the standard streams of osdu-auth, and gets the signals that osdu-auth gets. The
    exit code is that of the command.
    """
    _require_command(command_line)
    if board is not None:
        return _run(*_from_board(board, profile_name, min_session), command_line, env_token)
    from osdu_auth.session import Session  # not for all importers of this package, such as purge

    session = Session(profile_name)
    if min_session:
        session.ensure(min_session)
    prepare_fast_path(session, session.saved())
    return _run(session, lambda: session.saved().tokens, command_line, env_token)


def _from_board(
    board: str, profile_name: str | None, min_session: float
) -> tuple[TokenSource, Callable[[], TokenSet]]:
    """Return a token source that reads a board, and a function that returns its newest tokens."""
    if min_session:
        raise click.UsageError(
            "A board does not say when the session ends: leave out --min-session."
        )
    from osdu_auth.fleet.shared_token_source import SharedTokenSource

    source = SharedTokenSource(board, profile=profile_name)
    return source, source.token_set


def _run(
    source: TokenSource,
    newest: Callable[[], TokenSet],
    command_line: tuple[str, ...],
    env_token: bool,
) -> int:
    """Run the command with a token file.

    Args:
        source: has the profile for the command's variables.
        newest: returns the newest tokens.
        command_line: the command.
        env_token: whether the command also gets the present token in a variable.
    """
    tokens = newest()
    from osdu_auth.cli.exec.child import Child, child_variables, end_as
    from osdu_auth.cli.exec.signals import Signals
    from osdu_auth.cli.exec.token_file import token_file
    from osdu_auth.cli.exec.token_file_renewer import TokenFileRenewer
    from osdu_auth.cli.waiting_line import stop_waiting_line

    stop_waiting_line()
    signals = Signals()
    with token_file() as file:
        file.write(tokens.access_token)
        in_variable = tokens.access_token if env_token else None
        if env_token:
            until = rfc3339_time(tokens.expires_at)
            note(f"OSDU_ACCESS_TOKEN is good until {until} and is not renewed; the file is.")
        child = Child(
            command_line, child_variables(source.profile, file.path, in_variable), signals
        )
        renewer = TokenFileRenewer(newest, file, tokens, signals)
        code = child.wait()
        has_stopped = renewer.stop()
    return end_as(code, at_once=not has_stopped)


def _require_command(command_line: tuple[str, ...]) -> None:
    if sys.platform == "win32":  # Windows has neither these signals nor this job control
        raise UsageError(
            "osdu-auth exec does not run on Windows yet.",
            code="OA-U230",
            fix="Use " + Run("token") + " for each request, or a Session of the library.",
        )
    if not command_line or not command_line[0]:
        raise UsageError(
            "There is no command to run.",
            code="OA-U231",
            fix=Run("exec", "--", Blank("COMMAND"), Blank("ARGUMENTS")),
        )
