"""Setting up an authenticator app: its key is shown, and its first code asked for."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges import TotpSetUp, TotpSetUpRequired
from osdu_auth.questions.authenticator_key import AuthenticatorKey
from osdu_auth.questions.codes import ask_code
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.questions.person import Person
    from osdu_auth.secret import Secret


def answer_totp_set_up(challenge: TotpSetUpRequired, person: Person) -> TotpSetUp:
    """Show the key of an authenticator app, and ask for the app's first code."""
    if challenge.refusal is not None:
        person.complain(challenge.refusal)
    person.say("This account must set up an authenticator app.")
    key = AuthenticatorKey(challenge.secret_key, challenge.uri)
    return TotpSetUp(first_code(key, person), device_name())


def first_code(key: AuthenticatorKey, person: Person) -> Secret:
    """Show a key, and return the first code of the app that took it in."""
    with person.shown(key):
        return ask_code(person, "Code from the app")


def device_name() -> str:
    """Return what the pool is to call the app: for which computer it was set up."""
    return printable(f"osdu-auth on {socket.gethostname().partition('.')[0]}", 60)
