"""`osdu-auth account`: commands for the user's account at a user pool."""

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
    "forget-device": "Make the user pool forget a computer.",
}
_MODULES = {
    "forgot-password": "passwords",
    "reset-password": "passwords",
    "change-password": "passwords",
    "confirm-sign-up": "sign_up",
    "resend-code": "sign_up",
    "set-up-totp": "totp",
    "remove-totp": "totp",
    "devices": "devices",
    "forget-device": "devices",
}


@click.group(
    cls=LazyCommands,
    table=COMMANDS,
    modules=_MODULES,
    package=__name__,
    epilog="""\b
Example:
  osdu-auth account forgot-password
  osdu-auth account devices
""",
)
def command() -> None:
    """Manage your account: passwords, the second factor, remembered computers.

    A password or a code is never an argument. It is typed in a terminal, or read from standard
    input: one per line, in the order of the options in --help.
    """
