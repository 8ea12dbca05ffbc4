"""`osdu-auth account remove-totp`: the authenticator app is a second factor no more."""

from __future__ import annotations

import click

from osdu_auth.cli.account.given import session_of
from osdu_auth.cli.console import say, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter


@click.command(epilog="\b\nExample:\n  osdu-auth account remove-totp --yes")
@profile_option
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
def command(profile_name: str | None, yes: bool) -> None:
    """Remove the authenticator app as second factor of the user who is signed in."""
    from osdu_auth.account import Account

    session = session_of(profile_name)
    username = session.saved().account
    if not yes and not _meant(username):
        say("Nothing was changed.")
        return
    Account(session).remove_totp()
    succeeded("The authenticator app is a second factor no more.")
    say("  A pool that wants a second factor of everybody asks for a new one at the next sign-in.")


def _meant(username: str) -> bool:
    question = f"Let {username} sign in without the authenticator app? [y/N]"
    return CommandLinePrompter("--yes").ask(question, default="").lower() in {"y", "yes"}
