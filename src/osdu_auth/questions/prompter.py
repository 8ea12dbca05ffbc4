"""Prompter: how a person is asked, at a terminal or at a notebook cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from threading import Event

    from osdu_auth.errors import OsduAuthError
    from osdu_auth.questions.authenticator_key import AuthenticatorKey
    from osdu_auth.secret import Secret


class Withdrawn(Exception):
    """A question was withdrawn before it was answered: what it was asked for came another way."""


class Prompter(Protocol):
    """How to speak to a person, and to ask them.

    Each question takes `until`: an event that withdraws it. The question then ends with
    `Withdrawn`, within 0.2 seconds, and what was typed so far is lost.
    """

    @property
    def attended(self) -> bool:
        """Whether a person is there to answer."""
        ...

    def say(self, text: str) -> None:
        """Tell them something, on a line of its own."""
        ...

    def complain(self, error: OsduAuthError) -> None:
        """Tell them what went wrong."""
        ...

    def ask(self, question: str, *, default: str | None = None, until: Event | None = None) -> str:
        """Ask for one line that may be seen; Enter alone stands for `default`."""
        ...

    def ask_code(self, question: str, *, until: Event | None = None) -> Secret:
        """Ask for a code; it is good once, so it may be seen where nothing keeps what is seen."""
        ...

    def ask_secret(
        self, question: str, *, optional: bool = False, until: Event | None = None
    ) -> Secret:
        """Ask for a secret; what is typed is never seen. Enter alone answers an optional one."""
        ...

    def shown(self, key: AuthenticatorKey) -> AbstractContextManager[None]:
        """Show the key of an authenticator app, for as long as the block runs where that is told.

        Args:
            key: what the app is to take in, by camera or by hand.
        """
        ...
