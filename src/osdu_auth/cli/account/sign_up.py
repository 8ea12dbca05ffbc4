"""The account commands for a new account: `confirm-sign-up` and `resend-code`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.account.inputs import (
    account_session,
    code_option,
    destination_words,
    read_code,
)
from osdu_auth.cli.console import say_error, say_next, say_success
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import note_other_address, username_of, username_option
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from osdu_auth.errors import SignInRefused
    from osdu_auth.secret import Secret


@click.command(epilog="\b\nExample:\n  osdu-auth account confirm-sign-up -u alice@acme.com")
@profile_option
@username_option
@code_option
def confirm_sign_up_command(
    profile_name: str | None, username: str | None, code_stdin: bool
) -> None:
    """Confirm a new account with the code that was sent to its user."""
    from osdu_auth.account import Account
    from osdu_auth.cognito.challenges.tries import CODE_TRIES, ask_until_accepted
    from osdu_auth.cognito.service_errors import CODE_REFUSED

    session = account_session(profile_name)
    username = username_of(username, session.profile)
    note_other_address(session)
    account = Account(session)

    def ask(refusal: SignInRefused | None, _: int) -> Secret:
        if refusal is not None:
            say_error(refusal, with_fix=False)
        return read_code(code_stdin=code_stdin)

    correctable = frozenset() if code_stdin else CODE_REFUSED
    ask_until_accepted(ask, partial(account.confirm_sign_up, username), CODE_TRIES, correctable)
    say_success(f"{username} is confirmed.")
    say_next(Run("login", profile=session.profile.name))


@click.command(epilog="\b\nExample:\n  osdu-auth account resend-code -u alice@acme.com")
@profile_option
@username_option
def resend_code_command(profile_name: str | None, username: str | None) -> None:
    """Have the code for confirm-sign-up sent again; earlier codes are no longer valid."""
    from osdu_auth.account import Account

    session = account_session(profile_name)
    sent = Account(session).resend_confirmation(username_of(username, session.profile))
    say_success(f"A code was sent{destination_words(sent.medium, sent.destination)}.")
    say_next(Run("account", "confirm-sign-up", profile=session.profile.name))
