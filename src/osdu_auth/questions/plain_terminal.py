"""A person at a terminal, asked with nothing but Python's own means."""

from __future__ import annotations

import getpass
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.questions.consoles import nobody_here, would_show_password
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.errors import OsduAuthError
    from osdu_auth.questions.authenticator_key import AuthenticatorKey


class TerminalPrompter:
    """A person at the terminal of a Python program; standard output stays the program's.

    Args:
        profile_name: for the words of errors.
    """

    def __init__(self, profile_name: str) -> None:
        self._profile_name = profile_name

    def say(self, text: str) -> None:
        """Print a line on standard error."""
        print(text, file=sys.stderr)  # noqa: T201 - the conversation of a program without click

    def complain(self, error: OsduAuthError) -> None:
        """Print what went wrong on standard error."""
        self.say(f"✗ {printable(error.what)}  [{error.code}]")
        if error.why:
            self.say(f"  {printable(error.why)}")

    def ask(self, question: str, *, default: str | None = None) -> str:
        """Ask for one line."""
        answer = self._line(question)
        while not answer and default is None:
            answer = self._line(question)
        return answer or default or ""

    def ask_code(self, question: str) -> Secret:
        """Ask for a code; it is seen, as a terminal keeps nothing and a code is good once."""
        return Secret(self.ask(question))

    def ask_secret(self, question: str) -> Secret:
        """Ask for a secret, hidden.

        Raises:
            SignInRequired: OA-S390: the terminal cannot hide what is typed.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            try:
                return Secret(getpass.getpass(f"{question}  "))
            except getpass.GetPassWarning:
                raise would_show_password(self._profile_name) from None
            except EOFError:
                raise nobody_here(self._profile_name) from None

    @contextmanager
    def shown(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show a key as a terminal can."""
        from osdu_auth.questions.terminal_picture import terminal_picture

        self.say(terminal_picture(key).reveal())
        yield

    def _line(self, question: str) -> str:
        # `input(question)` would write the question to standard output where that is a pipe.
        print(f"{question}  ", end="", file=sys.stderr, flush=True)  # noqa: T201
        try:
            return input().strip()
        except EOFError:
            raise nobody_here(self._profile_name) from None
