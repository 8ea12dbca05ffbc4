"""`osdu-auth exec`: run a command with a file that always holds a fresh token."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.fresh_token import prepare_fast_path
from osdu_auth.cli.options import Duration, profile_option
from osdu_auth.durations import instant
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Run
from osdu_auth.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.token_source import TokenSource
    from osdu_auth.tokens import TokenSet


@click.command(
    # What follows the command's name is the command's own.
    context_settings={"allow_interspersed_args": False},
    epilog="""\b
Example:
  osdu-auth exec -- python ingest.py wells/*.las
  osdu-auth exec --min-session 6h -- ./load.sh
  osdu-auth exec --board dir:/shared/osdu-board -- ./load.sh    # on a worker, without a session

\b
The command has your variables and these; what the profile does not set is taken out, and so are
OSDU_ACCESS_TOKEN and the variable with the client secret, OSDU_AUTH_CLIENT_SECRET or the profile's:
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
    help="Do not start if the session ends sooner, such as 6h.",
)
@click.option(
    "--env-token",
    is_flag=True,
    help="Also set OSDU_ACCESS_TOKEN, to a token that is not renewed.",
)
@click.option(
    "--board",
    metavar="BOARD",
    help="Take the tokens from a board, where a publisher puts them, and not from a session here.",
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

    The file is the user's alone, and goes when the command ends. The command has this terminal and
    these streams, gets the signals that are sent here, and its exit code is returned.
    """
    _require_possible(command_line)
    if board is not None:
        return _run(*_from_board(board, profile_name, min_session), command_line, env_token)
    session = Session(profile_name)
    if min_session:
        session.ensure(min_session)
    prepare_fast_path(session, session.saved())
    return _run(session, lambda: session.saved().tokens, command_line, env_token)


def _from_board(
    board: str, profile_name: str | None, min_session: float
) -> tuple[TokenSource, Callable[[], TokenSet]]:
    """Return what has tokens from a board, and what gets the newest one."""
    if min_session:
        raise click.UsageError("A board does not say when the session ends: leave --min-session.")
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
        source: whose profile the command's variables are of.
        newest: gets the newest token.
        command_line: the command.
        env_token: whether it is to have the present token as a variable as well.
    """
    tokens = newest()
    from osdu_auth.cli.running.child import Child, end_as
    from osdu_auth.cli.running.signals import Signals
    from osdu_auth.cli.running.token_file import token_file
    from osdu_auth.cli.running.upkeep import Upkeep
    from osdu_auth.cli.running.variables import variables
    from osdu_auth.cli.waiting_line import show_no_waiting_line

    show_no_waiting_line()
    signals = Signals()
    with token_file() as file:
        file.write(tokens.access_token)
        frozen = tokens.access_token if env_token else None
        if env_token:
            until = instant(tokens.expires_at)
            note(f"OSDU_ACCESS_TOKEN is good until {until} and is not renewed; the file is.")
        child = Child(command_line, variables(source.profile, file.path, frozen), signals)
        upkeep = Upkeep(newest, file, tokens, signals)
        code = child.wait()
        is_over = upkeep.stop()
    return end_as(code, at_once=not is_over)


def _require_possible(command_line: tuple[str, ...]) -> None:
    if sys.platform == "win32":  # its processes have neither these signals nor this job control
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
