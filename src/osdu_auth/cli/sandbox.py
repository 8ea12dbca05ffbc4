"""`osdu-auth sandbox`: a local user pool and a small OSDU platform, until Ctrl-C."""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.options import profile_option_of
from osdu_auth.cli.sandbox_log import POLL_INTERVAL, SandboxLog
from osdu_auth.cli.sandbox_profile import (
    KeptSandbox,
    kept_sandbox,
    sandbox_profile,
    unreadable_kept_sandbox,
)
from osdu_auth.errors import Unreachable
from osdu_auth.fixes import Export, Remove, Run

if TYPE_CHECKING:
    from osdu_auth.sandbox import Sandbox

NAME = "sandbox"
_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@click.command(
    epilog="""\b
Example:
  osdu-auth sandbox
  osdu-auth sandbox --json --port 8411
  osdu-auth sandbox --keep
"""
)
@profile_option_of(f"The name of the profile to write; default: {NAME}.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; default: any.")
@click.option(
    "--issuer-type",
    type=click.Choice(["original", "updated"], case_sensitive=False),
    default="original",
    help="Which of a user pool's two issuers its tokens name; default: original.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the values as one line of JSON.")
@click.option("--keep", is_flag=True, help="Keep ids and users for the next run with --keep.")
def command(
    profile_name: str | None, port: int, issuer_type: str, as_json: bool, keep: bool
) -> None:
    """Run a local user pool and a small OSDU platform until Ctrl-C.

    It listens on this machine only, with users, keys and secrets made for this run. Standard error
    gets a line for each request, and for each message that a pool would send by e-mail or SMS. The
    command writes the profile "sandbox" (or the one named by -p), and removes it when it ends.

    With --keep, the ids, secrets, users and the port are those of the last run with --keep. They
    are kept in a private file, whose path is printed. Sessions are not kept: sign in again.
    """
    ended = _event_set_by_signals()
    name = profile_name or NAME
    kept = kept_sandbox(name) if keep else None
    sandbox = _started(port, issuer_type, kept)
    try:
        with sandbox_profile(sandbox, name):
            values = {**sandbox.values(), "profile": name}
            click.echo(json.dumps(values) if as_json else _words(values))
            if kept is not None:
                kept.save(sandbox)
                again = Remove(kept.path)
                note(f"Kept in the private file {kept.path}. To start with new values: {again}")
            _serve(sandbox, name, ended, kept)
    finally:
        sandbox.stop()


def _event_set_by_signals() -> threading.Event:
    """Return an event that the signals to end a server set."""
    ended = threading.Event()
    for name in _ENDING_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: ended.set())
    return ended


def _serve(sandbox: Sandbox, name: str, ended: threading.Event, kept: KeptSandbox | None) -> None:
    """Log until the event is set; with --keep, save each change of a user soon after it."""
    log = SandboxLog(sandbox, name)
    try:
        while not ended.wait(POLL_INTERVAL):
            if kept is not None:
                kept.save(sandbox)
    finally:
        log.end()
        if kept is not None:
            kept.save(sandbox)


def _started(port: int, issuer_type: str, kept: KeptSandbox | None) -> Sandbox:
    values = kept.values if kept is not None else None
    former_port = values["port"] if values is not None else 0
    try:
        return _on_port(port or former_port, issuer_type, kept)
    except OSError as error:
        if not port and former_port:
            note(f"Port {former_port} of the last run is in use; this run has another one.")
            return _on_port(0, issuer_type, kept)
        raise Unreachable(
            f"The sandbox cannot listen on port {port}.",
            code="OA-N660",
            why=f"{error.strerror}.",
            fix=Run("sandbox", "--port", "0") + " takes a free one.",
        ) from None


def _on_port(port: int, issuer_type: str, kept: KeptSandbox | None) -> Sandbox:
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.sandbox.kept_sandbox import UnusableKeptSandbox

    try:
        made = Sandbox(port, issuer_type, None if kept is None else kept.values)
    except UnusableKeptSandbox:
        raise unreadable_kept_sandbox(kept.path if kept is not None else "") from None
    return made.start()


def _words(values: dict[str, str]) -> str:
    table = "\n".join(f"  {name:24}{value}" for name, value in values.items())
    login = Run("login", profile=values["profile"])
    request = Run("request", "GET", "/api/entitlements/v2/groups", profile=values["profile"])
    return f"""\
The sandbox is running: a user pool and a small OSDU platform, on this machine only.

{table}

Sign in with it, in another terminal (the password is above):
  {login}
  {request}

To use it with boto3, and with the lines of the workshop page:
  {Export("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", values["endpoint_url"])}

Call its platform:
  curl {values["platform_url"]}/api/search/v2/info

Ctrl-C ends it."""
