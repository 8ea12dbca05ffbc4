"""What the user pool asks a person, asked in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cli.console import ask, ask_secret, can_ask, complain, note, say
from osdu_auth.cognito.challenges import NewPassword, nobody

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges import Challenge
    from osdu_auth.secret import Secret

_INSTEAD = "the new password in a terminal: osdu-auth login"


def answer_in_terminal(challenge: Challenge) -> NewPassword:
    """Put a challenge to the person at the terminal.

    Raises:
        ChallengeUnanswered: nobody is at the terminal.
    """
    if not can_ask():
        return nobody(challenge)
    if challenge.refusal is None:
        say("This is a temporary password: choose your own.")
    else:
        complain(challenge.refusal)
    password = _new_password()
    attributes = {
        name: ask(name.replace("_", " ").capitalize(), instead=_INSTEAD)
        for name in challenge.required_attributes
    }
    return NewPassword(password, attributes)


def _new_password() -> Secret:
    while True:
        password = ask_secret("New password", instead=_INSTEAD)
        if password == ask_secret("New password, once more", instead=_INSTEAD):
            return password
        note("The two are not the same.")
