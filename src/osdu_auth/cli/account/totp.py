"""The account commands for an authenticator app: `set-up-totp` and `remove-totp`."""

from __future__ import annotations

from functools import partial

import click

from osdu_auth.cli.account.inputs import account_session
from osdu_auth.cli.console import can_ask, say, say_success
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter, says_yes
from osdu_auth.errors import UsageError


@click.command(epilog="\b\nExample:\n  osdu-auth account set-up-totp")
@profile_option
def set_up_totp_command(profile_name: str | None) -> None:
    """Set up an authenticator app as second factor of the user who is signed in.

    The app's key is shown in a terminal only, as a QR code and in letters.
    """
    from osdu_auth.account import Account

    session = account_session(profile_name)
    session.token()
    if not can_ask():
        raise UsageError(
            "An authenticator app is set up in a terminal only.",
            code="OA-U221",
            why="A person has to see the key, and to type the app's first code.",
            fix="Run this in a terminal, or set it up from code: Account(session).set_up_totp",
        )
    from osdu_auth.prompts.challenges import prompt_for_answer

    Account(session).set_up_totp(partial(prompt_for_answer, CommandLinePrompter()))
    say_success("The authenticator app is the second factor from the next sign-in on.")


@click.command(epilog="\b\nExample:\n  osdu-auth account remove-totp --yes")
@profile_option
@click.option("--yes", is_flag=True, help="Ask nothing; the answer is yes.")
def remove_totp_command(profile_name: str | None, yes: bool) -> None:
    """Remove the authenticator app as second factor of the user who is signed in."""
    from osdu_auth.account import Account

    session = account_session(profile_name)
    username = session.saved().account
    question = f"Let {username} sign in without the authenticator app?"
    if not yes and not says_yes(question, "--yes"):
        say("Nothing was changed.")
        return
    Account(session).remove_totp()
    say_success("The authenticator app is no longer a second factor.")
    say("  If the pool requires a second factor, the next sign-in asks to set up a new one.")
