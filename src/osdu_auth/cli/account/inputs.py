"""What the account commands read: codes and new passwords, typed or from standard input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.prompter import CommandLinePrompter
from osdu_auth.cli.standard_input import read_secret_line

if TYPE_CHECKING:
    from osdu_auth.secret import Secret
    from osdu_auth.session import Session

code_option = click.option("--code-stdin", is_flag=True, help="Read the code from standard input.")
new_password_option = click.option(
    "--new-password-stdin", is_flag=True, help="Read the new password from standard input."
)


def account_session(profile_name: str | None) -> Session:
    """Return the session of a profile with a password at a user pool; call it before any question.

    Args:
        profile_name: the profile's name; None for the one in force.

    Raises:
        ConfigurationError: OA-C717: the profile has another kind of sign-in, without such an
            account.
    """
    from osdu_auth.credentials.kinds import not_a_password_profile
    from osdu_auth.profiles.profile import Profile
    from osdu_auth.session import Session

    session = Session(profile_name)
    if session.profile.sign_in != Profile.sign_in:
        raise not_a_password_profile(session.profile)
    return session


def read_code(*, code_stdin: bool) -> Secret:
    """Read a code, from standard input or typed.

    Raises:
        UsageError: OA-U202: no person is there to ask; OA-U203: standard input holds no code.
    """
    if code_stdin:
        return read_secret_line("code", fix="Give it on a separate line.")
    from osdu_auth.prompts.challenges import ask_code

    return ask_code(CommandLinePrompter("--code-stdin"), "Code")


def read_new_password(*, new_password_stdin: bool) -> Secret:
    """Read a new password, from standard input or typed twice.

    Raises:
        UsageError: OA-U202: no person is there to ask; OA-U203: standard input holds no password.
    """
    if new_password_stdin:
        return read_secret_line("new password", fix="Give it on a separate line.")
    from osdu_auth.prompts.challenges import ask_new_password

    return ask_new_password(CommandLinePrompter("--new-password-stdin"))


def destination_words(medium: str, destination: str) -> str:
    """Return in words how and where a code was sent.

    Args:
        medium: `EMAIL` or `SMS`; "" if the pool did not say.
        destination: such as `a***@e***`; "" if the pool did not say.
    """
    by = {"EMAIL": " by e-mail", "SMS": " by text message"}.get(medium, "")
    return by + (f" to {destination}" if destination else "")
