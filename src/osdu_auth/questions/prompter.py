"""Prompter: how a person is asked, at a terminal or at a notebook cell."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.input_text import password_in, without_unseen_ends
from osdu_auth.secret import Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from threading import Event

    from osdu_auth.errors import OsduAuthError
    from osdu_auth.questions.authenticator_key import AuthenticatorKey


NEEDED = "Nothing was typed, and it does not go on without it."


class Withdrawn(Exception):
    """A question was withdrawn before it was answered: what it was asked for came another way."""


class Prompter(ABC):
    """How to speak to a person, and to ask them; a place to ask in has a subclass.

    Each question takes `until`: an event that withdraws it. The question then ends with
    `Withdrawn`, within 0.2 seconds, and what was typed so far is lost.
    """

    @property
    def attended(self) -> bool:
        """Whether a person is there to answer."""
        return True

    @abstractmethod
    def say(self, text: str) -> None:
        """Tell them something, on a line of its own."""

    @abstractmethod
    def typed(
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
            default: what Enter alone stands for, to be shown.
            hidden: whether what is typed must not be seen.
            until: withdraws the question when it is set; None for never.
            pasted: whether the line may be longer than a terminal takes at once.

        Raises:
            Withdrawn: it was.
            OsduAuthError: no person can be asked here.
        """

    @abstractmethod
    def shown(self, key: AuthenticatorKey) -> AbstractContextManager[None]:
        """Show the key of an authenticator app, for as long as the block runs where that is told.

        Args:
            key: what the app is to take in, by camera or by hand.
        """

    @contextmanager
    def address_shown(self, words: str, address: str, *, again: bool) -> Iterator[None]:
        """Show where to sign in, for as long as the block runs where it can be taken away.

        Args:
            words: what is said of it, as a clause that ends in a colon.
            address: to open in a browser.
            again: whether it was shown for the same sign-in before.
        """
        if not again:
            self.say(words)
            self.say_address(address)
        yield

    def say_address(self, address: str) -> None:
        """Tell them an address to open, on a line of its own, however long it is."""
        self.say(address)

    def note(self, text: str) -> None:
        """Tell them something that needs attention but is no error."""
        self.say(f"! {text}")

    def complain(self, error: OsduAuthError) -> None:
        """Tell them what went wrong."""
        self.say(f"✗ {printable(error.what)}  [{error.code}]")
        if error.why:
            self.say(f"  {printable(error.why)}")

    def ask(
        self,
        question: str,
        *,
        default: str | None = None,
        until: Event | None = None,
        why: str = NEEDED,
    ) -> str:
        """Ask for one line that may be seen; Enter alone stands for `default`.

        Args:
            question: what is asked.
            default: what Enter alone stands for; None where there has to be an answer.
            until: as of `typed`.
            why: why it is asked again after Enter alone, as a sentence.
        """
        while True:
            answer = without_unseen_ends(self.typed(question, default=default, until=until))
            if answer or default is not None:
                return answer or default or ""
            self.note(why)

    def ask_code(self, question: str, *, until: Event | None = None) -> Secret:
        """Ask for a code; it is good once, so it may be seen where nothing keeps what is seen."""
        return Secret(self.ask(question, until=until))

    def ask_secret(
        self, question: str, *, optional: bool = False, until: Event | None = None
    ) -> Secret:
        """Ask for a secret; what is typed is never seen. Enter alone answers an optional one."""
        while True:
            secret = Secret(password_in(self.typed(question, hidden=True, until=until)))
            if secret or optional:
                return secret
            self.note(NEEDED)

    def ask_pasted(self, question: str, until: Event) -> Secret:
        """Ask for something long that is pasted; it is not shown.

        Raises:
            Withdrawn: `until` was set first.
            EOFError: nothing comes any more.
        """
        return Secret(self.typed(question, hidden=True, until=until, pasted=True))


def with_default(question: str, default: str | None) -> str:
    """Return a question with what Enter alone stands for."""
    return f"{question} [{default}]" if default else question
