"""What a person gives to an account command: typed in a terminal, or read from standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli import console
from osdu_auth.cli.prompter import CommandLinePrompter

if TYPE_CHECKING:
    from osdu_auth.secret import Secret
    from osdu_auth.session import Session

code_option = click.option("--code-stdin", is_flag=True, help="Read the code from standard input.")
new_password_option = click.option(
    "--new-password-stdin", is_flag=True, help="Read the new password from standard input."
)


def session_of(profile_name: str | None) -> Session:
    """Return the session of a profile whose account is one of a user pool with a password.

    It is said before anything is asked that another one has no such account here.

    Args:
        profile_name: which; None for the one in force.

    Raises:
        ConfigurationError: OA-C717: the profile is one of another kind of sign-in.
    """
    from osdu_auth.credentials.kinds import not_a_password_profile
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.session import Session

    session = Session(profile_name)
    if session.profile.sign_in != Profile.sign_in:
        raise not_a_password_profile(session.profile)
    return session


def given_code(*, code_stdin: bool) -> Secret:
    """Return a code, without the blanks that people type into it.

    Raises:
        UsageError: OA-U202: nobody is there to ask; OA-U203: standard input holds none.
    """
    if code_stdin:
        return console.read_secret_line("code", fix="Give it on a line of its own.")
    from osdu_auth.prompts.challenges import ask_code

    return ask_code(CommandLinePrompter("--code-stdin"), "Code")


def given_new_password(*, new_password_stdin: bool) -> Secret:
    """Return a new password; one that is typed is typed twice.

    Raises:
        UsageError: OA-U202: nobody is there to ask; OA-U203: standard input holds none.
    """
    if new_password_stdin:
        return console.read_secret_line("new password", fix="Give it on a line of its own.")
    from osdu_auth.prompts.challenges import ask_new_password

    return ask_new_password(CommandLinePrompter("--new-password-stdin"))


def where_it_went(medium: str, destination: str) -> str:
    """Return in words where a code was sent.

    Args:
        medium: `EMAIL` or `SMS`; "" where the pool did not say.
        destination: such as `a***@e***`; "" likewise.
    """
    by = {"EMAIL": " by e-mail", "SMS": " by text message"}.get(medium, "")
    return by + (f" to {destination}" if destination else "")
