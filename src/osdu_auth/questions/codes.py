"""Asking for a code: from an authenticator app, a text message or an e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.cognito.challenges import Code, CodeRequired
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.questions.person import Person
    from osdu_auth.secret import Secret

_SENT_BY = {"SMS": "text message", "EMAIL": "e-mail"}
# An app's codes change that often, and a pool takes the one before and the one after too.
_CODE_SECONDS = 30
# A clock that is off by less does no harm, and is not worth a word.
_HARMLESS_OFFSET_SECONDS = 5


def ask_code(person: Person, question: str) -> Secret:
    """Ask for a code until there is one; blanks in it do not count."""
    while True:
        code = person.ask_code(question)
        if code.reveal().strip():
            return code


def answer_code(challenge: CodeRequired, person: Person) -> Code:
    """Ask for the code that was sent, or that an app shows."""
    if challenge.refusal is not None:
        person.say(_refused(challenge))
    elif challenge.medium != "TOTP":
        person.say(f"A code was sent by {_medium(challenge)}.")
    return Code(ask_code(person, _question(challenge)))


def _medium(challenge: CodeRequired) -> str:
    sent_by = _SENT_BY.get(challenge.medium, printable(challenge.medium, 20))
    where = f" to {printable(challenge.destination, 60)}" if challenge.destination else ""
    return sent_by + where


def _question(challenge: CodeRequired) -> str:
    if challenge.medium != "TOTP":
        return f"Code from the {_SENT_BY.get(challenge.medium, 'message')}"
    app = f' "{printable(challenge.destination, 40)}"' if challenge.destination else ""
    return f"Code from the authenticator app{app}"


def _refused(challenge: CodeRequired) -> str:
    """Say why a code was not taken, how many tries are left and how the clock stands."""
    refusal = challenge.refusal
    if refusal is None:
        return ""
    left = " ".join(part for part in (_tries(challenge.tries_left), _clock(challenge)) if part)
    return f"✗ {printable(refusal.what)}{f' {left}.' if left else ''}  [{refusal.code}]"


def _tries(left: int | None) -> str:
    if left is None:
        return ""
    return "One try left" if left == 1 else f"{left} tries left"


def _clock(challenge: CodeRequired) -> str:
    if challenge.medium != "TOTP":
        return ""
    return f"(codes change every {_CODE_SECONDS} s{_offset(challenge.clock_offset)})"


def _offset(seconds: float | None) -> str:
    """How this computer's clock stands against the pool's; the app's own may be another."""
    if seconds is None or abs(seconds) < _HARMLESS_OFFSET_SECONDS:
        return ""
    return f"; this computer's clock is {abs(seconds):.0f} s {'fast' if seconds > 0 else 'slow'}"
