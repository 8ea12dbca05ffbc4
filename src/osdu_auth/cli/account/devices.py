"""`osdu-auth account devices`: the computers that the user pool remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.account.given import session_of
from osdu_auth.cli.console import note
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.durations import instant
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.account.devices import ListedDevice


@click.command(epilog="\b\nExample:\n  osdu-auth account devices --json | jq -r '.[].key'")
@profile_option
@json_option
def command(profile_name: str | None, as_json: bool) -> None:
    """List the computers that the user pool remembers, one a line, the newest first."""
    from osdu_auth.account import Account

    found = Account(session_of(profile_name)).devices()
    if as_json:
        import json

        click.echo(json.dumps([_facts(device) for device in found], indent=2))
        return
    for device in found:
        this = "  (this computer)" if device.is_this_one else ""
        click.echo(f"{device.key}  {_last_used(device) or '-':20}  {printable(device.name)}{this}")
    if not found:
        note("The user pool remembers no computer of yours.")


def _facts(device: ListedDevice) -> dict[str, str | bool | None]:
    return {
        "key": device.key,
        "name": device.name,
        "last_used_at": _last_used(device),
        "is_this_one": device.is_this_one,
    }


def _last_used(device: ListedDevice) -> str | None:
    return None if device.last_used_at is None else instant(device.last_used_at)
