"""`osdu-auth account set-up-totp`: an authenticator app becomes the second factor."""

from __future__ import annotations

import click

from osdu_auth.cli.account.given import session_of
from osdu_auth.cli.console import can_ask, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter
from osdu_auth.errors import UsageError


@click.command(epilog="\b\nExample:\n  osdu-auth account set-up-totp")
@profile_option
def command(profile_name: str | None) -> None:
    """Set up an authenticator app as second factor of the user who is signed in.

    Its key is shown as a picture and in letters, in a terminal and nowhere else.
    """
    from osdu_auth.account import Account

    session = session_of(profile_name)
    session.token()
    if not can_ask():
        raise UsageError(
            "An authenticator app is set up in a terminal only.",
            code="OA-U221",
            why="Its key has to be shown to somebody, and the app's first code typed.",
            fix="Run this in a terminal, or set it up from code: Account(session).set_up_totp",
        )
    from functools import partial

    from osdu_auth.prompts.challenges import prompt_for_answer

    Account(session).set_up_totp(partial(prompt_for_answer, CommandLinePrompter()))
    succeeded("The authenticator app is the second factor from the next sign-in on.")
