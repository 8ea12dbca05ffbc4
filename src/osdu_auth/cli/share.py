"""`osdu-auth share`: keep a fresh token on a board, for workers on many machines."""

from __future__ import annotations

import json
import signal
import sys
import threading
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note, say_error, say_success
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.durations import rfc3339_time
from osdu_auth.fleet.publisher import Publisher, needs_person
from osdu_auth.session import Session

if TYPE_CHECKING:
    from osdu_auth.errors import OsduAuthError

_POLL_INTERVAL = 0.5  # seconds between two checks for a signal to end
_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@click.command(
    epilog="""\b
Example:
  osdu-auth share dir:/shared/osdu-board
  osdu-auth share rediss://publisher@redis.example.com:6379/0 --json

\b
BOARD is dir:FOLDER, redis://… or rediss://… (the extra osdu-auth[fleet]).
A worker runs osdu-auth exec --board BOARD -- COMMAND, or in Python
  SharedTokenSource(BOARD, key="file:/path/of/board.key")

\b
Variables, for the publisher and for workers:
  OSDU_AUTH_BOARD_KEY       the place of the board key, such as file:/path
  OSDU_AUTH_BOARD_PASSWORD  the place of Redis's password, such as file:/path
"""
)
@click.argument("board", metavar="BOARD")
@profile_option
@click.option(
    "--key",
    metavar="REF",
    help="The place of the board key, such as file:PATH; default: a private file, made if needed.",
)
@json_option
def command(board: str, profile_name: str | None, key: str | None, as_json: bool) -> int:
    """Keep a fresh access token on a board until Ctrl-C, for workers that have no session.

    The refresh token stays here. The board's content is encrypted with the board key; a program
    with that key can read the token, and can publish another one. Several `osdu-auth share` may use
    one board and one state folder: one renews, and another continues when it ends. With --json one
    line is printed when the token is on the board.
    """
    ended = threading.Event()
    for name in _ENDING_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: ended.set())
    session = Session(profile_name)
    with Publisher(session, board, key=key, on_error=_show_trouble).start() as publisher:
        _say_what_is_published(publisher, session, as_json=as_json)
        while not ended.is_set():
            if publisher.wait(_POLL_INTERVAL) and publisher.last_error is not None:
                raise publisher.last_error
    return 0


def _say_what_is_published(publisher: Publisher, session: Session, *, as_json: bool) -> None:
    profile, published = session.profile, publisher.published
    expires_at = None if published is None else rfc3339_time(published.expires_at)
    if as_json:
        data = {
            "board": publisher.board.address,
            "key": publisher.key_reference,
            "generation": None if published is None else published.generation,
            "expires_at": expires_at,
            "profile": profile.name,
            "platform_url": profile.platform_url,
            "data_partition_id": profile.data_partition_id,
        }
        click.echo(json.dumps(data))
    else:
        click.echo(f"A token is on the board {publisher.board.address}, good until {expires_at}.")
        note(
            f"Workers also need the board key, which is not on the board: {publisher.key_reference}"
        )
    sys.stdout.flush()


def _show_trouble(trouble: OsduAuthError | None) -> None:
    """Print an error of the publisher, or that the error is over."""
    if trouble is None:
        say_success("The board has a fresh token again.")
    else:
        say_error(trouble, with_fix=needs_person(trouble))
