"""`osdu-auth account confirm-sign-up`: a new account is confirmed with the code that was sent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.account.given import code_option, given_code, session_of
from osdu_auth.cli.console import complain, say_next, succeeded
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
def command(profile_name: str | None, username: str | None, code_stdin: bool) -> None:
    """Confirm a new account with the code that was sent when it was made."""
    from osdu_auth.account import Account
    from osdu_auth.cognito.challenges.tries import CODE_TRIES, ask_until_accepted
    from osdu_auth.cognito.service_errors import CODE_REFUSED

    session = session_of(profile_name)
    username = username_of(username, session.profile)
    note_other_address(session)
    account = Account(session)

    def ask(refusal: SignInRefused | None, _: int) -> Secret:
        if refusal is not None:
            complain(refusal, with_fix=False)
        return given_code(code_stdin=code_stdin)

    correctable = frozenset() if code_stdin else CODE_REFUSED
    ask_until_accepted(ask, partial(account.confirm_sign_up, username), CODE_TRIES, correctable)
    succeeded(f"{username} is confirmed.")
    say_next(Run("login", profile=session.profile.name))
