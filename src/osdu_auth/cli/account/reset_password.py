"""`osdu-auth account reset-password`: a new password, with a code that was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.account.given import (
    code_option,
    given_code,
    given_new_password,
    new_password_option,
    session_of,
)
from osdu_auth.cli.console import complain, say_next, succeeded
from osdu_auth.cli.options import profile_option
from osdu_auth.cli.prompter import note_other_address, username_of, username_option
from osdu_auth.fixes import Run

if TYPE_CHECKING:
    from osdu_auth.errors import SignInRefused
    from osdu_auth.secret import Secret
    from osdu_auth.session import Session


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
def command(
    profile_name: str | None, username: str | None, code_stdin: bool, new_password_stdin: bool
) -> None:
    """Choose a new password with the code that forgot-password had sent."""
    session = session_of(profile_name)
    username = username_of(username, session.profile)
    note_other_address(session)
    reset(session, username, code_stdin=code_stdin, new_password_stdin=new_password_stdin)


def reset(session: Session, username: str, *, code_stdin: bool, new_password_stdin: bool) -> None:
    """Replace a forgotten password; ask again for what the pool does not take, if it was typed.

    Args:
        session: names the pool.
        username: whose password.
        code_stdin: whether the code is on standard input.
        new_password_stdin: whether the new password is.

    Raises:
        SignInRefused: the pool took neither what was given nor, three times, what was typed.
        OsduAuthError: the pool did not answer.
    """
    from osdu_auth.account import Account
    from osdu_auth.cognito.challenges.tries import CODE_TRIES, ask_until_accepted
    from osdu_auth.cognito.service_errors import CODE_REFUSED, NEW_PASSWORD_REFUSED

    account = Account(session)
    code = given_code(code_stdin=code_stdin)
    password = given_new_password(new_password_stdin=new_password_stdin)
    correctable: frozenset[str] = frozenset()
    correctable |= frozenset() if code_stdin else CODE_REFUSED
    correctable |= frozenset() if new_password_stdin else NEW_PASSWORD_REFUSED

    def ask(refusal: SignInRefused | None, _: int) -> tuple[Secret, Secret]:
        nonlocal code, password
        if refusal is not None:
            complain(refusal, with_fix=False)
            if refusal.code in CODE_REFUSED:
                code = given_code(code_stdin=False)
            else:
                password = given_new_password(new_password_stdin=False)
        return code, password

    def send(given: tuple[Secret, Secret]) -> None:
        account.reset_password(username, *given)

    ask_until_accepted(ask, send, CODE_TRIES, correctable)
    succeeded(f"{username} has a new password.")
    say_next(Run("login", profile=session.profile.name))
