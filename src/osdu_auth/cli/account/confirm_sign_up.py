"""`osdu-auth account confirm-sign-up`: a new account is confirmed with the code that was sent."""

from __future__ import annotations

import click

from osdu_auth.cli.account.given import MOST_TRIES, code_option, given_code
from osdu_auth.cli.console import complain, say, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.who import note_moved_pool, username_of, username_option
from osdu_auth.errors import SignInRefused
from osdu_auth.session import Session


@click.command(epilog="\b\nExample:\n  osdu-auth account confirm-sign-up -u alice@acme.com")
@profile_option
@username_option
@code_option
def command(profile_name: str | None, username: str | None, code_stdin: bool) -> None:
    """Confirm a new account with the code that was sent when it was made."""
    from osdu_auth.account import Account
    from osdu_auth.cognito.refusals import CODE_REFUSED

    session = Session(profile_name)
    username = username_of(username, session.profile)
    note_moved_pool(session)
    account = Account(session)
    for left in reversed(range(MOST_TRIES)):
        try:
            account.confirm_sign_up(username, given_code(code_stdin=code_stdin))
            break
        except SignInRefused as refusal:
            if not left or code_stdin or refusal.code not in CODE_REFUSED:
                raise
            complain(refusal, with_fix=False)
    succeeded(f"{username} is confirmed.")
    say(f"  Next: osdu-auth login -p {session.profile.name}")
