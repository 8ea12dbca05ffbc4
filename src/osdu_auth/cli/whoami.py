"""`osdu-auth whoami`: who the token says you are, and who OSDU takes you for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import complain
from osdu_auth.cli.options import json_option, profile_option
from osdu_auth.cli.refusals import noting_refusals
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
    """Show who the token says you are, and who OSDU takes you for.

    The token's claims are shown as they are, unverified; OSDU is asked where the profile names it.
    Where OSDU does not say, the rest is shown all the same, and the exit code tells.
    """
    session = Session(profile_name)
    saved = session.saved()
    member, code = _member(session) if session.profile.platform_url else (None, 0)
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
    """What the two tokens say of the user; text only, whatever an issuer put there."""
    access = unverified_claims(saved.tokens.access_token)
    identity = unverified_claims(saved.tokens.id_token) if saved.tokens.id_token else {}
    found = {
        "username": access.get("username"),
        "subject": access.get("sub"),
        "email": identity.get("email"),
        "issuer": access.get("iss"),
    }
    return {name: value if isinstance(value, str) else None for name, value in found.items()}


def _member(session: Session) -> tuple[Membership | None, int]:
    """Whom OSDU takes the user for, and the exit code of that; a refusal is told here."""
    from osdu_auth.platform.entitlements import membership

    try:
        with noting_refusals(session):
            return membership(session), 0
    except OsduAuthError as error:
        complain(error)
        return None, error.exit_code
