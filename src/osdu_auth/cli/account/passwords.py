"""The account commands for passwords: `forgot-password`, `reset-password`, `change-password`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.account.inputs import (
    account_session,
    code_option,
    destination_words,
    new_password_option,
    read_code,
    read_new_password,
)
from osdu_auth.cli.console import can_ask, say, say_error, say_next, say_success
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import (
    CommandLinePrompter,
    note_other_address,
    username_of,
    username_option,
)
from osdu_auth.cli.standard_input import read_secret_line
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from osdu_auth.errors import SignInRefused
    from osdu_auth.secret import Secret
    from osdu_auth.session import Session


@click.command(epilog="\b\nExample:\n  osdu-auth account forgot-password -u alice@acme.com")
@profile_option
@username_option
def forgot_password_command(profile_name: str | None, username: str | None) -> None:
    """Have a code sent, and choose a new password with it.

    Without a terminal the code is only sent; reset-password then needs it.
    """
    from osdu_auth.account import Account

    session = account_session(profile_name)
    username = username_of(username, session.profile)
    note_other_address(session)
    sent = Account(session).request_password_reset(username)
    say_success(f"A code was sent{destination_words(sent.medium, sent.destination)}.")
    say(f"  No code? Check the user name {username}: the pool does not say if it is wrong.")
    if can_ask():
        _reset(session, username, code_stdin=False, new_password_stdin=False)
    else:
        options = ("--code-stdin", "--new-password-stdin")
        say_next(Run("account", "reset-password", *options, profile=session.profile.name))


@click.command(
    epilog="""\b
Example:
  osdu-auth account reset-password
  osdu-auth account reset-password --code-stdin --new-password-stdin < code-and-password.txt
"""
)
@profile_option
@username_option
@code_option
@new_password_option
def reset_password_command(
    profile_name: str | None, username: str | None, code_stdin: bool, new_password_stdin: bool
) -> None:
    """Choose a new password with the code that forgot-password had sent."""
    session = account_session(profile_name)
    username = username_of(username, session.profile)
    note_other_address(session)
    _reset(session, username, code_stdin=code_stdin, new_password_stdin=new_password_stdin)


def _reset(session: Session, username: str, *, code_stdin: bool, new_password_stdin: bool) -> None:
    """Replace a forgotten password; ask again for a typed code or password that the pool refuses.

    Args:
        session: the session of the pool.
        username: the user whose password it is.
        code_stdin: whether the code is on standard input.
        new_password_stdin: whether the new password is on standard input.

    Raises:
        SignInRefused: the pool refused a value from standard input, or three typed ones.
        OsduAuthError: the pool did not answer.
    """
    from osdu_auth.account import Account
    from osdu_auth.cognito.challenges.tries import CODE_TRIES, ask_until_accepted
    from osdu_auth.cognito.service_errors import CODE_REFUSED, NEW_PASSWORD_REFUSED

    account = Account(session)
    code = read_code(code_stdin=code_stdin)
    password = read_new_password(new_password_stdin=new_password_stdin)
    correctable: frozenset[str] = frozenset()
    correctable |= frozenset() if code_stdin else CODE_REFUSED
    correctable |= frozenset() if new_password_stdin else NEW_PASSWORD_REFUSED

    def ask(refusal: SignInRefused | None, _: int) -> tuple[Secret, Secret]:
        nonlocal code, password
        if refusal is not None:
            say_error(refusal, with_fix=False)
            if refusal.code in CODE_REFUSED:
                code = read_code(code_stdin=False)
            else:
                password = read_new_password(new_password_stdin=False)
        return code, password

    def send(code_and_password: tuple[Secret, Secret]) -> None:
        account.reset_password(username, *code_and_password)

    ask_until_accepted(ask, send, CODE_TRIES, correctable)
    say_success(f"{username} has a new password.")
    say_next(Run("login", profile=session.profile.name))


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
def change_password_command(
    profile_name: str | None, password_stdin: bool, new_password_stdin: bool
) -> None:
    """Change the password of the user who is signed in."""
    from osdu_auth.account import Account
    from osdu_auth.cognito.challenges.tries import NEW_PASSWORD_TRIES, ask_until_accepted
    from osdu_auth.cognito.service_errors import NEW_PASSWORD_REFUSED

    session = account_session(profile_name)
    username = session.saved().account
    if password_stdin:
        password = read_secret_line("present password", fix="Give it on a separate line.")
    else:
        password = CommandLinePrompter("--password-stdin").ask_secret("Present password")

    def ask(refusal: SignInRefused | None, _: int) -> Secret:
        if refusal is not None:
            say_error(refusal, with_fix=False)
        return read_new_password(new_password_stdin=new_password_stdin)

    correctable = frozenset() if new_password_stdin else NEW_PASSWORD_REFUSED
    change = partial(Account(session).change_password, password)
    ask_until_accepted(ask, change, NEW_PASSWORD_TRIES, correctable)
    say_success(f"{username} has a new password; this session is still valid.")
