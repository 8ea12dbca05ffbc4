"""`osdu-auth account forget-device`: the user pool forgets a computer."""

from __future__ import annotations

import click

from osdu_auth.cli.account.given import session_of
from osdu_auth.cli.console import note, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.fixes import Run
from osdu_auth.text import printable


@click.command(
    epilog="\b\nExample:\n  osdu-auth account forget-device us-east-1_1a2b3c4d-5e6f-EXAMPLE"
)
@click.argument("key")
@profile_option
def command(key: str, profile_name: str | None) -> None:
    """Have the user pool forget a computer; KEY is its key in `osdu-auth account devices`.

    It is asked for a second factor again, and a session on it can no longer be renewed.
    """
    from osdu_auth.account import Account
    from osdu_auth.cognito.device import device_of

    session = session_of(profile_name)
    device = device_of(session.saved().renewal_data)
    Account(session).forget_device(key)
    succeeded(f"The user pool has forgotten {printable(key, 80)}.")
    if device is not None and device.key.reveal() == key:
        note("It was this computer. Next: " + Run("login", profile=session.profile.name))
