"""`osdu-auth account resend-code`: the code for confirm-sign-up is sent again."""

from __future__ import annotations

import click

from osdu_auth.cli.account.given import session_of, where_it_went
from osdu_auth.cli.console import say_next, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import username_of, username_option
from osdu_auth.fixes import Run


@click.command(epilog="\b\nExample:\n  osdu-auth account resend-code -u alice@acme.com")
@profile_option
@username_option
def command(profile_name: str | None, username: str | None) -> None:
    """Have the code for confirm-sign-up sent again; the codes before it count no more."""
    from osdu_auth.account import Account

    session = session_of(profile_name)
    sent = Account(session).resend_confirmation(username_of(username, session.profile))
    succeeded(f"A code was sent{where_it_went(sent.medium, sent.destination)}.")
    say_next(Run("account", "confirm-sign-up", profile=session.profile.name))
