"""`osdu-auth account forgot-password`: a code is sent, and with it comes a new password."""

from __future__ import annotations

import click

from osdu_auth.cli.account.given import session_of, where_it_went
from osdu_auth.cli.account.reset_password import reset
from osdu_auth.cli.console import can_ask, say, say_next, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import note_other_address, username_of, username_option
from osdu_auth.fixes import Run


@click.command(epilog="\b\nExample:\n  osdu-auth account forgot-password -u alice@acme.com")
@profile_option
@username_option
def command(profile_name: str | None, username: str | None) -> None:
    """Have a code sent, and choose a new password with it.

    Without a terminal only the code is sent; reset-password then takes it.
    """
    from osdu_auth.account import Account

    session = session_of(profile_name)
    username = username_of(username, session.profile)
    note_other_address(session)
    sent = Account(session).request_password_reset(username)
    succeeded(f"A code was sent{where_it_went(sent.medium, sent.destination)}.")
    say(f"  No code? {username} may be no user of this pool: it does not tell.")
    if can_ask():
        reset(session, username, code_stdin=False, new_password_stdin=False)
    else:
        options = ("--code-stdin", "--new-password-stdin")
        say_next(Run("account", "reset-password", *options, profile=session.profile.name))
