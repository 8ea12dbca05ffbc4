"""The command line's prompter, yes-or-no questions, and the user name of a command."""

from __future__ import annotations

from getpass import GetPassWarning
from typing import TYPE_CHECKING

import click

from osdu_auth.cli import console
from osdu_auth.errors import Cancelled, UsageError
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
# The options that answer the first questions of a sign-in.
_FLAGS: dict[str, str | Fix] = {
    USERNAME: "--username NAME",
    PASSWORD: "--password-stdin",
    OPTIONAL_PASSWORD: "--password-stdin",
}
# With --no-input: the code of the error, what is missing, and the options that give it.
_MISSING = {
    USERNAME: (
        "OA-U220",
        "the user name is not known",
        ("--username", Blank("NAME"), "--password-stdin", Blank("< FILE")),
    ),
    PASSWORD: ("OA-U222", "there is no password", ("--password-stdin", Blank("< FILE"))),
}

username_option = click.option(
    "-u", "--username", metavar="NAME", help="The user's name; default: the profile's."
)


class CommandLinePrompter(TerminalPrompter):
    """Asks the person who has typed the command.

    Args:
        instead: another way to give the answer, for the error where no person can be asked.
        no_input: whether the option --no-input forbids questions.
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
        """Show a text on a separate line."""
        console.say(text)

    def say_address(self, address: str) -> None:
        """Show an address to open, uncut, on a separate line."""
        console.say_address(address)

    def note(self, text: str) -> None:
        """Show a text that needs attention; commands in it get the `-p` of this command."""
        console.note(text)

    def say_error(self, error: OsduAuthError) -> None:
        """Show what went wrong and why; the next question shows what to do."""
        console.say_error(error, with_fix=False)

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
        """Ask once; with --no-input an optional password is left out.

        Raises:
            UsageError: OA-U202: there is no terminal; OA-U212: no person watches the terminal;
                OA-U220, OA-U222: --no-input was given.
            SignInRequired: OA-S390: the terminal cannot hide what is typed.
            Abort: Ctrl-C or Ctrl-D was typed.
        """
        if self._no_input and question == OPTIONAL_PASSWORD:
            return ""
        if self._no_input and question in _MISSING:
            code, missing, flags = _MISSING[question]
            raise UsageError(
                f"Nothing may be asked, and {missing}.",
                code=code,
                why="--no-input was given.",
                fix=Run("login", "--no-input", *flags),
            )
        if not self.can_ask and console.has_terminal():
            raise no_person_can_answer(console.command_words())
        if not self.can_ask:
            raise UsageError(
                f"No person is there to answer: {question}",
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
                raise  # the answer may come in another way
            console.show("")  # ends the line with the ^C
            raise click.Abort from None
        except GetPassWarning:
            raise would_show_password() from None


def username_of(given: str | None, profile: AnyProfile) -> str:
    """Return the user name; ask for it if it is not known.

    Args:
        given: the name from the command line.
        profile: the profile in use.

    Raises:
        UsageError: OA-U202: the name is not known, and no person is there to ask.
    """
    return known_username(given, profile) or CommandLinePrompter().ask(USERNAME)


def note_other_address(session: Session) -> None:
    """Print the user pool's address, if a variable changed it, before a password or code is typed.

    Args:
        session: the session of the profile in use.

    Raises:
        ConfigurationError: the address cannot be used.
    """
    notice = other_address_notice(session)
    if notice is not None:
        console.note(notice)


def says_yes(question: str, instead: str | Fix = _INSTEAD) -> bool:
    """Ask a yes-or-no question; Enter alone answers no.

    Args:
        question: what is asked.
        instead: as for `CommandLinePrompter`.
    """
    answer = CommandLinePrompter(instead).ask(f"{question} [y/N]", default="")
    return answer.lower() in {"y", "yes"}


def require_yes(question: str, *, yes: bool, without_asking: Fix) -> None:
    """Ask whether to remove something, unless the option --yes was given.

    Args:
        question: what is asked.
        yes: whether --yes was given.
        without_asking: the command with --yes.

    Raises:
        UsageError: OA-U213: --yes was not given, and no person can be asked.
        Cancelled: the answer is no.
    """
    if yes:
        return
    if not console.can_ask():
        raise UsageError(
            "Nothing is removed without a yes.",
            code="OA-U213",
            why="No person can be asked here.",
            fix=without_asking,
        )
    if not says_yes(question):
        raise Cancelled("Nothing was removed.", code="OA-X130")
