"""`osdu-auth logout`: the session ends here and at the user pool."""

from __future__ import annotations

import click

from osdu_auth.cli.console import complain, note, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.session import Session


@click.command(epilog="\b\nExample:\n  osdu-auth logout -p acme")
@profile_option
def command(profile_name: str | None) -> int:
    """Revoke the session at the user pool and wipe it here.

    It is wiped here even where the pool does not answer; that is then said, and told by the exit
    code.
    """
    session = Session(profile_name)
    outcome = session.sign_out()
    if not outcome.was_signed_in:
        succeeded(f"Nobody was signed in to {session.profile.name}.")
        return 0
    if outcome.revocation_error is None:
        succeeded(f"Signed out of {session.profile.name}: revoked at the user pool, wiped here.")
        return 0
    complain(outcome.revocation_error)
    note(
        "Wiped here, but not revoked: the user pool may honour the session until it ends by itself."
    )
    return outcome.revocation_error.exit_code
