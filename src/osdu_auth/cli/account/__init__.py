"""`osdu-auth account`: what people do about their account, one module for each command."""

from __future__ import annotations

import click

from osdu_auth.cli.lazy_commands import LazyCommands

COMMANDS = {
    "forgot-password": "Have a code sent, and choose a new password with it.",
    "reset-password": "Choose a new password with a code that was sent.",
    "confirm-sign-up": "Confirm a new account with the code that was sent.",
    "resend-code": "Have the code for confirm-sign-up sent again.",
    "change-password": "Change the password of the user who is signed in.",
    "set-up-totp": "Set up an authenticator app as second factor.",
    "remove-totp": "Remove the authenticator app as second factor.",
    "devices": "List the computers that the user pool remembers.",
    "forget-device": "Have the user pool forget a computer.",
}


@click.group(
    cls=LazyCommands,
    table=COMMANDS,
    package=__name__,
    epilog="""\b
Example:
  osdu-auth account forgot-password
  osdu-auth account devices
""",
)
def command() -> None:
    """What people need when signing in fails, and before it does.

    A password or a code is never an argument: each is asked for in a terminal, or read from
    standard input, one a line, in the order in which the options stand in --help.
    """
