"""Asking for a password, and for a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges import (
    NewPassword,
    NewPasswordRequired,
    Password,
    PasswordRequired,
)
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.questions.person import Person
    from osdu_auth.secret import Secret


def ask_new_password(person: Person) -> Secret:
    """Ask for a new password until it is typed twice the same."""
    while True:
        password = person.ask_secret("New password")
        if password == person.ask_secret("New password, once more"):
            return password
        person.say("! The two are not the same.")


def answer_new_password(challenge: NewPasswordRequired, person: Person) -> NewPassword:
    """Ask for the password of one's own that takes the place of a temporary one."""
    if challenge.refusal is None:
        person.say("This is a temporary password: choose your own.")
    else:
        person.complain(challenge.refusal)
    password = ask_new_password(person)
    attributes = {name: person.ask(_label(name)) for name in challenge.required_attributes}
    return NewPassword(password, attributes)


def answer_password(challenge: PasswordRequired, person: Person) -> Password:
    """Ask for the password, where a sign-in that began without it comes to need it."""
    if challenge.refusal is not None:
        person.complain(challenge.refusal)
    return Password(person.ask_secret("Password"))


def _label(name: str) -> str:
    return printable(name.removeprefix("custom:").replace("_", " ").capitalize(), 60)
