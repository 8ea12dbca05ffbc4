"""`osdu-auth whoami` and `groups`: the user, by the token and by OSDU's entitlements."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import note, say_error
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.why import recording_refusals
from osdu_auth.durations import duration_in_words
from osdu_auth.errors import OsduAuthError
from osdu_auth.session import Session
from osdu_auth.text import printable
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from osdu_auth.platform.entitlements import Membership
    from osdu_auth.stores.saved_session import SavedSession


@click.command(epilog="\b\nExample:\n  osdu-auth whoami --json | jq -r .username")
@profile_option
@json_option
def command(profile_name: str | None, as_json: bool) -> int:
    """Show who you are by the token, and by OSDU.

    The token's claims are shown unverified. OSDU is asked if the profile has a platform URL; if
    OSDU does not answer, the rest is shown, and the exit code shows the failure.
    """
    session = Session(profile_name)
    saved = session.saved()
    member, code = _membership(session) if session.profile.platform_url else (None, 0)
    facts = {
        "signed_in_as": saved.account,
        **_claims(saved),
        "profile": session.profile.name,
        "data_partition_id": session.profile.data_partition_id,
        "osdu_member": member.member if member else None,
        "groups": len(member.groups) if member else None,
    }
    if as_json:
        import json

        click.echo(json.dumps(facts, indent=2))
        return code
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name.replace('_', ' '):18}{printable(str(value))}")
    left = duration_in_words(saved.tokens.expires_at - time.time())
    click.echo(f"{'access token':18}{left} left")
    return code


def _claims(saved: SavedSession) -> dict[str, str | None]:
    """Return the claims of the two tokens about the user; None for other types."""
    access = unverified_claims(saved.tokens.access_token)
    identity = unverified_claims(saved.tokens.id_token) if saved.tokens.id_token else {}
    found = {
        "username": access.get("username"),
        "subject": access.get("sub"),
        "email": identity.get("email"),
        "issuer": access.get("iss"),
    }
    return {name: value if isinstance(value, str) else None for name, value in found.items()}


def _membership(session: Session) -> tuple[Membership | None, int]:
    """Return the user's membership and 0; after an error, which is printed here, its exit code."""
    from osdu_auth.platform.entitlements import membership

    try:
        with recording_refusals(session):
            return membership(session), 0
    except OsduAuthError as error:
        say_error(error)
        return None, error.exit_code


@click.command(epilog="\b\nExample:\n  osdu-auth groups | grep service.search")
@profile_option
@json_option
def groups_command(profile_name: str | None, as_json: bool) -> None:
    """List your OSDU entitlement groups in the profile's data partition, one per line."""
    from osdu_auth.platform.entitlements import membership

    session = Session(profile_name)
    with recording_refusals(session):
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
