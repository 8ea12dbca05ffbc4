"""Asking at a terminal, with Python's own means; standard output stays the program's.

The law of this module: however a question ends, the terminal is left as it was.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.questions.prompter import Prompter, Withdrawn, with_default

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from osdu_auth.questions.authenticator_key import AuthenticatorKey

_LOOK = 0.1  # seconds between two looks at whether a question was withdrawn
_MOST = 4096  # bytes in a line of a terminal


def typed_line(question: str, *, hidden: bool = False, until: Event | None = None) -> str:
    """Ask a question on standard error, and return the line that is typed, without its end.

    Args:
        question: what is asked.
        hidden: whether what is typed must not be seen.
        until: withdraws the question when it is set; None for never.

    Raises:
        EOFError: no line comes any more.
        getpass.GetPassWarning: the terminal cannot hide what is typed.
        Withdrawn: `until` was set first.
    """
    if until is not None:
        _show(question)
        return (_line_on_windows if sys.platform == "win32" else _line)(until, hidden=hidden)
    if not hidden:
        # `input(question)` would write the question to standard output where that is a pipe.
        _show(question)
        return input()
    import getpass
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        return getpass.getpass(f"{question}: ")


class TerminalPrompter(Prompter):
    """Asks a person at the terminal of a Python program.

    Args:
        profile_name: for the words of errors.
    """

    def __init__(self, profile_name: str) -> None:
        self._profile_name = profile_name

    def say(self, text: str) -> None:
        """Print a line on standard error."""
        print(text, file=sys.stderr)  # noqa: T201 - the conversation of a program without click

    def typed(
        self,
        question: str,
        *,
        default: str | None = None,
        hidden: bool = False,
        until: Event | None = None,
    ) -> str:
        """Ask once; a code is seen, as a terminal keeps nothing and a code is good once.

        Raises:
            SignInRequired: OA-S390: the terminal cannot hide what is typed; OA-S391: it has ended.
        """
        from getpass import GetPassWarning

        from osdu_auth.questions.consoles import nobody_here, would_show_password

        try:
            return typed_line(with_default(question, default), hidden=hidden, until=until)
        except GetPassWarning:
            raise would_show_password(self._profile_name) from None
        except EOFError:
            raise nobody_here(self._profile_name) from None

    @contextmanager
    def shown(self, key: AuthenticatorKey) -> Iterator[None]:
        """Show a key as a terminal can: as a picture where that can be drawn."""
        from osdu_auth.questions.terminal_picture import terminal_picture

        self._draw(terminal_picture(key).reveal())
        yield

    def _draw(self, picture: str) -> None:
        self.say(picture)


def _show(question: str) -> None:
    print(f"{question}: ", end="", file=sys.stderr, flush=True)  # noqa: T201 - as of `say`


def _end_line() -> None:
    print(file=sys.stderr, flush=True)  # noqa: T201 - as of `say`


def _line(until: Event, *, hidden: bool) -> str:
    """Read a line, which the terminal gives out when it is ended, and look up now and then."""
    import termios

    terminal = sys.stdin.fileno()
    former = termios.tcgetattr(terminal)
    typed = b""
    try:
        if hidden:
            silent = list(former)
            silent[3] &= ~termios.ECHO
            # As getpass does: what was typed before the question, and seen, is no secret.
            termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        while not typed.endswith(b"\n"):
            typed += _read(terminal, until)
    except BaseException as ended:
        # What was typed so far is for no later question, and for no shell.
        termios.tcflush(terminal, termios.TCIFLUSH)
        if isinstance(ended, Withdrawn):
            _end_line()
        raise
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, former)
    if hidden:  # the terminal has not shown the end of the line either
        _end_line()
    return typed.decode(sys.stdin.encoding, sys.stdin.errors or "strict").rstrip("\r\n")


def _read(terminal: int, until: Event) -> bytes:
    import os
    from select import select

    while not until.is_set():
        if select([terminal], [], [], _LOOK)[0]:
            read = os.read(terminal, _MOST)
            if not read:
                raise EOFError
            return read
    raise Withdrawn


def _line_on_windows(until: Event, *, hidden: bool) -> str:
    """Read a line key by key. It was not tried: there was no Windows to try it on."""
    import importlib

    console = importlib.import_module("msvcrt")
    typed = ""
    try:
        while True:
            if not console.kbhit():
                if until.wait(_LOOK):
                    raise Withdrawn
                continue
            key = console.getwch()
            if key in "\r\n":
                return typed
            if key == "\x03":
                raise KeyboardInterrupt
            if key == "\x1a":
                raise EOFError
            typed = typed[:-1] if key == "\b" else typed + key
            if not hidden:
                console.putwch(key)
    finally:
        _end_line()
