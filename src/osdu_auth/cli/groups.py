"""`osdu-auth groups`: what OSDU lets the user do."""

from __future__ import annotations

import click

from osdu_auth.cli.console import note
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.refusals import noting_refusals
from osdu_auth.session import Session
from osdu_auth.text import printable


@click.command(epilog="\b\nExample:\n  osdu-auth groups | grep service.search")
@profile_option
@json_option
def command(profile_name: str | None, as_json: bool) -> None:
    """List your OSDU entitlement groups in the profile's data partition, one a line."""
    from osdu_auth.platform.entitlements import membership

    session = Session(profile_name)
    with noting_refusals(session):
        found = membership(session)
    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(found), indent=2))
        return
    for group in found.groups:
        click.echo(printable(group.email or group.name))
    if not found.groups:
        note(f"You are in no group of {session.profile.data_partition_id}: ask its administrator.")
