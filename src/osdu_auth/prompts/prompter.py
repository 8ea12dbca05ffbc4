"""Prompter: the port for asking a person; the terminal and the notebook cell each have one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.input_text import password_in, without_invisible_ends
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from threading import Event

    from osdu_auth.errors import OsduAuthError
    from osdu_auth.prompts.authenticator_key import AuthenticatorKey


ANSWER_NEEDED = "Nothing was typed, and an answer is needed here."


class Withdrawn(Exception):
    """A question was withdrawn before it was answered, as the answer came in another way."""


class Prompter(ABC):
    """Shows texts to a person and asks questions; there is a subclass for each kind of console.

    Each question takes the argument `until`: an event that withdraws the question. The question
    then raises `Withdrawn` within 0.2 seconds, and what was typed so far is lost.
    """

    @property
    def can_ask(self) -> bool:
        """Whether a person is there to answer."""
        return True

    @abstractmethod
    def say(self, text: str) -> None:
        """Show a text on a separate line."""

    @abstractmethod
    def read_line(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        """Ask a question once, and return the line that is typed.

        Args:
            question: what is asked.
            default: the answer that Enter alone gives; it is shown with the question.
            hidden: whether the typed text must not be shown.
            until: withdraws the question when it is set; None for never.
            pasted: whether the line may be longer than a terminal's longest line.

        Raises:
            Withdrawn: `until` was set first.
            OsduAuthError: no person can be asked here.
        """

    @abstractmethod
    def show_authenticator_key(self, key: AuthenticatorKey) -> AbstractContextManager[None]:
        """Show the key for an authenticator app; a notebook cell removes it after the block.

        Args:
            key: the key, which the app reads with a camera or a person types.
        """

    @contextmanager
    def show_sign_in_address(self, words: str, address: str, *, again: bool) -> Iterator[None]:
        """Show the address of a sign-in page; a notebook cell removes it after the block.

        Args:
            words: the text before the address, as a clause that ends in a colon.
            address: the address to open in a browser.
            again: whether the address was shown before in the same sign-in.
        """
        if not again:
            self.say(words)
            self.say_address(address)
        yield

    def say_address(self, address: str) -> None:
        """Show an address to open, uncut, on a separate line."""
        self.say(address)

    def note(self, text: str) -> None:
        """Show a text that needs attention but is no error."""
        self.say(f"! {text}")

    def say_error(self, error: OsduAuthError) -> None:
        """Show what went wrong, and why."""
        self.say(f"✗ {printable(error.what)}  [{error.code}]")
        if error.why:
            self.say(f"  {printable(error.why)}")

    def ask(
        self,
        question: str,
        *,
        default: str | None = None,
        until: Event | None = None,
        why: str = ANSWER_NEEDED,
    ) -> str:
        """Ask for one line, which is shown as it is typed; Enter alone answers `default`.

        Args:
            question: what is asked.
            default: the answer that Enter alone gives; None if an answer has to be typed.
            until: as for `read_line`.
            why: why the question is asked again after Enter alone, as a sentence.
        """
        while True:
            answer = without_invisible_ends(self.read_line(question, default=default, until=until))
            if answer or default is not None:
                return answer or default or ""
            self.note(why)

    def ask_code(self, question: str, *, until: Event | None = None) -> Secret:
        """Ask for a code; a terminal shows it, as the code is good once and nothing records it."""
        return Secret(self.ask(question, until=until))

    def ask_secret(
        self, question: str, *, optional: bool = False, until: Event | None = None
    ) -> Secret:
        """Ask for a secret, which is not shown; Enter alone answers an optional one."""
        while True:
            secret = Secret(password_in(self.read_line(question, hidden=True, until=until)))
            if secret or optional:
                return secret
            self.note(ANSWER_NEEDED)

    def ask_pasted(self, question: str, until: Event) -> Secret:
        """Ask for a long text that is pasted; it is not shown.

        Raises:
            Withdrawn: `until` was set first.
            EOFError: the input has ended.
        """
        return Secret(self.read_line(question, hidden=True, until=until, pasted=True))


def with_default(question: str, default: str | None) -> str:
    """Return a question with the answer that Enter alone gives in brackets."""
    return f"{question} [{default}]" if default else question
