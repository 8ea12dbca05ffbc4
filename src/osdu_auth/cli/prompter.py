"""The command line's prompter, and whose account a command is about."""

from __future__ import annotations

from getpass import GetPassWarning
from typing import TYPE_CHECKING

import click

from osdu_auth.cli import console
from osdu_auth.errors import UsageError
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.prompts.consoles import no_person_can_answer, would_show_password
from osdu_auth.prompts.prompter import with_default
from osdu_auth.prompts.sign_in import (
    OPTIONAL_PASSWORD,
    PASSWORD,
    USERNAME,
    known_username,
    other_address_notice,
)
from osdu_auth.prompts.terminal import TerminalPrompter, typed_line

if TYPE_CHECKING:
    from threading import Event

    from osdu_auth.errors import OsduAuthError
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.session import Session

_INSTEAD = "the answer in a terminal: " + Run("login")
# How else to give what a sign-in begins with.
_FLAGS: dict[str, str | Fix] = {
    USERNAME: "--username NAME",
    PASSWORD: "--password-stdin",
    OPTIONAL_PASSWORD: "--password-stdin",
}
# What --no-input leaves unknown: the code of the error, what lacks, and what to type.
_LACKING = {
    USERNAME: (
        "OA-U220",
        "the user name is not known",
        ("--username", Blank("NAME"), "--password-stdin", Blank("< FILE")),
    ),
    PASSWORD: ("OA-U222", "there is no password", ("--password-stdin", Blank("< FILE"))),
}

username_option = click.option(
    "-u", "--username", metavar="NAME", help="Whose account; default: the profile's."
)


class CommandLinePrompter(TerminalPrompter):
    """Asks the person who has typed the command.

    Args:
        instead: how else to give the answer, where no person can give it.
        no_input: whether nothing is to be asked.
    """

    def __init__(self, instead: str | Fix = _INSTEAD, *, no_input: bool = False) -> None:
        super().__init__("")
        self._instead = instead
        self._no_input = no_input

    @property
    def can_ask(self) -> bool:
        """Whether a person is at the terminal, and may be asked."""
        return not self._no_input and console.can_ask()

    def say(self, text: str) -> None:
        """Tell them something, on a line of its own."""
        console.say(text)

    def say_address(self, address: str) -> None:
        """Tell them an address to open, on a line of its own, however long it is."""
        console.say_address(address)

    def note(self, text: str) -> None:
        """Tell them something that needs attention; commands in it get this one's profile."""
        console.note(text)

    def complain(self, error: OsduAuthError) -> None:
        """Tell them what went wrong and why; the question that follows is what to do next."""
        console.complain(error, with_fix=False)

    def _show_lines(self, lines: str) -> None:
        console.show(lines)

    def read_line(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
        pasted: bool = False,
    ) -> str:
        """Ask once; where nothing is to be asked, an optional password is none.

        Raises:
            UsageError: OA-U202: there is no terminal, OA-U212: no person is at it; OA-U220,
                OA-U222: nothing is to be asked.
            SignInRequired: OA-S390: the terminal cannot hide what is typed.
            Abort: Ctrl-C or Ctrl-D was typed.
        """
        if self._no_input and question == OPTIONAL_PASSWORD:
            return ""
        if self._no_input and question in _LACKING:
            code, lacking, flags = _LACKING[question]
            raise UsageError(
                f"Nobody is to be asked, and {lacking}.",
                code=code,
                why="--no-input was given.",
                fix=Run("login", "--no-input", *flags),
            )
        if not self.can_ask and console.has_terminal():
            raise no_person_can_answer(console.command_words())
        if not self.can_ask:
            raise UsageError(
                f"Nobody is there to answer: {question}",
                code="OA-U202",
                why="Standard input is not a terminal.",
                fix="Give " + _FLAGS.get(question, self._instead) + ", or run this in a terminal.",
            )
        try:
            return typed_line(
                with_default(question, default), hidden=hidden, until=until, pasted=pasted
            )
        except (KeyboardInterrupt, EOFError) as ended:
            if pasted and isinstance(ended, EOFError):
                raise  # it is answered in another way, too
            console.show("")  # what follows is not for the line of the ^C
            raise click.Abort from None
        except GetPassWarning:
            raise would_show_password() from None


def username_of(given: str | None, profile: AnyProfile) -> str:
    """Return the user name, asked for where nothing else tells it.

    Args:
        given: what the command line says.
        profile: the profile in use.

    Raises:
        UsageError: OA-U202: it is not known, and no person is there to ask.
    """
    return known_username(given, profile) or CommandLinePrompter().ask(USERNAME)


def note_other_address(session: Session) -> None:
    """Say it if a password or a code goes to another server than the profile says.

    Args:
        session: of the profile in use.

    Raises:
        ConfigurationError: there is no address to ask.
    """
    moved = other_address_notice(session)
    if moved is not None:
        console.note(moved)
