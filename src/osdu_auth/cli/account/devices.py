"""The account commands for remembered computers: `devices` and `forget-device`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.account.inputs import account_session
from osdu_auth.cli.console import note, say_success
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.durations import rfc3339_time
from osdu_auth.fixes import Run
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.cognito.account.devices import ListedDevice


@click.command(epilog="\b\nExample:\n  osdu-auth account devices --json | jq -r '.[].key'")
@profile_option
@json_option
def devices_command(profile_name: str | None, as_json: bool) -> None:
    """List the computers that the user pool remembers, one per line, the newest first."""
    from osdu_auth.account import Account

    found = Account(account_session(profile_name)).devices()
    if as_json:
        import json

        click.echo(json.dumps([_as_data(device) for device in found], indent=2))
        return
    for device in found:
        this = "  (this computer)" if device.is_this_one else ""
        click.echo(f"{device.key}  {_last_used(device) or '-':20}  {printable(device.name)}{this}")
    if not found:
        note("The user pool does not remember any of your computers.")


def _as_data(device: ListedDevice) -> dict[str, str | bool | None]:
    return {
        "key": device.key,
        "name": device.name,
        "last_used_at": _last_used(device),
        "is_this_one": device.is_this_one,
    }


def _last_used(device: ListedDevice) -> str | None:
    return None if device.last_used_at is None else rfc3339_time(device.last_used_at)


@click.command(
    epilog="\b\nExample:\n  osdu-auth account forget-device us-east-1_1a2b3c4d-5e6f-EXAMPLE"
)
@click.argument("key")
@profile_option
def forget_device_command(key: str, profile_name: str | None) -> None:
    """Make the user pool forget a computer; KEY is its key in `osdu-auth account devices`.

    A sign-in on that computer needs the second factor again, and its session cannot be renewed.
    """
    from osdu_auth.account import Account
    from osdu_auth.cognito.device import device_of

    session = account_session(profile_name)
    device = device_of(session.saved().renewal_data)
    Account(session).forget_device(key)
    say_success(f"The user pool has forgotten {printable(key, 80)}.")
    if device is not None and device.key.reveal() == key:
        note("That was this computer. Next: " + Run("login", profile=session.profile.name))
