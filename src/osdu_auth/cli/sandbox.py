"""`osdu-auth sandbox`: a local user pool and a small OSDU platform, until Ctrl-C."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import say
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.sandbox_profile import sandbox_profile
from osdu_auth.errors import Unreachable
from osdu_auth.fixes import Export, Run

if TYPE_CHECKING:
    from osdu_auth.sandbox import Message, Sandbox

_LOOK_SECONDS = 0.2
_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@click.command(
    epilog="""\b
Example:
  osdu-auth sandbox
  osdu-auth sandbox --json --port 8411
"""
)
@profile_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; default: any.")
@click.option(
    "--issuer-type",
    type=click.Choice(["original", "updated"], case_sensitive=False),
    default="original",
    help="Which of a user pool's two issuers its tokens name; default: original.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the values as one line of JSON.")
def command(profile_name: str | None, port: int, issuer_type: str, as_json: bool) -> None:
    """Run a local user pool and a small OSDU platform until Ctrl-C.

    It listens on this machine only, with users, keys and secrets made for this run; the messages
    that the pool would send by e-mail and SMS are shown on standard error. It writes the
    profile "sandbox" (or the one named by -p) and takes it away again when it ends.
    """
    ended = _told_to_end()
    sandbox = _started(port, issuer_type)
    try:
        with sandbox_profile(sandbox, profile_name or "sandbox") as name:
            values = {**sandbox.values(), "profile": name}
            click.echo(json.dumps(values) if as_json else _words(values))
            _show_messages(sandbox, ended)
    finally:
        sandbox.stop()


def _told_to_end() -> threading.Event:
    """An event that the signals set by which people and programs end a server."""
    ended = threading.Event()
    for name in _ENDING_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: ended.set())
    return ended


def _show_messages(sandbox: Sandbox, ended: threading.Event) -> None:
    """Show the e-mail and SMS messages that the pool sends, as they come, until told to end."""
    shown: list[Message] = []
    while not ended.wait(_LOOK_SECONDS):
        messages = list(sandbox.outbox)
        for message in messages:
            if message not in shown:
                say(f"{message.medium} to {message.destination}: {message.code}")
        shown = messages


def _started(port: int, issuer_type: str) -> Sandbox:
    from osdu_auth.sandbox import Sandbox

    try:
        return Sandbox(port=port, issuer_type=issuer_type).start()
    except OSError as error:
        raise Unreachable(
            f"The sandbox cannot listen on port {port}.",
            code="OA-N660",
            why=f"{error.strerror}.",
            fix=Run("sandbox", "--port", "0") + " takes a free one.",
        ) from None


def _words(values: dict[str, str]) -> str:
    table = "\n".join(f"  {name:24}{value}" for name, value in values.items())
    login = Run("login", profile=values["profile"])
    request = Run("request", "GET", "/api/entitlements/v2/groups", profile=values["profile"])
    return f"""\
The sandbox runs: a user pool and a small OSDU platform, on this machine only.

{table}

Sign in with it, in another terminal (the password is above):
  {login}
  {request}

Point boto3 at it, and run the workshop page's lines as they are:
  {Export("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", values["endpoint_url"])}

Call its platform:
  curl {values["platform_url"]}/api/search/v2/info

Ctrl-C ends it."""
