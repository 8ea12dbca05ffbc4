"""What the user pool asks a person, asked in the terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.cli import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.cognito.challenges import Answer, Challenge
    from osdu_auth.errors import OsduAuthError
    from osdu_auth.questions.authenticator_key import AuthenticatorKey
    from osdu_auth.secret import Secret

_INSTEAD = "the answer in a terminal: osdu-auth login"


def answer_in_terminal(challenge: Challenge) -> Answer:
    """Put a challenge to the person at the terminal.

    Raises:
        ChallengeUnanswered: nobody is at the terminal.
    """
    if not console.can_ask():
        from osdu_auth.cognito.challenges import nobody

        return nobody(challenge)
    from osdu_auth.questions.challenges import answer_by

    return answer_by(CommandLinePrompter(), challenge)


class CommandLinePrompter:
    """Whoever has typed the command.

    Args:
        instead: what to type where nobody can answer.
    """

    def __init__(self, instead: str = _INSTEAD) -> None:
        self._instead = instead

    def say(self, text: str) -> None:
        """Tell them something, on a line of its own."""
        console.say(text)

    def complain(self, error: OsduAuthError) -> None:
        """Tell them what went wrong and why; the question that follows is what to do next."""
        console.complain(error, with_fix=False)

    def ask(self, question: str, *, default: str | None = None) -> str:
        """Ask for one line; Enter alone stands for `default`."""
        return console.ask(question, instead=self._instead, default=default)

    def ask_code(self, question: str) -> Secret:
        """Ask for a code; it is seen, as a terminal keeps nothing and a code is good once."""
        from osdu_auth.secret import Secret

        return Secret(self.ask(question))

    def ask_secret(self, question: str) -> Secret:
        """Ask for a secret, hidden."""
        return console.ask_secret(question, instead=self._instead)

    @contextmanager
    def shown(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show the key of an authenticator app, as a picture where that can be drawn."""
        from osdu_auth.questions.terminal_picture import terminal_picture

        console.show(terminal_picture(key).reveal())
        yield
