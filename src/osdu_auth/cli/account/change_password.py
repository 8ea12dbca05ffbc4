"""`osdu-auth account change-password`: another password for the user who is signed in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.account.given import given_new_password, new_password_option, session_of
from osdu_auth.cli.console import complain, read_secret_line, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import CommandLinePrompter

if TYPE_CHECKING:
    from osdu_auth.errors import SignInRefused
    from osdu_auth.secret import Secret


@click.command(
    epilog="""\b
Example:
  osdu-auth account change-password
  osdu-auth account change-password --password-stdin --new-password-stdin < old-and-new.txt
"""
)
@profile_option
@click.option(
    "--password-stdin", is_flag=True, help="Read the present password from standard input."
)
@new_password_option
def command(profile_name: str | None, password_stdin: bool, new_password_stdin: bool) -> None:
    """Change the password of the user who is signed in."""
    from osdu_auth.account import Account
    from osdu_auth.cognito.challenges.tries import NEW_PASSWORD_TRIES, ask_until_accepted
    from osdu_auth.cognito.service_errors import NEW_PASSWORD_REFUSED

    session = session_of(profile_name)
    username = session.saved().account
    if password_stdin:
        password = read_secret_line("present password", fix="Give it on a line of its own.")
    else:
        password = CommandLinePrompter("--password-stdin").ask_secret("Present password")

    def ask(refusal: SignInRefused | None, _: int) -> Secret:
        if refusal is not None:
            complain(refusal, with_fix=False)
        return given_new_password(new_password_stdin=new_password_stdin)

    correctable = frozenset() if new_password_stdin else NEW_PASSWORD_REFUSED
    change = partial(Account(session).change_password, password)
    ask_until_accepted(ask, change, NEW_PASSWORD_TRIES, correctable)
    succeeded(f"{username} has a new password; this session goes on.")
